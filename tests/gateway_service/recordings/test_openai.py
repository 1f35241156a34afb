from openai.types.audio import TranscriptionSegment

from contract.recordings import TextResult, TextSegment
from contract.values import Word
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


def test_verbose_json_has_every_field_that_clients_types_want() -> None:
    told = _verbose(RESULT, ["word", "segment"])

    assert told["language"] == "korean"
    assert told["words"] == [{"word": "안녕하세요", "start": 0.5, "end": 1.5}]
    (segment,) = told["segments"]
    assert set(segment) == set(TranscriptionSegment.model_fields)
    assert segment["avg_logprob"] == -0.693
    assert 0 < segment["compression_ratio"] < 1
    assert "words" not in _verbose(RESULT, ["segment"])
