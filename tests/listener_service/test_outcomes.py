import pytest

from contract.events import Error, SpeakerUpdated, Transcription, UtteranceFailed
from contract.values import Sentiment
from contract.work import (
    AnalyzedSegment,
    Correction,
    Enrolled,
    EnrolmentJob,
    EnrolmentRefused,
    Failed,
    Recalled,
    RecalledVoice,
    SpeechJob,
    Transcribed,
)
from listener_service.outcomes import events_of, heard_at
from tests.support.jobs import recall_job

JOB = SpeechJob(
    session_id="s",
    utterance_id=3,
    audio_key="a",
    start=1.0,
    end=2.5,
    speech_start=1.3,
    speech_end=2.2,
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


@pytest.mark.parametrize("numbers", [(), (0, 1)], ids=["no text", "text"])
def test_corrections_follow_what_was_said(numbers: tuple[int, ...]) -> None:
    corrections = [
        Correction(segment_ids=["1.1", "2.1"], speaker_id=1, speaker="Kim"),
        Correction(segment_ids=["2.2"], speaker_id=None, speaker=None),
    ]
    outcome = Transcribed(
        job=JOB,
        segments=[segment(number) for number in numbers],
        corrections=corrections,
        language="ko",
        confidence=0.9,
    )

    *said, first, second = events_of(outcome)

    assert [isinstance(event, Transcription) for event in said] == [True] * len(numbers)
    assert first == SpeakerUpdated(
        session_id="s", segment_ids=["1.1", "2.1"], speaker_id=1, speaker="Kim"
    )
    assert second == SpeakerUpdated(
        session_id="s", segment_ids=["2.2"], speaker_id=None, speaker=None
    )


def test_enrolment_is_answered_in_the_users_words() -> None:
    (done,) = events_of(Enrolled(job=ENROLMENT, quality=0.8))
    (refused,) = events_of(EnrolmentRefused(job=ENROLMENT, code="too_quiet"))
    (failed,) = events_of(Failed(job=ENROLMENT, code="ENGINE_FAILED", message="no"))

    assert done.model_dump()["message"] == "화자 2번 등록이 완료되었습니다."
    assert refused.model_dump()["code"] == "too_quiet"
    assert isinstance(failed, Error)
    assert failed.message == "화자 2번을 등록하지 못했습니다: no"


def test_each_recalled_voice_is_a_registration_of_its_own() -> None:
    voices = [
        RecalledVoice(speaker_id=0, name="Kim", speech_seconds=12.5, quality=0.9),
        RecalledVoice(speaker_id=1, name=None, speech_seconds=4.0, quality=0.7),
    ]
    events = events_of(Recalled(job=recall_job("kim", "lee"), voices=voices))

    assert [event.model_dump(exclude={"event_id"}) for event in events] == [
        {
            "type": "speaker_registration_completed",
            "session_id": "s1",
            "speaker_id": speaker_id,
            "message": f"화자 {speaker_id + 1}번 등록이 완료되었습니다.",
            "speech_seconds": speech_seconds,
            "quality": quality,
        }
        for speaker_id, speech_seconds, quality in ((0, 12.5, 0.9), (1, 4.0, 0.7))
    ]


@pytest.mark.parametrize(
    ("code", "retryable"),
    [("SPEAKER_UNKNOWN", False), ("ENCODER_CHANGED", False), ("TIMEOUT", True), ("ODD", False)],
)
def test_a_recall_that_fails_is_an_error(code: str, retryable: bool) -> None:
    (event,) = events_of(Failed(job=recall_job(), code=code, message="kim: why"))

    assert event == Error(session_id="s1", code=code, message="kim: why", retryable=retryable)
