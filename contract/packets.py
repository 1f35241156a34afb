"""The packets of the TCP protocol (docs/protocol.md): bytes in any fragmentation to packets, and
back. Pure; server and client read and write with the same code.

A packet is a code of two ASCII bytes, the length of its data as four ASCII hex digits, the data.
"""

import string
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

from contract.errors import InvalidPacketError

MAGIC: Final = b"WHISPER_STREAMING_V1.0"
"""What a client sends before its first packet, without a terminator."""

MAX_DATA_BYTES: Final = 0xFFFF

_HEAD_BYTES: Final = 6
_CODE_BYTES: Final = 2
_HEX: Final = frozenset(string.hexdigits.encode())


class FromClient(StrEnum):
    """Codes of what a client sends."""

    USER = "%u"
    BEGIN = "%b"
    AUDIO = "%s"
    FINISH = "%f"
    STATUS = "%c"


class FromServer(StrEnum):
    """Codes of what a server sends."""

    WELCOME = "%L"
    RESULT = "%R"
    ERROR = "%E"
    FINISHED = "%F"
    STATUS = "%C"


Code = TypeVar("Code", FromClient, FromServer)


@dataclass(frozen=True, slots=True)
class Packet(Generic[Code]):
    """One packet; `data` is MAX_DATA_BYTES at most."""

    code: Code
    data: bytes = b""

    def encode(self) -> bytes:
        """The packet as it travels."""
        return b"%s%04X%s" % (self.code.encode(), len(self.data), self.data)


class PacketReader(Generic[Code]):
    """Puts packets of one side together; what it holds is never more than one packet's bytes."""

    def __init__(self, codes: type[Code]) -> None:
        self._codes: dict[bytes, Code] = {code.encode(): code for code in codes}
        self._held = bytearray()

    @property
    def begun(self) -> bool:
        """Whether a packet has begun and is not complete."""
        return bool(self._held)

    @property
    def missing(self) -> int:
        """How many bytes are missing, at least, to the end of the packet that has begun."""
        if len(self._held) < _HEAD_BYTES:
            return _HEAD_BYTES - len(self._held)
        return _HEAD_BYTES + self._length() - len(self._held)

    def feed(self, data: bytes) -> Iterator[Packet[Code]]:
        """The packets that `data` completes, one by one.

        Raises InvalidPacketError, after which the rest of the stream means nothing.
        """
        view = memoryview(data)
        while view:
            taken = view[: self.missing]
            self._held += taken
            view = view[len(taken) :]
            self._check_head()
            if not self.missing:
                code = self._codes[bytes(self._held[:_CODE_BYTES])]
                packet = Packet(code, bytes(self._held[_HEAD_BYTES:]))
                self._held.clear()
                yield packet

    def _check_head(self) -> None:
        """Refuse a wrong code or length as soon as its bytes are there."""
        code = bytes(self._held[:_CODE_BYTES])
        if not any(known.startswith(code) for known in self._codes):
            raise InvalidPacketError(f"unknown code {code!r}")
        length = self._held[_CODE_BYTES:_HEAD_BYTES]
        if not _HEX.issuperset(length):
            raise InvalidPacketError(f"{bytes(length)!r} is no length in hex digits")

    def _length(self) -> int:
        return int(self._held[_CODE_BYTES:_HEAD_BYTES], 16)


def result_packets(start: float, end: float, text: str) -> Iterator[Packet[FromServer]]:
    """A result of these times (seconds), in several packets where its text is too long for one."""
    head = f"{start:.1f} {end:.1f} : "
    for part in split_text(text, MAX_DATA_BYTES - len(head)):
        yield Packet(FromServer.RESULT, (head + part).encode())


def split_text(text: str, most: int) -> Iterator[str]:
    """The text in parts of at most `most` bytes of UTF-8, split at spaces where there are any."""
    left = text.strip().encode()
    while len(left) > most:
        space = left.rfind(b" ", 0, most + 1)
        end = space if space > 0 else _whole_characters(left, most)
        yield left[:end].decode()
        left = left[end:].lstrip(b" ")
    yield left.decode()


def _whole_characters(data: bytes, most: int) -> int:
    """The last place up to `most` where no character is cut."""
    while data[most] & 0xC0 == 0x80:  # a byte that goes on with a character
        most -= 1
    return most
