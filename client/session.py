"""A live session as a program sees it: ask, send audio, read events."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
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
    UseSpeakers,
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
Registered = SpeakerRegistrationCompleted | SpeakerRegistrationFailed
Expected = Callable[[ServerEvent], bool]


class Session:
    """A conversation with Sori.

    Iterating yields each event once, in order, and ends after `session_ended`. Read events while
    sending: who only sends ends up waiting. A lost connection is taken up again by itself, with
    the audio and messages that did not arrive; meanwhile sending waits. What can't be mended is
    raised by the iteration and by every later call.
    """

    def __init__(
        self, url: str, api_key: str | None, reconnect: Reconnect, ca: Path | None = None
    ) -> None:
        self._journal = Journal()
        self._carrier = Carrier(url, api_key, reconnect, self._journal, self._observe, ca)
        self._turn = asyncio.Lock()
        self._expected: Expected = _begun
        self._answer: asyncio.Future[ServerEvent] | None = None

    @classmethod
    @asynccontextmanager
    async def connect(
        cls,
        url: str,
        api_key: str | None = None,
        reconnect: Reconnect | None = None,
        ca: Path | None = None,
    ) -> AsyncIterator["Session"]:
        """Begin a session at `ws(s)://HOST/ws` or, for short, `http(s)://HOST`.

        `ca` is a PEM file with the certificate to trust, where it is not one that everybody does.
        Leaving the block drops the connection; `close` before it ends the session properly. Raises
        ServerUnreachableError, UnauthorizedError, ServerTooBusyError, NotSoriError or
        CertificateError.
        """
        url = websocket_url(url)
        session = cls(url, api_key, reconnect or Reconnect(), ca)
        running = asyncio.create_task(session._carrier.run(await Link.open(url, api_key, ca)))
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

    async def complete_speaker_registration(self, speaker_id: int) -> Registered:
        """Have the voice print computed; returns the outcome, raises RefusedError."""
        message = _message(CompleteSpeakerRegistration, {"speaker_id": speaker_id})

        def registered(event: ServerEvent) -> bool:
            return isinstance(event, Registered) and event.speaker_id == speaker_id

        async with self._turn:
            await self._carrier.wait_usable()
            self._journal.end(message)
            answer = self._expect(registered)
            await self._carrier.send(message)
        outcome = await _agreed(answer)
        if not isinstance(outcome, Registered):
            raise TypeError(outcome)
        return outcome

    async def enrol(
        self, speaker_id: int, audio: AsyncIterable[bytes], name: str | None = None
    ) -> Registered:
        """Register a speaker from audio, in any pieces that `send_audio` takes.

        How much speech was heard so far comes as `speaker_registration_progress` events. Returns
        the outcome, raises RefusedError.
        """
        await self.start_speaker_registration(speaker_id, name)
        async for pcm in audio:
            await self.send_audio(pcm)
        return await self.complete_speaker_registration(speaker_id)

    async def use_speakers(self, speakers: Sequence[str]) -> None:
        """Give the speaker ids 0, 1, … to voices of the registry, by their ids there.

        Returns when they are in force, each with its `speaker_registration_completed` event;
        raises RefusedError where one of them is unknown or must enrol again.
        """
        message = _message(UseSpeakers, {"speakers": list(speakers)})
        last = len(message.speakers) - 1

        def all_there(event: ServerEvent) -> bool:
            return isinstance(event, SpeakerRegistrationCompleted) and event.speaker_id == last

        async with self._turn:
            await self._carrier.wait_usable()
            self._journal.use_speakers(message)
            answer = self._expect(all_there)
            await self._carrier.send(message)
        await _agreed(answer)

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
            answer = self._expect(_begun)
            await self._carrier.send(message)
        await _agreed(answer)

    def _expect(self, expected: Expected) -> "asyncio.Future[ServerEvent]":
        """The answer to what is sent next: the first event as expected, or an error."""
        self._expected = expected
        self._answer = asyncio.get_running_loop().create_future()
        return self._answer

    def _observe(self, event: ServerEvent) -> None:
        self._journal.observe(event)
        answer = self._answer
        if answer is None or answer.done():
            return
        if isinstance(event, Error) or self._expected(event):
            answer.set_result(event)

    def _no_more_answers(self, _running: "asyncio.Task[None]") -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(self._carrier.over)
            self._answer.exception()  # whoever asked may be gone


def _begun(event: ServerEvent) -> bool:
    return isinstance(event, TranscriptionStarted | SpeakerRegistrationStarted)


async def _agreed(answer: "asyncio.Future[ServerEvent]") -> ServerEvent:
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
