"""One conversation: what its client says and sends becomes work that is owed, and events."""

import logging
import time
from typing import Final

from contract.audio import MAX_PACKET_BYTES
from contract.client_messages import (
    ClientMessage,
    Close,
    CompleteSpeakerRegistration,
    Finalize,
    Keepalive,
    StartSpeakerRegistration,
    StartTranscription,
    StopTranscription,
    UseSpeakers,
)
from contract.errors import InvalidMessageError, SoriError, UnansweredError, WrongStateError
from contract.events import (
    Error,
    Event,
    SessionEnded,
    SessionStarted,
    Stats,
    TranscriptionStarted,
    TranscriptionStopped,
)
from contract.names import RESULTS_STREAM
from contract.statistics import read_session_stats
from contract.values import Limits
from contract.work import (
    Closed,
    EnrolmentJob,
    Failed,
    Hypothesis,
    RecallJob,
    Stage,
    result_entry,
)
from gateway_service.delivery.outbox import Outbox
from gateway_service.endpointing.endpointer import Checkpoint
from gateway_service.session import phrases
from gateway_service.session.enrolment import Enrolment
from gateway_service.session.ledger import Ledger
from gateway_service.session.listening import Listening
from gateway_service.session.record import (
    SessionRecord,
    Settings,
    State,
    checkpoint_fields,
    settings_fields,
)
from gateway_service.session.requests import check_language, requested_settings
from gateway_service.session.services import Services
from gateway_service.session.store import RESUME_WINDOW_S

log = logging.getLogger(__name__)

BEHIND_S: Final = 10.0
"""The client is warned when an answer takes longer."""

STATS_S: Final = 1.0
"""Statistics are sent at most this often."""


class Session:
    """The conversation as the gateway that holds it sees it; another one can go on any time."""

    def __init__(self, record: SessionRecord, services: Services, outbox: Outbox) -> None:
        self._record = record
        self._services = services
        self._outbox = outbox
        self._state = record.state
        self._next_utterance = record.next_utterance
        self._greeted = record.greeted
        self._closing = False
        self._warned_behind = False
        self._refused_audio = False
        self._stats_at = 0.0
        self._stats_due = False
        self._enrolment: Enrolment | None = None
        self._listening: Listening | None = None
        self._ledger = Ledger(
            record.session_id, services.store, services.dispatcher, services.settings.audio_ttl
        )

    @property
    def owes(self) -> bool:
        """Whether the client waits for something."""
        return self._state is State.STOPPING or len(self._ledger) > 0

    async def begin(self, resume_token: str) -> None:
        """Say hello, and that speech can be transcribed where that is so already."""
        settings = self._services.settings
        started = SessionStarted(
            session_id=self._record.session_id,
            resume_token=resume_token,
            engines=self._services.watch.engines(),
            limits=Limits(
                max_packet_bytes=MAX_PACKET_BYTES,
                idle_timeout_s=settings.idle_timeout,
                resume_window_s=RESUME_WINDOW_S,
            ),
        )
        await self._append(started)
        if self._services.watch.ready:
            await self._greet()

    async def resume(self) -> None:
        """Pick up what another connection left."""
        record = self._record
        await self._ledger.load()
        if self._state is State.TRANSCRIBING:
            self._listen(record.settings, record.checkpoint)
        elif self._state is State.ENROLLING:
            self._state = State.IDLE
            interrupted = phrases.registration_interrupted(record.session_id)
            await self._append(interrupted, state=State.IDLE)

    async def receive(self, message: ClientMessage) -> None:
        """Do what the client asks for; raises SoriError when it can't be done."""
        self._refused_audio = False
        match message:
            case StartSpeakerRegistration():
                await self._start_enrolment(message)
            case CompleteSpeakerRegistration():
                await self._complete_enrolment(message)
            case UseSpeakers():
                await self._use_speakers(message)
            case StartTranscription():
                await self._start_transcription(message)
            case Finalize():
                if self._listening is None:
                    raise WrongStateError("finalize: no transcription is running")
                await self._listening.finalize()
            case StopTranscription():
                await self._stop()
            case Close():
                await self._stop()
                self._closing = True
                self._outbox.wake()
            case Keepalive():
                pass

    async def hear(self, pcm: bytes) -> None:
        """Take in audio for whatever is going on."""
        if self._listening is not None:
            await self._listening.hear(pcm)
        elif self._enrolment is not None:
            for progress in self._enrolment.feed(pcm):
                self._outbox.push(progress)
        elif not self._refused_audio:
            self._refused_audio = True  # said once, not for each packet
            raise WrongStateError(
                "audio: nothing listens; send start_transcription or start_speaker_registration"
            )

    async def refuse(self, error: SoriError) -> None:
        """Tell the client that something it asked for was not done."""
        await self._append(
            Error(
                session_id=self._record.session_id,
                code=error.code,
                message=str(error),
                retryable=error.retryable,
            )
        )

    def notified(self, data: bytes) -> None:
        """Take in a message from the session's channel: a hypothesis, or just a wake-up."""
        if not data:
            self._outbox.wake()
        elif self._listening is not None:
            self._listening.impression(Hypothesis.model_validate_json(data))

    async def caught_up(self) -> None:
        """The client has all that was there: see what has become possible by that."""
        session_id = self._record.session_id
        if len(self._ledger) and await self._ledger.settle(
            await self._services.store.settled(session_id)
        ):
            self._stats_due = True
        if self._stats_due:
            await self._tell_stats()
        if not self._greeted and self._services.watch.ready:
            await self._greet()
        if self._state is State.STOPPING and not len(self._ledger):
            stats = await read_session_stats(self._services.redis, session_id)
            self._state = State.IDLE
            await self._append(
                TranscriptionStopped(session_id=session_id, stats=stats, reason="stopped"),
                state=State.IDLE,
            )
        if self._closing and self._state is not State.STOPPING and not len(self._ledger):
            await self._end("closed")
        else:
            await self._warn_if_behind()

    async def warn_slow(self, patience: float) -> None:
        """Note, for when the client comes back, why it was sent away."""
        await self._append(phrases.slow_client(self._record.session_id, patience))

    async def watch_over_owed(self) -> None:
        """Until cancelled, have lost work done again; what never comes is said."""
        while True:
            job = await self._ledger.next_expired()
            failure = Failed(
                job=job,
                code=UnansweredError.code,
                message="no worker could answer within AUDIO_TTL",
            )
            await self._services.redis.xadd(RESULTS_STREAM, result_entry(failure))

    async def _start_enrolment(self, message: StartSpeakerRegistration) -> None:
        if self._state not in {State.IDLE, State.ENROLLING}:
            raise WrongStateError(f"{message.type}: stop the transcription first")
        session_id = self._record.session_id
        self._enrolment = Enrolment(session_id, message, self._services.defaults)
        self._state = State.ENROLLING
        started = phrases.registration_started(session_id, message.speaker_id)
        await self._append(started, state=State.ENROLLING)

    async def _complete_enrolment(self, message: CompleteSpeakerRegistration) -> None:
        enrolment = self._enrolment
        if enrolment is None or enrolment.speaker_id != message.speaker_id:
            raise WrongStateError(
                f"{message.type}: speaker_id {message.speaker_id} is not being registered"
            )
        job, pcm = enrolment.complete(self._next_utterance)
        self._outbox.push(enrolment.progress())
        await self._owe(job, pcm)
        self._enrolment = None

    async def _use_speakers(self, message: UseSpeakers) -> None:
        if self._state is State.ENROLLING:
            raise WrongStateError(f"{message.type}: complete the registration first")
        if self._state is not State.IDLE:
            raise WrongStateError(f"{message.type}: stop the transcription first")
        twice = {name for name in message.speakers if message.speakers.count(name) > 1}
        if twice:
            raise InvalidMessageError(f"speakers: given more than once: {', '.join(sorted(twice))}")
        await self._owe(
            RecallJob(
                session_id=self._record.session_id,
                utterance_id=self._next_utterance,
                speakers=message.speakers,
            )
        )

    async def _owe(self, job: EnrolmentJob | RecallJob, pcm: bytes = b"") -> None:
        """Note a job about voices as owed, and set it on its way; the session is idle then."""
        fields: dict[str, str | int] = {
            "state": State.IDLE.value,
            "next_utterance": job.utterance_id + 1,
        }
        await self._services.store.commit(self._record, fields, job, pcm)
        self._state = State.IDLE
        self._next_utterance += 1
        await self._ledger.send(job)

    async def _start_transcription(self, message: StartTranscription) -> None:
        if self._state in {State.TRANSCRIBING, State.STOPPING}:
            raise WrongStateError(f"{message.type}: a transcription is running")
        settings = requested_settings(message, self._services.defaults)
        check_language(settings.parameters.language, self._services.watch.workers(Stage.STT))
        start = Checkpoint()
        await self._services.store.commit(
            self._record, {**settings_fields(settings), **checkpoint_fields(start)}
        )
        self._enrolment = None
        self._listen(settings, start)
        self._state = State.TRANSCRIBING
        await self._append(
            TranscriptionStarted(
                session_id=self._record.session_id, parameters=settings.parameters
            ),
            state=State.TRANSCRIBING,
        )

    async def _stop(self) -> None:
        """No more audio; repeating it is no error, since a resuming client can't know."""
        if self._listening is None:
            return
        await self._listening.finalize()
        await self._services.store.commit(self._record, {"state": State.STOPPING.value})
        self._next_utterance = self._listening.next_utterance
        self._listening = None
        self._state = State.STOPPING
        self._outbox.wake()

    async def _end(self, reason: str) -> None:
        self._closing = False
        self._state = State.ENDED
        session_id = self._record.session_id
        stats = await read_session_stats(self._services.redis, session_id)
        closed = Closed(session_id=session_id, reason=reason)
        await self._services.redis.xadd(RESULTS_STREAM, result_entry(closed))
        await self._append(
            SessionEnded(session_id=session_id, stats=stats, reason=reason), state=State.ENDED
        )
        await self._services.store.end(session_id)

    async def _greet(self) -> None:
        self._greeted = True
        await self._append(phrases.model_loaded(self._record.session_id))
        await self._services.store.commit(self._record, {"greeted": 1})

    async def _warn_if_behind(self) -> None:
        behind = self._ledger.oldest_age() > BEHIND_S
        if behind and not self._warned_behind:
            missing = self._services.watch.missing()
            await self._append(phrases.behind(self._record.session_id, BEHIND_S, missing))
        self._warned_behind = behind

    async def _tell_stats(self) -> None:
        now = time.monotonic()
        if now - self._stats_at < STATS_S:
            return
        self._stats_at = now
        self._stats_due = False
        stats = await read_session_stats(self._services.redis, self._record.session_id)
        self._outbox.push(Stats(session_id=self._record.session_id, **dict(stats)))

    def _listen(self, settings: Settings, checkpoint: Checkpoint) -> None:
        self._listening = Listening(
            self._record,
            settings,
            checkpoint,
            self._next_utterance,
            self._services,
            self._ledger,
            self._outbox,
        )

    async def _append(self, event: Event, *, state: State | None = None) -> None:
        await self._services.log.append(
            [event], epoch=self._record.epoch, state=state.value if state else ""
        )
