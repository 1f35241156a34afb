"""Which language a text is in, as far as its letters tell. Pure."""

import re
from typing import Final

UNDETERMINED: Final = "und"

_SCRIPTS: Final = (
    ("ko", re.compile("[\uac00-\ud7a3\u3131-\u318e\u1100-\u11ff]")),
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("en", re.compile("[A-Za-z]")),
)
"""Looked for in this order: a Korean sentence may hold English words, not the other way round."""


def language_of(text: str) -> str:
    """ISO 639-1, or `und` for a text without letters.

    Latin letters are taken for English: too little is said in a turn to tell more by.
    """
    return next((code for code, letters in _SCRIPTS if letters.search(text)), UNDETERMINED)
