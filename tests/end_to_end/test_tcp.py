"""The TCP server as its clients meet it: raw sockets, real processes."""

import asyncio
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import wave
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path

import httpx
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bench.instant import fingerprint
from client.tcp.recognition import Recognition, Result
from local_stack.services import SERVICES, TCP
from local_stack.stack import Stack
from tests.end_to_end.conftest import INSTANT
from tests.support.phone import MAGIC, Phone, phone
from tests.support.processes import resident_bytes
from tests.support.sounds import RATE, silence, syllables, to_pcm, unbroken
from tests.support.waiting import eventually

INVALID = b"%E000EInvalid packet"

TLS_ALERT = 21

FRAME_S = 0.03
ROUNDED_S = 0.05
"""Times are told with one decimal."""


def tcp_alone(stack: Stack, folder: Path, **settings: str) -> Stack:
    """A TCP server of its own on the same Redis."""
    server = [service for service in SERVICES if service.name == TCP]
    return Stack(folder, {"REDIS_URL": stack.redis_url, **settings}, services=server)


@pytest.fixture(scope="module")
def small(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Room for one user, little patience, and a recorder."""
    folder = tmp_path_factory.mktemp("small")
    settings = {"TCP_CHANNELS": "1", "IDLE_TIMEOUT": "1", "SEND_TIMEOUT": "1"}
    settings |= {"SAVE_PCM": "true", "SAVE_PCM_DIRECTORY": str(folder / "kept")}
    with tcp_alone(stack, folder, **settings) as running:
        running.wait_ready(timeout_s=30)
        yield running


def open_files(stack: Stack) -> int:
    return len(os.listdir(f"/proc/{stack.pid(TCP)}/fd"))


def text_of(pcm: bytes, start: float, end: float) -> str:
    """What the recogniser makes of a stretch of audio."""
    audio = np.frombuffer(pcm, "<i2").astype(np.float32) / 32_768
    return " ".join(fingerprint(audio[round(start * RATE) : round(end * RATE)]))


def test_a_client_that_knows_only_the_table(stack: Stack) -> None:
    spoken = [(1.0, 2.5), (4.0, 6.0), (7.5, 8.7)]
    audio = np.zeros(round(8.7 * RATE))
    for start, end in spoken:
        audio[round(start * RATE) : round(end * RATE)] = syllables(end - start)
    with phone(stack.tcp_address()) as calling:
        calling.sign_in()

        def both_run() -> bool:
            calling.send("%c")
            return calling.receive() == ("%C", "engine 0: running\nengine 1: running")

        eventually(both_run)
        results = calling.recognise(to_pcm(audio))

        assert len(results) == 3, "the last utterance ends with %f"
        for (start, end), (heard_from, heard_to, _) in zip(spoken, results, strict=True):
            assert abs(heard_from - start) <= 0.3 + 0.05
            assert abs(heard_to - end) <= 0.3 + 0.05
        again = calling.recognise(to_pcm(audio[: 3 * RATE]))
        assert [times[:2] for times in again] == [results[0][:2]]


def test_times_are_those_of_the_speech_where_no_words_have_any(tmp_path: Path) -> None:
    spoken = [(1.0, 2.5), (4.013, 6.007), (7.52, 20.3), (21.5, 23.011)]
    audio = np.zeros(round(23.011 * RATE))
    for start, end in spoken:
        place = slice(round(start * RATE), round(end * RATE))
        audio[place] = unbroken(end - start)[: place.stop - place.start]
    spoken[2:3] = [(7.52, 17.52), (17.52, 20.3)]
    engines = {**INSTANT, "STT_ENGINE": "tests.support.wordless_engines:WordlessRecogniser"}
    with Stack(tmp_path, engines) as wordless:
        wordless.wait_ready(timeout_s=90)
        with phone(wordless.tcp_address()) as calling:
            calling.sign_in()
            results = calling.recognise(to_pcm(audio))

    assert [result[:2] for result in results] == [
        pytest.approx(edges, abs=FRAME_S + ROUNDED_S) for edges in spoken
    ]


@pytest.mark.parametrize(
    "stream",
    [
        b"%s0002\0\0",
        b"%u0001x%s0002\0\0",
        b"%u0001x%b0000%s0001\0",
        b"%u0001x%b0000%b0000",
        b"%u0001x%f0000",
        b"%u0001x%u0001x",
        b"%u0001\xff",
        b"%u00x1",
        b"%x0000",
        b"GET / HTTP/1.1",
    ],
)
def test_a_bad_packet_is_told_and_the_connection_closed(stack: Stack, stream: bytes) -> None:
    with phone(stack.tcp_address()) as calling:
        calling.socket.sendall(MAGIC + stream)
        said = calling.rest()
    assert said.removeprefix(b"%L0007welcome") == INVALID


@pytest.mark.parametrize("magic", [b"WHISPER_STREAMING_V1.1", b"x", b"\r\n", b"WHISPER_X"])
def test_a_wrong_magic_string_gets_no_byte(stack: Stack, magic: bytes) -> None:
    with phone(stack.tcp_address()) as calling:
        calling.socket.sendall(magic)
        assert calling.rest() == b""


@pytest.mark.parametrize("stream", [b"", MAGIC[:10], MAGIC, MAGIC + b"%u00", MAGIC + b"%u0001x"])
def test_who_says_nothing_is_not_waited_for(small: Stack, stream: bytes) -> None:
    with phone(small.tcp_address()) as calling:
        calling.socket.sendall(stream)
        assert calling.rest() in {b"", b"%L0007welcome"}


def test_a_packet_that_is_cut_off_is_a_bad_one(stack: Stack) -> None:
    with phone(stack.tcp_address()) as calling:
        calling.sign_in()
        calling.send("%b")
        calling.socket.sendall(b"%s03C0" + bytes(10))
        calling.socket.shutdown(socket.SHUT_WR)
        assert calling.rest() == INVALID


def test_who_leaves_in_the_middle_of_a_packet_harms_nobody(stack: Stack) -> None:
    with phone(stack.tcp_address()) as calling:
        calling.sign_in()
        calling.send("%b")
        calling.socket.sendall(b"%s03C0" + bytes(100))
    with phone(stack.tcp_address()) as calling:
        calling.sign_in()
        assert calling.recognise(to_pcm(np.concatenate([syllables(1), silence(1)])))


def test_one_user_more_than_there_are_channels(small: Stack) -> None:
    with phone(small.tcp_address()) as first:
        first.sign_in()
        with phone(small.tcp_address()) as second:
            second.socket.sendall(MAGIC)
            second.send("%u", b"second")
            assert second.receive() == ("%E", "SERVER_TOO_BUSY")
            assert second.rest() == b""

    def free() -> bool:
        with phone(small.tcp_address()) as third:
            third.socket.sendall(MAGIC)
            third.send("%u", b"third")
            return third.receive()[0] == "%L"

    eventually(free)


def test_what_was_heard_is_kept_where_that_is_wanted(small: Stack, tmp_path: Path) -> None:
    pcm = to_pcm(np.concatenate([syllables(1), silence(1)]))

    def heard() -> bool:
        with phone(small.tcp_address()) as calling:
            calling.socket.sendall(MAGIC)
            calling.send("%u", b"kept user")
            return calling.receive()[0] == "%L" and bool(calling.recognise(pcm))

    eventually(heard)
    folder = small.log(TCP).parents[1] / "kept"

    def kept() -> bool:
        for path in folder.glob("*kept_user*.wav"):
            with wave.open(str(path)) as file:
                return file.readframes(file.getnframes()) == pcm
        return False

    eventually(kept)


def gauge(stack: Stack, name: str) -> float:
    """What any gateway says of all TCP servers together."""
    metrics = httpx.get(f"{stack.url(1)}/metrics").text
    (value,) = [
        sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
        if sample.name == name
    ]
    return value


def test_users_and_channels_are_counted(stack: Stack, tmp_path: Path) -> None:
    with tcp_alone(stack, tmp_path, TCP_CHANNELS="7") as server:
        server.wait_ready(timeout_s=30)
        eventually(lambda: gauge(stack, "sori_tcp_channels") >= 57)
        eventually(lambda: gauge(stack, "sori_tcp_connections") == 0)
        with phone(server.tcp_address()) as one, phone(stack.tcp_address()) as other:
            one.sign_in()
            other.sign_in()
            eventually(lambda: gauge(stack, "sori_tcp_connections") == 2)
        eventually(lambda: gauge(stack, "sori_tcp_connections") == 0)
        channels = gauge(stack, "sori_tcp_channels")
    eventually(lambda: gauge(stack, "sori_tcp_channels") == channels - 7)


def test_hostile_connections_leave_nothing_behind(stack: Stack) -> None:
    hostile = [
        b"",
        b"x" * 100,
        MAGIC[:7],
        MAGIC + b"%s",
        MAGIC + b"%u00zz",
        MAGIC + b"%uFFFF" + b"a" * 100,
        MAGIC + b"\xff" * 50,
        b"\0" * 5_000,
    ]

    def attack(count: int) -> None:
        for number in range(count):
            calling = Phone(stack.tcp_address())
            calling.socket.sendall(hostile[number % len(hostile)])
            calling.socket.close()

    attack(200)
    eventually(lambda: open_files(stack) < 60)
    files, size = open_files(stack), resident_bytes(stack.pid(TCP))
    attack(2_000)
    eventually(lambda: open_files(stack) <= files + 2)
    assert resident_bytes(stack.pid(TCP)) - size < 8 * 2**20
    with phone(stack.tcp_address()) as calling:
        calling.sign_in()


def speech_of(number: int) -> np.ndarray:
    """Another conversation for each number, of one length."""
    parts = [part for n in range(2) for part in (syllables(1.2, 2 * number + n), silence(0.8))]
    return np.concatenate([silence(number / 100), *parts, silence(1 - number / 100)])


async def test_fifty_users_at_once_each_get_their_own(stack: Stack) -> None:
    """In real time, while one who never reads holds a channel and talks without a pause."""
    rude = Phone(stack.tcp_address())
    await asyncio.to_thread(rude.sign_in)
    rude.send("%b")
    rude.say(to_pcm(syllables(3)))

    async def user(number: int) -> tuple[bytes, list[Result]]:
        pcm = to_pcm(speech_of(number))
        loop = asyncio.get_running_loop()
        began, results = loop.time(), list[Result]()

        async def spoken() -> AsyncIterator[bytes]:
            for offset in range(0, len(pcm), 960):
                await asyncio.sleep(began + offset / 2 / RATE - loop.time())
                yield pcm[offset : offset + 960]

        address = stack.tcp_address()
        async with Recognition.connect(*address, f"user{number}") as recognition:
            await recognition.recognise(spoken(), results.append)
        return pcm, results

    async with asyncio.timeout(90):
        answers = await asyncio.gather(*(user(number) for number in range(49)))
    rude.socket.close()
    for pcm, results in answers:
        assert len(results) == 2
        assert all(before.end <= after.start for before, after in pairwise(results))
        words = {word for result in results for word in result.text.split()}
        said = set()
        for start in range(0, len(pcm) // 2, 160):  # frames of 480, words of 4000 within them
            said.update(text_of(pcm, start / RATE, start / RATE + 0.25).split())
        assert len(words - said) <= len(results), "all but the last, shorter word of each"


def test_it_finishes_what_is_owed_before_it_stops(stack: Stack, tmp_path: Path) -> None:
    with tcp_alone(stack, tmp_path) as server:
        server.wait_ready(timeout_s=30)
        with phone(server.tcp_address()) as calling:
            calling.sign_in()
            calling.send("%b")
            calling.say(to_pcm(np.concatenate([syllables(2), silence(0.2)])))
            calling.send("%c")
            assert calling.until("%C")
            server.kill(TCP, signal_number=signal.SIGTERM)
            assert calling.rest().startswith(b"%R")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Settings that name a certificate for localhost."""
    folder = tmp_path_factory.mktemp("certificate")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-keyout", str(key), "-out", str(certificate), "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    return {"TCP_CERTIFICATE": str(certificate), "TCP_KEY": str(key)}


@pytest.fixture(scope="module")
def behind_proxy(
    stack: Stack, certificate: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """TLS behind a proxy, and little patience."""
    settings = {**certificate, "TCP_PROXY_PROTOCOL": "true", "IDLE_TIMEOUT": "2"}
    with tcp_alone(stack, tmp_path_factory.mktemp("proxy"), **settings) as running:
        running.wait_ready(timeout_s=30)
        yield running


def secure(calling: Phone, certificate: dict[str, str]) -> None:
    """TLS from here on."""
    context = ssl.create_default_context(cafile=certificate["TCP_CERTIFICATE"])
    calling.socket = context.wrap_socket(calling.socket, server_hostname="localhost")


V1 = b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 5000\r\n"
V2 = b"\r\n\r\n\0\r\nQUIT\n"
V2_IPV4 = V2 + b"\x21\x11\0\x0c\xc0\0\x02\x07\xc0\0\x02\x02\xdc\x04\x13\x88"
LOCAL = V2 + b"\x20\0\0\0"


@pytest.mark.parametrize(
    ("header", "address"),
    [
        (V1, "192.0.2.1:56324"),
        (b"PROXY UNKNOWN\r\n", "127.0.0.1:"),
        (V2_IPV4, "192.0.2.7:56324"),
        (LOCAL, "127.0.0.1:"),
    ],
    ids=["v1", "unknown", "v2", "local"],
)
@pytest.mark.parametrize("sent", ["at once", "byte by byte", "with what follows"])
def test_a_proxy_names_the_client_before_the_tls_handshake(
    behind_proxy: Stack, certificate: dict[str, str], header: bytes, address: str, sent: str
) -> None:
    user = f"{address}{sent}{len(header)}"
    with phone(behind_proxy.tcp_address()) as calling:
        if sent == "byte by byte":
            calling.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in header:
                calling.socket.sendall(bytes([byte]))
        else:
            together = sent == "with what follows"
            calling.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, together)
            calling.socket.sendall(header)
        secure(calling, certificate)
        with calling.socket:
            calling.sign_in(user.encode())
            assert calling.recognise(to_pcm(np.concatenate([syllables(1), silence(1)])))

    def lines() -> list[str]:
        log = behind_proxy.log(TCP).read_text()
        return [line for line in log.splitlines() if f"user {user!r}" in line]

    eventually(lambda: len(lines()) == 2)
    assert all(f"[client={address}" in line and "session_id=" in line for line in lines())


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        MAGIC,
        V1[:20],
        b"PROXY nonsense\r\n",
        b"PROXY " + b"x" * 200,
        V2_IPV4[:-1],
        V2 + b"\x21\x41\0\0",
        V1 + MAGIC,
        V1 + b"\x16\x03\x01",
    ],
)
def test_who_does_not_come_through_the_proxy_gets_no_word(
    behind_proxy: Stack, stream: bytes
) -> None:
    with phone(behind_proxy.tcp_address()) as calling:
        calling.socket.sendall(stream)
        said = calling.rest()
    assert not said or said[0] == TLS_ALERT, "in clear there is nothing but the end of TLS"


def test_headers_that_never_end_hold_up_nobody(
    behind_proxy: Stack, certificate: dict[str, str]
) -> None:
    with phone(behind_proxy.tcp_address()) as calling:
        calling.socket.sendall(V1)
        secure(calling, certificate)
        with calling.socket:
            calling.sign_in()
    eventually(lambda: open_files(behind_proxy) < 60)
    files = open_files(behind_proxy)
    endless = [Phone(behind_proxy.tcp_address()) for _ in range(100)]
    for number, each in enumerate(endless):
        each.socket.sendall([b"", V1[:-1], V2_IPV4[:20], V1][number % 4])
    with phone(behind_proxy.tcp_address()) as calling:
        calling.socket.sendall(V1)
        secure(calling, certificate)
        with calling.socket:
            calling.sign_in()
    for each in endless:
        assert each.rest() == b""
        each.socket.close()
    eventually(lambda: open_files(behind_proxy) <= files + 2)


def test_behind_a_proxy_it_finishes_what_is_owed_too(
    stack: Stack, certificate: dict[str, str], tmp_path: Path
) -> None:
    settings = {**certificate, "TCP_PROXY_PROTOCOL": "true"}
    with tcp_alone(stack, tmp_path, **settings) as server:
        server.wait_ready(timeout_s=30)
        stuck, calling = (Phone(server.tcp_address()) for _ in range(2))
        stuck.socket.sendall(V1[:-1])
        calling.socket.sendall(V1)
        secure(calling, certificate)
        with stuck.socket, calling.socket:
            calling.sign_in()
            calling.send("%b")
            calling.say(to_pcm(np.concatenate([syllables(2), silence(0.2)])))
            calling.send("%c")
            assert calling.until("%C")
            server.kill(TCP, signal_number=signal.SIGTERM)
            assert calling.rest().startswith(b"%R")
            assert stuck.rest() == b""


def test_a_proxy_without_tls(stack: Stack, tmp_path: Path) -> None:
    with tcp_alone(stack, tmp_path, TCP_PROXY_PROTOCOL="true") as server:
        server.wait_ready(timeout_s=30)
        with phone(server.tcp_address()) as calling:
            calling.socket.sendall(V2_IPV4)
            calling.sign_in()
            assert calling.recognise(to_pcm(np.concatenate([syllables(1), silence(1)])))


def test_tls_without_a_proxy(stack: Stack, certificate: dict[str, str], tmp_path: Path) -> None:
    with tcp_alone(stack, tmp_path, **certificate) as server:
        server.wait_ready(timeout_s=30)
        with phone(server.tcp_address()) as calling:
            secure(calling, certificate)
            with calling.socket:
                calling.sign_in()
                assert calling.recognise(to_pcm(np.concatenate([syllables(1), silence(1)])))


@pytest.mark.parametrize("old_spelling", [False, True])
def test_the_command_line(stack: Stack, tmp_path: Path, old_spelling: bool) -> None:
    pcm = to_pcm(np.concatenate([syllables(1.5), silence(0.8), syllables(1.5, 2)]))
    path = tmp_path / "talk.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(pcm)
    host, port = stack.tcp_address()
    command = [sys.executable, "-m", "client.cli", "tcp", str(path), "--status"]
    if old_spelling:
        command = [sys.executable, "-m", "client.tcp", "--ifn", str(path)]
    command += ["--ip", host, "--port", str(port), "--fast", "--json"]

    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603

    said = [json.loads(line) for line in done.stdout.splitlines()]
    if not old_spelling:
        assert said.pop(0) == {"status": ["engine 0: running", "engine 1: running"]}
    assert [sorted(result) for result in said] == [["end", "start", "text"]] * 2


def test_a_server_that_is_away_is_told_in_a_line() -> None:
    command = [sys.executable, "-m", "client.cli", "tcp", "--status", "--port", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "127.0.0.1:1 can't be reached" in done.stderr
