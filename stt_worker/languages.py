"""Languages as people call them, and what to do about those an engine can't do."""

from contract.languages import NAMES

UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "yue", "km", "bo"})
"""Languages written without spaces between words."""


def language_name(code: str) -> str:
    """The English name of an ISO 639-1 code, or the code itself, said to be one."""
    return NAMES.get(code, f"The language '{code}'")


def joiner(language: str) -> str:
    """What stands between two words of a language: a space, or nothing."""
    return "" if language in UNSPACED else " "


def english_only_remedy(model_name: str) -> str:
    """How a sentence about a language ends that an English Whisper can't do."""
    return f"needs a multilingual Whisper, which {model_name} is not: choose one without `.en`."


def unknown_language_remedy(model_name: str) -> str:
    """How a sentence about a language ends that no Whisper of this size knows."""
    return f"is not among the languages of {model_name}."
