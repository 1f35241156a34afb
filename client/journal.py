"""What a session was asked to do and sent lately: enough to say it again after a cut."""

from collections.abc import Iterator
from typing import Final

from client.errors import AudioLostError
from contract.audio import (
    BYTES_PER_SAMPLE,
    MAX_PACKET_BYTES,
    SAMPLE_RATE,
    samples_to_seconds,
)
from contract.client_messages import (
    ClientMessage,
    Close,
    CompleteSpeakerRegistration,
    Finalize,
    StartSpeakerRegistration,
    StartTranscription,
    StopTranscription,
    UseSpeakers,
)
from contract.errors import WrongStateError
from contract.events import (
    Error,
    ServerEvent,
    SessionResumed,
    SpeakerRegistrationCompleted,
    SpeakerRegistrationFailed,
    SpeakerRegistrationStarted,
    TranscriptionStarted,
    TranscriptionStopped,
)

KEEP_S: Final = 60
"""Audio kept for sending again, seconds."""

Begin = StartTranscription | StartSpeakerRegistration
End = StopTranscription | CompleteSpeakerRegistration


class AudioHistory:
    """The last stretch of a stream of audio, addressed by sample position."""

    def __init__(self, keep_s: float = KEEP_S) -> None:
        self._keep = round(keep_s * SAMPLE_RATE) * BYTES_PER_SAMPLE
        self._pcm = bytearray()
        self._start = 0

    @property
    def end(self) -> int:
        """Samples appended so far."""
        return self._start + len(self._pcm) // BYTES_PER_SAMPLE

    def append(self, pcm: bytes) -> None:
        """Add audio; what is older than the limit is forgotten."""
        self._pcm += pcm
        surplus = len(self._pcm) - self._keep
        if surplus > 0:
            del self._pcm[:surplus]
            self._start += surplus // BYTES_PER_SAMPLE

    def between(self, start: int, end: int) -> Iterator[bytes]:
        """The audio from sample `start` up to `end`, in packets a server takes."""
        stop = (end - self._start) * BYTES_PER_SAMPLE
        for at in range((start - self._start) * BYTES_PER_SAMPLE, stop, MAX_PACKET_BYTES):
            yield bytes(self._pcm[at : min(at + MAX_PACKET_BYTES, stop)])

    def check(self, sample: int) -> None:
        """Raise AudioLostError unless everything from this sample on is kept."""
        if not self._start <= sample <= self.end:
            raise AudioLostError(
                f"the server has the audio up to {samples_to_seconds(sample)} s; kept for sending "
                f"again is {samples_to_seconds(self._start)}–{samples_to_seconds(self.end)} s"
            )


class Journal:
    """Keeps the books of one session on the sending side.

    At any time there is at most one stretch, a transcription or a registration, opened by a
    message, acknowledged by an event, closed by another pair of them; audio is counted from the
    opening on. Audio follows only on the acknowledgement, so after a cut the session's state tells
    without doubt which messages arrived. Between stretches voices of the registry may be asked for,
    of which the state tells nothing: unanswered, this is sent again, and done twice at worst.
    """

    def __init__(self, keep_s: float = KEEP_S) -> None:
        self._keep_s = keep_s
        self._history = AudioHistory(keep_s)
        self._begin: Begin | None = None
        self._opened = False
        self._acknowledged = False
        self._finalized: list[int] = []
        self._end: End | None = None
        self._voices: UseSpeakers | None = None
        self._closing = False

    def begin(self, message: Begin) -> None:
        """A stretch is asked for; raises WrongStateError while another one is not over."""
        self._check_nothing_under_way(message.type)
        self._begin = message
        self._opened = self._acknowledged = False
        self._history = AudioHistory(self._keep_s)
        self._finalized = []
        self._end = None

    def use_speakers(self, message: UseSpeakers) -> None:
        """Voices are asked for; raises WrongStateError within a stretch."""
        self._check_nothing_under_way(message.type)
        self._voices = message

    def audio(self, pcm: bytes) -> None:
        """Audio goes out; raises WrongStateError when nothing listens."""
        self._check_listening("audio")
        self._history.append(pcm)

    def finalize(self) -> None:
        """The utterance in progress is to end at this sample."""
        self._check_listening("finalize")
        if not isinstance(self._begin, StartTranscription):
            raise WrongStateError("finalize: no transcription is running")
        self._finalized.append(self._history.end)

    def end(self, message: End) -> None:
        """The stretch is to end here."""
        self._check_listening(message.type)
        begin = self._begin
        if isinstance(message, StopTranscription):
            fits = isinstance(begin, StartTranscription)
        else:
            fits = (
                isinstance(begin, StartSpeakerRegistration)
                and begin.speaker_id == message.speaker_id
            )
        if not fits:
            raise WrongStateError(f"{message.type}: this is not what is under way")
        self._end = message

    def close(self) -> None:
        """The session is to end."""
        self._check_open_session("close")
        self._closing = True

    def observe(self, event: ServerEvent) -> None:
        """Note what the server answered."""
        match event:
            case TranscriptionStarted() | SpeakerRegistrationStarted():
                self._opened = self._acknowledged = True
            case TranscriptionStopped():
                self._over(StartTranscription)
            case SpeakerRegistrationCompleted() if self._voices is not None:
                if event.speaker_id == len(self._voices.speakers) - 1:
                    self._voices = None
            case SpeakerRegistrationCompleted() | SpeakerRegistrationFailed():
                if self._end == CompleteSpeakerRegistration(speaker_id=event.speaker_id):
                    self._over(StartSpeakerRegistration)
            case Error() if self._voices is not None:
                self._voices = None
            case Error() if isinstance(self._end, CompleteSpeakerRegistration):
                self._over(StartSpeakerRegistration)
            case Error() if not self._acknowledged:
                self._begin = None

    def missing(self, resumed: SessionResumed) -> list[ClientMessage | bytes]:
        """What the server has not got, in the order to send it; raises AudioLostError."""
        close = [Close()] if self._closing and resumed.state != "ended" else []
        return [*self._missing_of_stretch(resumed), *close]

    def _missing_of_stretch(self, resumed: SessionResumed) -> list[ClientMessage | bytes]:
        ending = [] if self._end is None else [self._end]
        match self._begin:
            case StartTranscription() if self._acknowledged:
                if resumed.state != "transcribing":
                    return []
                return [*self._audio_from(resumed.samples_received), *ending]
            case StartTranscription():
                return [self._begin] if resumed.state == "idle" else []
            case StartSpeakerRegistration():
                if self._acknowledged and self._end is not None and resumed.state == "idle":
                    return []
                # Servers forget a registration that is not complete: it begins anew.
                self._acknowledged = False
                return [self._begin, *self._audio_from(0), *ending]
            case None:
                wanted = self._voices if resumed.state == "idle" else None
                return [] if wanted is None else [wanted]

    def _audio_from(self, sample: int) -> list[ClientMessage | bytes]:
        self._history.check(sample)
        items: list[ClientMessage | bytes] = []
        for mark in [mark for mark in self._finalized if mark >= sample]:
            items += [*self._history.between(sample, mark), Finalize()]
            sample = mark
        return [*items, *self._history.between(sample, self._history.end)]

    def _over(self, kind: type[Begin]) -> None:
        if isinstance(self._begin, kind):
            self._begin = None

    def _check_nothing_under_way(self, what: str) -> None:
        self._check_open_session(what)
        under_way = self._begin or self._voices
        if under_way is not None:
            raise WrongStateError(f"{what}: {under_way.type} is still under way")

    def _check_listening(self, what: str) -> None:
        self._check_open_session(what)
        if self._begin is None or not self._opened:
            raise WrongStateError(f"{what}: nothing listens; start a transcription first")
        if self._end is not None:
            raise WrongStateError(f"{what}: {self._end.type} was sent already")

    def _check_open_session(self, what: str) -> None:
        if self._closing:
            raise WrongStateError(f"{what}: the session is being closed")
