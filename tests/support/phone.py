"""A client that knows only the TCP protocol's table."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

MAGIC = b"WHISPER_STREAMING_V1.0"
PATIENCE_S = 30.0


class Phone:
    """One connection, byte by byte."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=PATIENCE_S)

    def send(self, code: str, data: bytes = b"") -> None:
        self.socket.sendall(code.encode() + b"%04x" % len(data) + data)

    def receive(self) -> tuple[str, str]:
        """The next packet: its code and its text."""
        head = self._exactly(6)
        return head[:2].decode(), self._exactly(int(head[2:], 16)).decode()

    def until(self, code: str) -> list[tuple[str, str]]:
        """All packets up to the next of a code."""
        packets = [self.receive()]
        while packets[-1][0] != code:
            packets.append(self.receive())
        return packets

    def rest(self) -> bytes:
        """All that still comes until the server closes."""
        data = b""
        try:
            while more := self.socket.recv(65536):
                data += more
        except ConnectionResetError:
            pass  # closed while we were still sending
        return data

    def sign_in(self, user: bytes = b"user1234") -> None:
        self.socket.sendall(MAGIC)
        self.send("%u", user)
        assert self.receive()[0] == "%L"

    def say(self, pcm: bytes) -> None:
        for offset in range(0, len(pcm), 960):
            self.send("%s", pcm[offset : offset + 960])

    def recognise(self, pcm: bytes) -> list[tuple[float, float, str]]:
        """One recognition, as fast as it goes: its results."""
        self.send("%b")
        self.say(pcm)
        self.send("%f")
        *results, last = self.until("%F")
        assert last == ("%F", "")
        return [result(packet) for packet in results]

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            assert more, f"the server closed after {data!r}"
            data += more
        return data


def result(packet: tuple[str, str]) -> tuple[float, float, str]:
    """Start, end and text of a result."""
    code, data = packet
    assert code == "%R"
    times, _, text = data.partition(" : ")
    start, end = times.split(" ")
    assert "." in start
    assert "." in end
    return float(start), float(end), text


@contextmanager
def phone(address: tuple[str, int]) -> Iterator[Phone]:
    calling = Phone(address)
    with calling.socket:
        yield calling
