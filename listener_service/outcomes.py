"""What the client is told of an outcome. Pure."""

import time
from datetime import UTC, datetime

from contract.errors import is_retryable
from contract.events import (
    Error,
    Event,
    RegistrationFailure,
    SpeakerRegistrationCompleted,
    SpeakerRegistrationFailed,
    SpeakerUpdated,
    Transcription,
    UtteranceFailed,
)
from contract.work import (
    CUT,
    HEARD,
    AnalyzedSegment,
    Enrolled,
    EnrolmentJob,
    EnrolmentRefused,
    Failed,
    Marks,
    Outcome,
    Recalled,
    SpeechJob,
    Stage,
    Transcribed,
)

_WHY_REFUSED: dict[RegistrationFailure, str] = {
    "too_short": "목소리가 너무 짧습니다. 3-5초간 말씀해주세요.",
    "too_quiet": "목소리가 너무 작습니다. 마이크에 더 가까이 말씀해주세요.",
    "several_voices": "여러 사람의 목소리가 들립니다. 한 사람만 말씀해주세요.",
    "same_as_other": "이미 등록된 화자와 같은 목소리입니다.",
}

_WAY = (HEARD, CUT, Stage.STT, Stage.DIARIZATION, Stage.SENTIMENT)
_PARTS = ("endpointing", *(stage.value for stage in Stage))


def events_of(outcome: Outcome, now: float | None = None) -> list[Event]:
    """The events of an outcome, in order; none where nothing was recognised or corrected."""
    match outcome:
        case Transcribed():
            latency = latencies(outcome.job.marks, time.time() if now is None else now)
            said = [_transcription(outcome, segment, latency) for segment in outcome.segments]
            return [*said, *_corrections(outcome)]
        case Enrolled(job=job, quality=quality):
            return [_completed(job.session_id, job.speaker_id, job.speech_seconds, quality)]
        case Recalled(job=job, voices=voices):
            return [
                _completed(job.session_id, voice.speaker_id, voice.speech_seconds, voice.quality)
                for voice in voices
            ]
        case EnrolmentRefused(job=job, code=code):
            return [
                SpeakerRegistrationFailed(
                    session_id=job.session_id,
                    speaker_id=job.speaker_id,
                    code=code,
                    message=_WHY_REFUSED[code],
                )
            ]
        case Failed():
            return [_failure(outcome)]


def heard_at(outcome: Outcome) -> float:
    """When the audio of an outcome had been heard, seconds since the epoch."""
    if isinstance(outcome.job, SpeechJob):
        return outcome.job.marks[HEARD]
    return time.time()


def latencies(marks: Marks, now: float) -> dict[str, float]:
    """Milliseconds of each part of the way, and of all: the parts add up to the total."""
    parts = {
        part: round((marks[after] - marks[before]) * 1000, 1)
        for part, before, after in zip(_PARTS, _WAY, _WAY[1:], strict=False)
    }
    parts["delivery"] = round((now - marks[Stage.SENTIMENT]) * 1000, 1)
    return {"total": round((now - marks[HEARD]) * 1000, 1), **parts}


def _transcription(
    outcome: Transcribed, segment: AnalyzedSegment, latency: dict[str, float]
) -> Transcription:
    return Transcription(
        session_id=outcome.job.session_id,
        utterance_id=outcome.job.utterance_id,
        segment_id=segment.segment_id,
        speaker_id=segment.speaker_id,
        speaker=segment.speaker,
        text=segment.text,
        timestamp=_iso(outcome.job.marks[HEARD]),
        start=segment.start,
        end=segment.end,
        words=segment.words,
        language=outcome.language,
        confidence=outcome.confidence,
        sentiment=segment.sentiment,
        latency_ms=latency,
    )


def _corrections(outcome: Transcribed) -> list[SpeakerUpdated]:
    return [
        SpeakerUpdated(
            session_id=outcome.job.session_id,
            segment_ids=correction.segment_ids,
            speaker_id=correction.speaker_id,
            speaker=correction.speaker,
        )
        for correction in outcome.corrections
    ]


def _completed(
    session_id: str, speaker_id: int, speech_seconds: float, quality: float
) -> SpeakerRegistrationCompleted:
    return SpeakerRegistrationCompleted(
        session_id=session_id,
        speaker_id=speaker_id,
        message=f"화자 {speaker_id + 1}번 등록이 완료되었습니다.",
        speech_seconds=speech_seconds,
        quality=quality,
    )


def _failure(outcome: Failed) -> Event:
    job = outcome.job
    if isinstance(job, SpeechJob):
        return UtteranceFailed(
            session_id=job.session_id,
            utterance_id=job.utterance_id,
            start=job.start,
            end=job.end,
            code=outcome.code,
            message=outcome.message,
        )
    message = outcome.message
    if isinstance(job, EnrolmentJob):
        message = f"화자 {job.speaker_id + 1}번을 등록하지 못했습니다: {message}"
    return Error(
        session_id=job.session_id,
        code=outcome.code,
        message=message,
        retryable=is_retryable(outcome.code),
    )


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds")
