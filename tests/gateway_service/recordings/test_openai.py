from whisper.tokenizer import LANGUAGES

from contract.recordings import TextResult, TextSegment
from contract.values import Word
from gateway_service.recordings.languages import ENGLISH, english_name
from gateway_service.recordings.openai import _verbose

RESULT = TextResult(
    segments=[
        TextSegment(
            start=0.5,
            end=1.5,
            text="안녕하세요",
            words=[Word(word="안녕하세요", start=0.5, end=1.5, confidence=0.5)],
            confidence=0.5,
        )
    ],
    text="안녕하세요",
    language="ko",
    duration=2.0,
)


def test_languages_have_the_names_that_whisper_knows_them_by() -> None:
    assert ENGLISH == LANGUAGES
    assert [english_name(code) for code in ("en", "ko", "und")] == ["english", "korean", "und"]


def test_verbose_json_holds_what_is_known_and_nothing_made_up() -> None:
    told = _verbose(RESULT, ["word", "segment"])

    assert told["language"] == "korean"
    assert told["words"] == [{"word": "안녕하세요", "start": 0.5, "end": 1.5}]
    (segment,) = told["segments"]
    assert set(segment) == {"id", "start", "end", "text", "avg_logprob", "compression_ratio"}
    assert segment["avg_logprob"] == -0.693
    assert 0 < segment["compression_ratio"] < 1
    assert "words" not in _verbose(RESULT, ["segment"])
