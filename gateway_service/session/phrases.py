"""What a session says in words: the events whose text people read."""

from contract.events import ModelLoaded, SpeakerRegistrationStarted, Warning


def model_loaded(session_id: str) -> ModelLoaded:
    """A worker of each stage is ready."""
    return ModelLoaded(
        session_id=session_id, message="STT AI 모델 로드 완료! 화자 등록을 시작하세요."
    )


def registration_started(session_id: str, speaker_id: int) -> SpeakerRegistrationStarted:
    """Speak now."""
    return SpeakerRegistrationStarted(
        session_id=session_id,
        speaker_id=speaker_id,
        message=f"화자 {speaker_id + 1}번의 목소리를 등록해주세요. (3-5초간 말씀해주세요)",
    )


def registration_interrupted(session_id: str) -> Warning:
    """The audio of an enrolment is not kept when the connection is lost."""
    return Warning(
        session_id=session_id,
        code="ENROLMENT_INTERRUPTED",
        message="등록 중에 연결이 끊겼습니다. 다시 등록해 주세요.",
        retryable=True,
    )


def behind(session_id: str, seconds: float, missing: list[str]) -> Warning:
    """Answers take long, because of `missing` workers or because there is too much to do."""
    why = f"no {' and no '.join(missing)} is alive" if missing else "too much is waiting"
    return Warning(
        session_id=session_id,
        code="BEHIND",
        message=f"answers take more than {seconds:.0f} s: {why}; nothing is lost",
        retryable=True,
    )


def slow_client(session_id: str, seconds: float) -> Warning:
    """Why the client was sent away, for when it comes back."""
    return Warning(
        session_id=session_id,
        code="SLOW_CLIENT",
        message=f"nothing was read for {seconds:.0f} s; nothing is lost, resume to go on",
        retryable=True,
    )
