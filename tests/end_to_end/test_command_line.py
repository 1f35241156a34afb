"""`sori mic` and `sori stats` at the running stack; the microphone alone is not real."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from typer.testing import CliRunner

from client.cli import build_app
from local_stack.stack import Stack
from tests.support.sounds import silence, syllables, to_pcm

BLOCK_BYTES = 1600


class FakeMicrophone:
    """Somebody speaks into it for a while, twice as fast as people do."""

    def __init__(self, device: str | None = None) -> None:
        self.device = device

    @contextmanager
    def listening(self) -> Iterator[Iterator[bytes]]:
        yield self._blocks()

    def _blocks(self) -> Iterator[bytes]:
        parts = [part for n in range(4) for part in (syllables(2.5, n), silence(0.8))]
        pcm = to_pcm(np.concatenate(parts))
        for offset in range(0, len(pcm), BLOCK_BYTES):
            time.sleep(0.025)  # what a device takes for a block
            yield pcm[offset : offset + BLOCK_BYTES]


@pytest.fixture
def microphone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("client.commands.mic.Microphone", FakeMicrophone)


def run(*arguments: str) -> list[dict[str, object]]:
    result = CliRunner().invoke(build_app(), arguments)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_voice_is_enrolled_and_then_transcribed(stack: Stack, microphone: None) -> None:
    events = run("mic", "--enroll", "1", "--url", stack.url(), "--json")
    kinds = [event["type"] for event in events]
    assert "speaker_registration_completed" in kinds
    said = [event for event in events if event["type"] == "transcription"]
    assert said
    assert all(event["speaker_id"] == 0 for event in said)
    assert kinds[-1] == "session_ended"


def test_the_same_over_tcp(stack: Stack, microphone: None) -> None:
    host, port = stack.tcp_address()
    results = run("mic", "--tcp", f"{host}:{port}", "--json")
    assert len(results) == 4


def test_the_server_is_watched(stack: Stack) -> None:
    (system,) = run("stats", "--once", "--url", stack.url(), "--json")
    workers = system["workers"]
    assert isinstance(workers, dict)
    assert workers["stt"] == 2
    shown = CliRunner().invoke(build_app(), ["stats", "--once", "--url", stack.url()])
    assert "real-time factor" in shown.stdout


def test_the_shell_completes_commands_and_options() -> None:
    environment = {"_SORI_COMPLETE": "complete_bash", "COMP_WORDS": "sori str", "COMP_CWORD": "1"}
    completed = CliRunner().invoke(build_app(), [], prog_name="sori", env=environment)
    assert completed.stdout.split() == ["stream"]
    environment |= {"COMP_WORDS": "sori stats --on", "COMP_CWORD": "2"}
    completed = CliRunner().invoke(build_app(), [], prog_name="sori", env=environment)
    assert "--once" in completed.stdout
