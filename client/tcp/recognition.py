"""Audio over the TCP protocol: packets out, results in."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from client.errors import NotSoriError, RefusedError, ServerUnreachableError
from contract.errors import InvalidPacketError, ServerTooBusyError
from contract.packets import MAGIC, FromClient, FromServer, Packet, PacketReader

PACKET_BYTES: Final = 960
"""30 ms, one frame of the server's endpointing."""

CONNECT_S: Final = 10.0
ANSWER_S: Final = 30.0
"""For the server's first word, and for a status."""


@dataclass(frozen=True, slots=True)
class Result:
    """A stretch of speech; times in seconds since the recognition began."""

    start: float
    end: float
    text: str


class Recognition:
    """One connection, once the server has welcomed its user."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._packets = PacketReader(FromServer)

    @classmethod
    @asynccontextmanager
    async def connect(
        cls, host: str, port: int, user: str, tls: ssl.SSLContext | None = None
    ) -> AsyncIterator["Recognition"]:
        """Connect as `user` (ASCII).

        Raises ServerUnreachableError, ServerTooBusyError, RefusedError or NotSoriError.
        """
        try:
            async with asyncio.timeout(CONNECT_S):
                reader, writer = await asyncio.open_connection(host, port, ssl=tls)
        except (OSError, TimeoutError) as error:
            why = str(error) or "no answer"
            raise ServerUnreachableError(f"{host}:{port} can't be reached: {why}") from error
        try:
            connection = cls(reader, writer)
            await connection._write(MAGIC)
            await connection._send(FromClient.USER, user.encode("ascii", "replace"))
            await connection._expect(FromServer.WELCOME)
            yield connection
        finally:
            writer.close()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await writer.wait_closed()

    async def status(self) -> str:
        """A line per engine; not while results may come."""
        await self._send(FromClient.STATUS)
        return (await self._expect(FromServer.STATUS)).data.decode("ascii", "replace")

    async def recognise(
        self, packets: AsyncIterator[bytes], show: Callable[[Result], None]
    ) -> None:
        """Send audio to its end; each result is shown as it comes, the last one included."""
        await self._send(FromClient.BEGIN)
        sending = asyncio.create_task(self._send_all(packets))
        try:
            while (packet := await self._receive()).code is not FromServer.FINISHED:
                if packet.code is FromServer.RESULT:
                    show(parse_result(packet.data))
            await sending
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError, ServerUnreachableError):
                await sending

    async def _send_all(self, packets: AsyncIterator[bytes]) -> None:
        async for packet in packets:
            await self._send(FromClient.AUDIO, packet)
        await self._send(FromClient.FINISH)

    async def _send(self, code: FromClient, data: bytes = b"") -> None:
        await self._write(Packet(code, data).encode())

    async def _write(self, data: bytes) -> None:
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as error:
            raise ServerUnreachableError(f"the connection is lost: {error}") from error

    async def _expect(self, code: FromServer) -> Packet[FromServer]:
        try:
            async with asyncio.timeout(ANSWER_S):
                packet = await self._receive()
        except TimeoutError as error:
            raise NotSoriError("the server does not answer") from error
        if packet.code is not code:
            raise NotSoriError(f"the server says {packet.code} where {code} is due")
        return packet

    async def _receive(self) -> Packet[FromServer]:
        """The next packet; raises what an error packet says."""
        while True:
            try:
                data = await self._reader.read(self._packets.missing)
                packet = next(self._packets.feed(data), None)
            except OSError as error:
                raise ServerUnreachableError(f"the connection is lost: {error}") from error
            except InvalidPacketError as error:
                raise NotSoriError(f"the server doesn't speak this protocol: {error}") from error
            if not data:
                raise ServerUnreachableError("the server closed the connection")
            if packet is None:
                continue
            if packet.code is FromServer.ERROR:
                said = packet.data.decode("ascii", "replace")
                if said == ServerTooBusyError.code:
                    raise ServerTooBusyError("the server has no free channel")
                raise RefusedError(f"the server says: {said}")
            return packet


def parse_result(data: bytes) -> Result:
    """Read `1.2 3.4 : text`; raises NotSoriError."""
    times, colon, text = data.decode(errors="replace").partition(" : ")
    try:
        start, end = map(float, times.split(" "))
    except ValueError as error:
        raise NotSoriError(f"{data[:40]!r} is no result") from error
    if not colon:
        raise NotSoriError(f"{data[:40]!r} is no result")
    return Result(start, end, text)
