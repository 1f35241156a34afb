import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import typer
from websockets.asyncio.server import ServerConnection

from client.commands.stream import Tally, parse_parameters
from contract.audio import SAMPLE_RATE
from contract.events import parse_event
from tests.client.gateway import STATS, FakeGateway, event, serving, started, transcription

COMMAND = (sys.executable, "-c", "from client.cli import main; main()", "stream")
FAILURE = {"utterance_id": 1, "start": 0, "end": 1, "code": "X", "message": "no"}


@pytest.fixture
async def gateway() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
async def url(gateway: FakeGateway) -> AsyncIterator[str]:
    async with serving(gateway) as url:
        yield url


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.arange(3 * SAMPLE_RATE, dtype="<i2"), SAMPLE_RATE)
    return path


async def start(*arguments: str, stdin: int | None = None) -> Process:
    environment = {**os.environ, "COLUMNS": "100", "PYTHONWARNINGS": "error"}
    return await asyncio.create_subprocess_exec(
        *COMMAND, *arguments, stdin=stdin, stdout=PIPE, stderr=PIPE, env=environment
    )


async def run(*arguments: str, stdin: bytes | None = None) -> tuple[int, str, str]:
    process = await start(*arguments, stdin=None if stdin is None else PIPE)
    out, err = await process.communicate(stdin)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_a_file_becomes_lines_and_a_table(
    gateway: FakeGateway, url: str, recording: Path
) -> None:
    code, out, err = await run(str(recording), "--url", url, "--speed", "0", "--expect-text")
    assert (code, err) == (0, "")
    assert gateway.heard == np.arange(3 * SAMPLE_RATE, dtype="<i2").tobytes()
    assert "00:02.0–00:03.0 SPEAKER_00: second 2 · 120 ms" in out.splitlines()
    assert "segments" in out


async def test_json_has_events_alone(url: str, recording: Path) -> None:
    code, out, err = await run(str(recording), "--url", url, "--speed", "0", "--json")
    assert (code, err) == (0, "")
    kinds = [json.loads(line)["type"] for line in out.splitlines()]
    assert kinds[0] == "session_started"
    assert kinds.count("transcription") == 3
    assert kinds[-1] == "session_ended"


async def test_options_reach_the_server(gateway: FakeGateway, url: str, recording: Path) -> None:
    options = ("--language", "ko", "--num-speakers", "3", "--no-interim", "--prompt", "Sori")
    parameters = ("--parameter", "vad_mode=3", "--parameter", "silence_duration=0.7")
    await run(str(recording), "--url", url, "--speed", "0", *options, *parameters)
    assert gateway.messages[0] == {
        "type": "start_transcription",
        "language": "ko",
        "num_speakers": 3,
        "interim": False,
        "prompt": "Sori",
        "parameters": {"vad_mode": 3, "silence_duration": 0.7},
    }


async def test_standard_input_is_streamed(gateway: FakeGateway, url: str) -> None:
    pcm = bytes(range(256)) * 200
    code, _, err = await run("-", "--url", url, "--speed", "0", stdin=pcm)
    assert (code, err) == (0, "")
    assert gateway.heard == pcm


async def test_no_text_is_said_where_it_was_expected(url: str) -> None:
    code, _, err = await run("-", "--url", url, "--expect-text", stdin=bytes(3_200))
    assert (code, err) == (3, "sori: no text came back\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("missing.wav",), "sori: missing.wav: no such file\n"),
        (("-", "--url", "localhost"), "sori: 'localhost' is no server address: "),
        (("-", "--url", "ws://127.0.0.1:1/ws"), "sori: ws://127.0.0.1:1/ws can't be reached: "),
    ],
)
async def test_failures_are_one_clear_line(arguments: tuple[str, ...], said: str) -> None:
    code, out, err = await run(*arguments, stdin=b"")
    assert (code, out) == (1, "")
    assert err.startswith(said)
    assert err.count("\n") == 1


async def test_a_refusal_is_one_clear_line(url: str, recording: Path) -> None:
    code, _, err = await run(str(recording), "--url", url, "--language", "xx", "--json")
    assert (code, err) == (1, "sori: no xx here\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_interrupt_stops_and_shows_what_came(
    gateway: FakeGateway, url: str, number: signal.Signals
) -> None:
    process = await start("-", "--url", url, "--speed", "0", stdin=PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(bytes(SAMPLE_RATE * 2 + 3_200))
    while "second 0" not in (await process.stdout.readline()).decode():
        pass
    process.send_signal(number)
    out, err = await process.communicate()
    assert process.returncode == 0
    assert "segments" in out.decode()
    assert err.decode().startswith("stopping")
    assert [message["type"] for message in gateway.messages][1:] == ["stop_transcription", "close"]


async def test_voices_are_introduced_before_the_audio(
    gateway: FakeGateway, url: str, recording: Path
) -> None:
    voices = ("--speaker", "kim", "--speaker", "lee", "--enroll", f"Anna={recording}")
    code, out, err = await run(str(recording), "--url", url, "--speed", "0", *voices)
    assert code == 0
    assert gateway.messages[:4] == [
        {"type": "use_speakers", "speakers": ["kim", "lee"]},
        {"type": "start_speaker_registration", "speaker_id": 2, "name": "Anna"},
        {"type": "complete_speaker_registration", "speaker_id": 2},
        {"type": "start_transcription", "interim": True, "parameters": {}},
    ]
    assert gateway.voices == {2: gateway.heard}
    assert [line.partition(" (")[0] for line in err.splitlines()] == [
        "registered 0",
        "registered 1",
        "registered 2",
    ]
    assert "second 2" in out


@pytest.mark.parametrize(
    ("voices", "code", "said"),
    [
        (("--speaker", "nobody"), 1, "sori: who is nobody?"),
        (("--enroll", "Anna={short}"), 1, "sori: Anna was not enrolled: too short [too_short]"),
        (("--enroll", "Anna=missing.wav"), 1, "sori: missing.wav: no such file"),
        (("--enroll", "missing.wav"), 2, "'missing.wav' is not NAME=FILE"),
        (("--enroll", "Anna=-"), 2, "'Anna=-' is not NAME=FILE"),
    ],
)
async def test_a_voice_that_cannot_be_had_ends_it(
    url: str, recording: Path, tmp_path: Path, voices: tuple[str, str], code: int, said: str
) -> None:
    short = tmp_path / "short.wav"
    soundfile.write(short, np.ones(100, dtype="<i2"), SAMPLE_RATE)
    option, value = voices[0], voices[1].format(short=short)
    status, out, err = await run(str(recording), "--url", url, "--json", option, value)
    assert status == code
    assert said in err
    assert "transcription_started" not in out


async def test_a_cut_is_told_and_mended(gateway: FakeGateway, url: str, recording: Path) -> None:
    gateway.cuts = iter([5])
    code, out, err = await run(str(recording), "--url", url, "--speed", "0", "--json")
    assert code == 0
    assert [line.split(":")[0] for line in err.splitlines()] == [
        "connection lost, resuming",
        "the connection is back",
    ]
    assert gateway.heard == np.arange(3 * SAMPLE_RATE, dtype="<i2").tobytes()
    assert out.count('"second ') == 3


def test_parameters_are_numbers_where_they_look_like_it() -> None:
    assert parse_parameters(["a=1", "b=0.5", "c=ko", "d=x=y"]) == {
        "a": 1,
        "b": 0.5,
        "c": "ko",
        "d": "x=y",
    }
    with pytest.raises(typer.BadParameter, match="'a' is not NAME=VALUE"):
        parse_parameters(["a"])


def test_the_exit_status_tells_silence_from_failure() -> None:
    silent, failed, heard = Tally(), Tally(), Tally()
    failed.count(parse_event(event("utterance_failed", 2, **FAILURE)))
    heard.count(parse_event(event("utterance_failed", 2, **FAILURE)))
    heard.count(parse_event(transcription(3, 0)))
    heard.count(parse_event(event("session_ended", 4, stats=STATS, reason="closed")))
    assert [tally.exit_code(expect_text=False) for tally in (silent, failed, heard)] == [0, 1, 0]
    assert [tally.exit_code(expect_text=True) for tally in (silent, failed, heard)] == [3, 3, 0]


async def test_a_second_interrupt_aborts() -> None:
    async def mute(websocket: ServerConnection) -> None:
        await websocket.send(started())
        await websocket.wait_closed()

    async with serving(mute) as url:
        process = await start("-", "--url", url, "--json", stdin=PIPE)
        assert process.stdout is not None
        assert process.stderr is not None
        await process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert (await process.stderr.readline()).startswith(b"stopping")
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 130
        assert await process.stderr.read() == b""
