from whisper.tokenizer import LANGUAGES

from contract.languages import NAMES


def test_every_language_of_whisper_has_its_name() -> None:
    assert {code: name.lower() for code, name in NAMES.items()} == LANGUAGES
