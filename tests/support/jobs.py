"""Jobs and messages for tests, each with whatever the test is not about filled in."""

from contract.names import audio_key
from contract.work import EnrolmentJob, RecallJob, SpeechJob, Transcript


def speech_job(
    utterance_id: int = 1,
    session_id: str = "s1",
    num_speakers: int = 2,
    similarity_threshold: float = 0.6,
) -> SpeechJob:
    """An utterance from second 1 to second 4."""
    return SpeechJob(
        session_id=session_id,
        utterance_id=utterance_id,
        audio_key=audio_key(session_id, utterance_id),
        start=1.0,
        end=4.0,
        speech_start=1.3,
        speech_end=3.7,
        language="auto",
        prompt=None,
        num_speakers=num_speakers,
        similarity_threshold=similarity_threshold,
        marks={"heard": 100.0, "cut": 100.5, "stt": 101.0},
    )


def enrolment_job(
    utterance_id: int = 1,
    session_id: str = "s1",
    speaker_id: int = 0,
    name: str | None = None,
    speech_seconds: float = 5.0,
) -> EnrolmentJob:
    """A speaker's registration."""
    return EnrolmentJob(
        session_id=session_id,
        utterance_id=utterance_id,
        audio_key=audio_key(session_id, utterance_id),
        speaker_id=speaker_id,
        name=name,
        speech_seconds=speech_seconds,
    )


def recall_job(*speakers: str, utterance_id: int = 1, session_id: str = "s1") -> RecallJob:
    """Voices of the registry for a session."""
    return RecallJob(
        session_id=session_id, utterance_id=utterance_id, speakers=list(speakers or ("kim",))
    )


def transcript(job: SpeechJob, text: str = "hello there") -> Transcript:
    """What a recogniser without word times says."""
    return Transcript(job=job, text=text, words=[], language="en", confidence=0.9)
