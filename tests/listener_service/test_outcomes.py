import pytest

from contract.events import Transcription, UtteranceFailed, Warning
from contract.values import Sentiment
from contract.work import (
    AnalyzedSegment,
    Enrolled,
    EnrolmentJob,
    EnrolmentRefused,
    Failed,
    SpeechJob,
    Transcribed,
)
from listener_service.outcomes import events_of, heard_at

JOB = SpeechJob(
    session_id="s",
    utterance_id=3,
    audio_key="a",
    start=1.0,
    end=2.5,
    language="auto",
    prompt=None,
    num_speakers=2,
    similarity_threshold=0.6,
    marks={"heard": 100.0, "cut": 100.5, "stt": 100.8, "diarization": 100.9, "sentiment": 100.95},
)
ENROLMENT = EnrolmentJob(
    session_id="s", utterance_id=1, audio_key="a", speaker_id=1, name="Kim", speech_seconds=3.4
)


def segment(number: int) -> AnalyzedSegment:
    return AnalyzedSegment(
        segment_id=f"3.{number}",
        speaker_id=number,
        speaker=f"SPEAKER_0{number}",
        text="네",
        start=1.0,
        end=2.0,
        words=[],
        sentiment=Sentiment(
            label="neutral", score=1.0, scores={"neutral": 1.0, "positive": 0.0, "negative": 0.0}
        ),
    )


def test_each_segment_becomes_a_transcription_whose_latencies_add_up() -> None:
    outcome = Transcribed(job=JOB, segments=[segment(0), segment(1)], language="ko", confidence=0.9)

    first, second = events_of(outcome, now=101.0)

    assert isinstance(first, Transcription)
    assert isinstance(second, Transcription)
    assert (first.segment_id, second.segment_id) == ("3.0", "3.1")
    assert first.timestamp == "1970-01-01T00:01:40.000000+00:00"
    parts = dict(first.latency_ms)
    assert parts.pop("total") == 1000.0
    assert parts == {
        "endpointing": pytest.approx(500),
        "stt": pytest.approx(300),
        "diarization": pytest.approx(100),
        "sentiment": pytest.approx(50),
        "delivery": pytest.approx(50),
    }
    assert heard_at(outcome) == 100.0


def test_an_utterance_without_text_tells_nothing() -> None:
    assert not events_of(Transcribed(job=JOB, segments=[], language="ko", confidence=0.0))


def test_a_failure_is_said() -> None:
    (event,) = events_of(Failed(job=JOB, code="TIMEOUT", message="too late"))

    assert isinstance(event, UtteranceFailed)
    assert (event.utterance_id, event.start, event.end, event.code) == (3, 1.0, 2.5, "TIMEOUT")


def test_enrolment_is_answered_in_the_users_words() -> None:
    (done,) = events_of(Enrolled(job=ENROLMENT, quality=0.8))
    (refused,) = events_of(EnrolmentRefused(job=ENROLMENT, code="too_quiet"))
    (failed,) = events_of(Failed(job=ENROLMENT, code="ENGINE_FAILED", message="no"))

    assert done.model_dump()["message"] == "화자 2번 등록이 완료되었습니다."
    assert refused.model_dump()["code"] == "too_quiet"
    assert isinstance(failed, Warning)
