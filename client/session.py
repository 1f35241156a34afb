"""A live session as a program sees it: ask, send audio, read events."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from pydantic import ValidationError

from client.address import websocket_url
from client.carrier import Carrier
from client.errors import RefusedError, SessionOverError
from client.journal import Journal
from client.link import Link
from client.reconnecting import Reconnect
from contract.audio import BYTES_PER_SAMPLE, MAX_PACKET_BYTES
from contract.client_messages import (
    Close,
    CompleteSpeakerRegistration,
    Finalize,
    StartSpeakerRegistration,
    StartTranscription,
    StopTranscription,
    describe,
)
from contract.errors import InvalidMessageError
from contract.events import (
    Error,
    ServerEvent,
    SessionStarted,
    SpeakerRegistrationCompleted,
    SpeakerRegistrationFailed,
    SpeakerRegistrationStarted,
    TranscriptionStarted,
)
from contract.model import Message

M = TypeVar("M", bound=Message)
Answer = (
    TranscriptionStarted
    | SpeakerRegistrationStarted
    | SpeakerRegistrationCompleted
    | SpeakerRegistrationFailed
    | Error
)
_BEGUN = (TranscriptionStarted, SpeakerRegistrationStarted)
_REGISTERED = (SpeakerRegistrationCompleted, SpeakerRegistrationFailed)


class Session:
    """A conversation with Sori.

    Iterating yields each event once, in order, and ends after `session_ended`. Read events while
    sending: who only sends ends up waiting. A lost connection is taken up again by itself, with
    the audio and messages that did not arrive; meanwhile sending waits. What can't be mended is
    raised by the iteration and by every later call.
    """

    def __init__(self, url: str, api_key: str | None, reconnect: Reconnect) -> None:
        self._journal = Journal()
        self._carrier = Carrier(url, api_key, reconnect, self._journal, self._observe)
        self._turn = asyncio.Lock()
        self._expected: tuple[type[Answer], ...] = ()
        self._answer: asyncio.Future[Answer] | None = None

    @classmethod
    @asynccontextmanager
    async def connect(
        cls, url: str, api_key: str | None = None, reconnect: Reconnect | None = None
    ) -> AsyncIterator["Session"]:
        """Begin a session at `ws(s)://HOST/ws` or, for short, `http(s)://HOST`.

        Leaving the block drops the connection; `close` before it ends the session properly. Raises
        ServerUnreachableError, UnauthorizedError, ServerTooBusyError or NotSoriError.
        """
        url = websocket_url(url)
        session = cls(url, api_key, reconnect or Reconnect())
        running = asyncio.create_task(session._carrier.run(await Link.open(url, api_key)))
        running.add_done_callback(session._no_more_answers)
        try:
            await session._carrier.wait_begun()
            yield session
        finally:
            running.cancel()
            await asyncio.wait([running])

    @property
    def started(self) -> SessionStarted:
        """How the session began: its id, engines and limits."""
        return self._carrier.started

    async def start_transcription(self, **fields: Any) -> None:
        """Have the audio that follows transcribed; fields as in `StartTranscription`.

        Returns when the server has agreed; raises RefusedError with its reason.
        """
        await self._begin(_message(StartTranscription, fields))

    async def start_speaker_registration(self, speaker_id: int, name: str | None = None) -> None:
        """Have the audio that follows taken for a speaker's enrolment; raises RefusedError."""
        fields = {"speaker_id": speaker_id, "name": name}
        await self._begin(_message(StartSpeakerRegistration, fields))

    async def complete_speaker_registration(
        self, speaker_id: int
    ) -> SpeakerRegistrationCompleted | SpeakerRegistrationFailed:
        """Have the voice print computed; returns the outcome, raises RefusedError."""
        message = _message(CompleteSpeakerRegistration, {"speaker_id": speaker_id})
        async with self._turn:
            await self._carrier.wait_usable()
            self._journal.end(message)
            answer = self._expect(_REGISTERED)
            await self._carrier.send(message)
        outcome = await _agreed(answer)
        if not isinstance(outcome, _REGISTERED):
            raise TypeError(outcome)
        return outcome

    async def send_audio(self, pcm: bytes) -> None:
        """Send audio in the format of contract.audio, any even number of bytes.

        Waits while the server is behind or the connection is away.
        """
        if len(pcm) % BYTES_PER_SAMPLE:
            raise InvalidMessageError(f"audio: an odd number of bytes ({len(pcm)})")
        async with self._turn:
            for at in range(0, len(pcm), MAX_PACKET_BYTES):
                packet = bytes(pcm[at : at + MAX_PACKET_BYTES])
                await self._carrier.wait_usable()
                self._journal.audio(packet)
                await self._carrier.send(packet)

    async def finalize(self) -> None:
        """End the utterance in progress now."""
        async with self._turn:
            await self._carrier.wait_usable()
            self._journal.finalize()
            await self._carrier.send(Finalize())

    async def stop_transcription(self) -> None:
        """No more audio: every result owed comes, then `transcription_stopped`."""
        message = StopTranscription()
        async with self._turn:
            await self._carrier.wait_usable()
            self._journal.end(message)
            await self._carrier.send(message)

    async def close(self) -> None:
        """Stop, then end the session: every result owed comes, then `session_ended`."""
        async with self._turn:
            await self._carrier.wait_usable()
            self._journal.close()
            await self._carrier.send(Close())

    def __aiter__(self) -> AsyncIterator[ServerEvent]:
        return self

    async def __anext__(self) -> ServerEvent:
        try:
            return await self._carrier.next_event()
        except SessionOverError as error:
            raise StopAsyncIteration from error

    async def _begin(self, message: StartTranscription | StartSpeakerRegistration) -> None:
        async with self._turn:
            await self._carrier.wait_usable()
            self._journal.begin(message)
            answer = self._expect(_BEGUN)
            await self._carrier.send(message)
        await _agreed(answer)

    def _expect(self, kinds: tuple[type[Answer], ...]) -> "asyncio.Future[Answer]":
        self._expected = (*kinds, Error)
        self._answer = asyncio.get_running_loop().create_future()
        return self._answer

    def _observe(self, event: ServerEvent) -> None:
        self._journal.observe(event)
        answer = self._answer
        if answer is not None and not answer.done() and isinstance(event, self._expected):
            answer.set_result(event)

    def _no_more_answers(self, _running: "asyncio.Task[None]") -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(self._carrier.over)
            self._answer.exception()  # whoever asked may be gone


async def _agreed(answer: "asyncio.Future[Answer]") -> Answer:
    event = await answer
    if isinstance(event, Error):
        raise RefusedError(event.message)
    return event


def _message(kind: type[M], fields: Mapping[str, Any]) -> M:
    try:
        return kind(**fields)
    except ValidationError as error:
        raise InvalidMessageError(
            describe(error, prefix=kind.model_fields["type"].default)
        ) from error
