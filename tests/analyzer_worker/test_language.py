import pytest

from analyzer_worker.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("안녕하세요", "ko"),
        ("ㅋㅋ", "ko"),
        ("iPhone 샀어요", "ko"),
        ("Hello?", "en"),
        ("ありがとう", "ja"),
        ("谢谢", "zh"),
        ("спасибо", "ru"),
        ("12", "und"),
        ("", "und"),
        ("🙂", "und"),
    ],
)
def test_letters_tell_the_language(text: str, language: str) -> None:
    assert language_of(text) == language
