"""One client over TCP, from its first packet to the last."""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from contract.audio import BYTES_PER_SAMPLE
from contract.client_messages import Close, StartTranscription, StopTranscription
from contract.errors import (
    InvalidPacketError,
    ServerTooBusyError,
    SoriError,
)
from contract.logs import log_context
from contract.packets import (
    FromClient,
    FromServer,
    Packet,
    PacketReader,
    result_packets,
)
from contract.work import Stage
from gateway_service.conversation import attached, converse, first_cause
from gateway_service.session.record import Settings
from gateway_service.session.services import Services
from gateway_service.session.session import Session
from gateway_service.tcp.channels import Channel, Channels
from gateway_service.tcp.config import TcpConfig
from gateway_service.tcp.door import Client
from gateway_service.tcp.recorder import Recorder

log = logging.getLogger(__name__)

DRAIN_S: Final = 60.0
"""How long the answers owed to a client that is gone are waited for: its statistics count them."""

CLOSE_S: Final = 1.0

INVALID: Final = "Invalid packet"


class HungUpError(Exception):
    """The connection ends now, without a word."""


class Connection:
    """A client; it is a user once it has said who it is and a channel was free."""

    def __init__(
        self,
        client: Client,
        services: Services,
        config: TcpConfig,
        channels: Channels,
    ) -> None:
        self._reader = client.reader
        self._writer = client.writer
        self._address = client.address
        self._services = services
        self._config = config
        self._channels = channels
        self._packets = PacketReader(FromClient)
        self._channel: Channel | None = None
        self._recorder: Recorder | None = None
        self._user = ""
        self._recognising = False
        self._closed = False
        self._finishing = False
        self._reading: asyncio.Task[None] | None = None
        self.session_id = ""
        """The session served here; empty before there is a user."""

    async def run(self) -> None:
        """Serve to the end, whatever that is; never raises but CancelledError."""
        with log_context(client=self._address):
            try:
                await self._greet()
                self._channel = self._channels.take()
                await self._serve()
            except HungUpError:
                pass
            except Exception as error:  # the one place where an error becomes a last packet
                await self._say_goodbye(error)
            finally:
                await self._hang_up()

    def finish(self) -> None:
        """Read no more; what is owed is sent, then the connection is closed."""
        self._finishing = True
        if self._reading is not None:
            self._reading.cancel()

    async def _greet(self) -> None:
        """Hear who it is."""
        packet = await self._next_packet()
        if packet.code is not FromClient.USER or not packet.data.isascii():
            raise InvalidPacketError(f"{packet.code} before a user id")
        self._user = packet.data.decode()

    async def _serve(self) -> None:
        await self._send(Packet(FromServer.WELCOME, b"welcome"))
        parameters = self._config.parameters(self._services.defaults)
        settings = Settings(parameters, interim=False)
        record, token = await self._services.store.begin(settings)
        self.session_id = record.session_id
        try:
            async with attached(record, self._services, after=0) as (session, outbox):
                log.info("user %r begins", self._user)
                try:
                    await session.begin(token)
                    sending = outbox.deliver(self._tell, session.caught_up)
                    await converse(session, self._receive(session), sending)
                finally:
                    log.info("user %r ends", self._user)
        except BaseExceptionGroup as group:
            raise first_cause(group) from group

    async def _receive(self, session: Session) -> None:
        """Until there is nothing more to read; the session is drained and ended then."""
        try:
            while True:
                await self._obey(await self._next_packet(session), session)
        except HungUpError:
            pass  # it may have closed its side only: what is owed is sent all the same
        except SoriError as error:
            await self._say_goodbye(error)
            await self._hang_up()
        self._recognising = False
        await session.receive(Close())
        await asyncio.sleep(DRAIN_S)
        raise HungUpError

    async def _obey(self, packet: Packet[FromClient], session: Session) -> None:
        match packet.code:
            case FromClient.STATUS:
                await self._send(Packet(FromServer.STATUS, self._status().encode()))
            case FromClient.BEGIN if not (self._recognising or session.owes or packet.data):
                await self._begin(session)
            case FromClient.AUDIO if self._recognising:
                if len(packet.data) % BYTES_PER_SAMPLE:
                    raise InvalidPacketError("audio: an odd number of bytes")
                if self._recorder is not None:
                    self._recorder.write(packet.data)
                await session.hear(packet.data)
            case FromClient.FINISH if self._recognising and not packet.data:
                self._recognising = False
                self._end_recording()
                await session.receive(StopTranscription())
            case _:
                raise InvalidPacketError(f"{packet.code} makes no sense now")

    async def _begin(self, session: Session) -> None:
        parameters = self._config.parameters(self._services.defaults)
        await session.receive(StartTranscription(interim=False, parameters=parameters.model_dump()))
        self._recognising = True
        if self._config.save_pcm.enabled:
            try:
                self._recorder = await asyncio.to_thread(
                    Recorder, self._config.save_pcm, self._user, self.session_id
                )
            except OSError as error:
                log.warning("not recorded: %s", error)

    def _end_recording(self) -> None:
        if self._recorder is not None:
            self._recorder.close()
            self._recorder = None

    async def _tell(self, text: str) -> None:
        """Send what an event says in this protocol, if anything."""
        for packet in packets_of(json.loads(text)):
            try:
                await self._send(packet)
            except (OSError, TimeoutError):
                log.info("the client takes nothing")
                await self._hang_up()

    async def _next_packet(self, session: Session | None = None) -> Packet[FromClient]:
        """Read no further than the packet's end: what is not read holds the client up.

        Raises InvalidPacketError, or HungUpError where no more will come.
        """
        while True:
            data = await self._read(self._packets.missing, session)
            for packet in self._packets.feed(data):
                return packet

    async def _read(self, most: int, session: Session | None) -> bytes:
        self._reading = asyncio.current_task()
        try:
            while not self._finishing:
                try:
                    async with asyncio.timeout(self._config.network.socket_timeout):
                        data = await self._reader.read(most)
                except TimeoutError:
                    if session is not None and session.owes and not self._recognising:
                        continue
                    await self._hang_up()
                    break
                if not data and self._packets.begun:
                    raise InvalidPacketError("the connection ends within a packet")
                if not data:
                    break
                return data
        except OSError:
            await self._hang_up()
        except asyncio.CancelledError:
            if not self._finishing or self._reading is None:
                raise
            self._reading.uncancel()
        finally:
            self._reading = None
        raise HungUpError

    async def _send(self, packet: Packet[FromServer]) -> None:
        if self._closed:
            return
        async with asyncio.timeout(self._services.settings.send_timeout):
            self._writer.write(packet.encode())
            await self._writer.drain()

    def _status(self) -> str:
        engines = self._services.watch.workers(Stage.STT)
        lines = [f"engine {number}: running" for number, _ in enumerate(engines)]
        return "\n".join(lines) or "engine 0: stopped"

    async def _say_goodbye(self, error: Exception) -> None:
        with suppress(OSError, TimeoutError):
            await self._send(Packet(FromServer.ERROR, last_words(error).encode("ascii", "replace")))

    async def _hang_up(self) -> None:
        """Close, without waiting long for a client that takes nothing; its channel is free."""
        if self._closed:
            return
        self._closed = True
        if self._channel is not None:
            self._channel.give_back()
        self._end_recording()
        try:
            self._writer.close()
            async with asyncio.timeout(CLOSE_S):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):  # a broken TLS is an OSError, too
            self._writer.transport.abort()


def last_words(error: Exception) -> str:
    """What a client is told when its connection ends by an error."""
    match error:
        case InvalidPacketError():
            log.info("invalid packet: %s", error)
            return INVALID
        case ServerTooBusyError():
            return error.code
        case SoriError():
            return f"{error.code}: {error}"
        case _:
            log.error("connection failed", exc_info=error)
            return SoriError.code


def packets_of(event: dict[str, Any]) -> Iterator[Packet[FromServer]]:
    """What an event of the session is in this protocol."""
    match event["type"]:
        case "transcription" if event["text"]:
            yield from result_packets(event["start"], event["end"], event["text"])
        case "transcription_stopped":
            yield Packet(FromServer.FINISHED)
