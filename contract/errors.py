"""Everything that can go wrong, as one tree; whether trying again helps is told by the class."""

from typing import ClassVar


class SoriError(Exception):
    """Base of every error that Sori raises on purpose."""

    code: ClassVar[str] = "INTERNAL"
    retryable: ClassVar[bool] = False


class TransientError(SoriError):
    """Something outside failed for now; the same work may succeed later."""

    code = "TRY_AGAIN"
    retryable = True


class PermanentError(SoriError):
    """The work itself can't be done; trying again changes nothing."""


class InvalidMessageError(PermanentError):
    """A message that doesn't follow the protocol, with the field and its bound in the text."""

    code = "INVALID_MESSAGE"


class WrongStateError(PermanentError):
    """A message that is well formed but makes no sense at this moment of the session."""

    code = "WRONG_STATE"


class UnsupportedLanguageError(PermanentError):
    """The engine at work can't do this language; the text says which one can."""

    code = "LANGUAGE_UNSUPPORTED"


class ModelUnavailableError(PermanentError):
    """A model could not be found, downloaded or loaded."""

    code = "MODEL_UNAVAILABLE"


class AudioExpiredError(PermanentError):
    """The audio of an utterance is no longer in Redis."""

    code = "AUDIO_EXPIRED"


class EngineError(PermanentError):
    """A model failed on this very item."""

    code = "ENGINE_FAILED"


class WorkerLostError(PermanentError):
    """Workers died each time they held this utterance."""

    code = "WORKER_LOST"


class SessionGoneError(PermanentError):
    """The session is unknown or expired, or the resume token is wrong."""

    code = "SESSION_GONE"


class SessionTakenOverError(PermanentError):
    """Another connection goes on with this session; this one must stop touching it."""

    code = "SESSION_TAKEN_OVER"


class ServerTooBusyError(TransientError):
    """The server holds as many sessions as it may."""

    code = "SERVER_TOO_BUSY"


class OverloadedError(TransientError):
    """A session has more work under way than it may, and the workers don't catch up."""

    code = "OVERLOADED"


class UnauthorizedError(PermanentError):
    """No valid API key or token came with the connection."""

    code = "UNAUTHORIZED"


class TooLargeError(PermanentError):
    """A request, or a recording in it, has more bytes than is allowed."""

    code = "TOO_LARGE"


class MediaTypeError(PermanentError):
    """A request's body is of a type that is not taken there; the text says which ones are."""

    code = "MEDIA_TYPE_UNSUPPORTED"


class UploadTooSlowError(TransientError):
    """A request's body did not arrive in time."""

    code = "UPLOAD_TOO_SLOW"


class AudioUnreadableError(PermanentError):
    """A recording that is none, or that ffmpeg can't decode."""

    code = "AUDIO_UNREADABLE"


class AudioTooLongError(PermanentError):
    """A recording that decodes to more than is allowed."""

    code = "AUDIO_TOO_LONG"


class MediaNotFoundError(PermanentError):
    """A recording that is to be fetched is not there."""

    code = "MEDIA_NOT_FOUND"


class MediaForbiddenError(PermanentError):
    """A place that recordings may not be fetched from, nor callbacks be sent to."""

    code = "MEDIA_FORBIDDEN"


class FetchFailedError(PermanentError):
    """A recording could not be fetched: its server refuses, fails or is too slow."""

    code = "FETCH_FAILED"


class StorageFullError(PermanentError):
    """There is no space left for recordings."""

    code = "STORAGE_FULL"


class StorageUnavailableError(PermanentError):
    """The media store can't be read or written."""

    code = "STORAGE_UNAVAILABLE"


class JobUnknownError(PermanentError):
    """There is no job under this id, or no longer."""

    code = "JOB_UNKNOWN"


class JobExistsError(PermanentError):
    """There is a job under this id already."""

    code = "JOB_EXISTS"


class JobUnfinishedError(TransientError):
    """A job has no result yet."""

    code = "JOB_UNFINISHED"


class JobCancelledError(PermanentError):
    """A job was cancelled."""

    code = "CANCELLED"


class JobTimeoutError(PermanentError):
    """A job took longer than one may."""

    code = "JOB_TIMEOUT"


class NoSpeechError(PermanentError):
    """Nobody speaks in a recording: silence, noise or music."""

    code = "NO_SPEECH"


class SpeechTooShortError(PermanentError):
    """Somebody speaks, but for too short a time to tell the voice."""

    code = "SPEECH_TOO_SHORT"


class SeveralVoicesError(PermanentError):
    """A recording that should be of one voice has more."""

    code = "SEVERAL_VOICES"


class VoiceMismatchError(PermanentError):
    """A recording that should add to a voice print is of somebody else."""

    code = "VOICE_MISMATCH"


class SpeakerUnknownError(PermanentError):
    """The registry has no voice print under this id."""

    code = "SPEAKER_UNKNOWN"


class EncoderChangedError(PermanentError):
    """A voice print was made by another encoder than today's: its speaker must enrol again."""

    code = "ENCODER_CHANGED"


class NoWorkerError(TransientError):
    """No worker answered in time."""

    code = "NO_WORKER"


class UnansweredError(TransientError):
    """No worker answered a session's work for as long as its audio is kept."""

    code = "TIMEOUT"


def is_retryable(code: str) -> bool:
    """Whether the same may work later, for an error that came as its code; an unknown one won't."""
    kinds = [SoriError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    return any(kind.retryable for kind in kinds if kind.code == code)
