from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from client.errors import NotSoriError, ServerUnreachableError, SourceError
from client.speakers.http import HttpRespondent
from client.speakers.recordings import Recording, wav
from client.speakers.registry import Registry
from contract.errors import (
    AudioUnreadableError,
    NoSpeechError,
    SpeakerUnknownError,
    SpeechTooShortError,
    TooLargeError,
    UnauthorizedError,
)
from contract.speakers import RefusedError
from tests.client.scripted_registry import ScriptedRegistry, gateway, write_voice


@pytest.fixture
def scripted() -> ScriptedRegistry:
    return ScriptedRegistry()


@pytest.fixture
def registry(scripted: ScriptedRegistry, redis_url: str) -> Iterator[Registry]:
    with (
        gateway(scripted, redis_url, api_keys="good", max_upload_mb=0.1) as url,
        Registry(HttpRespondent(url, "good")) as registry,
    ):
        yield registry


@contextmanager
def answering(status: int, body: bytes) -> Iterator[Registry]:
    """A registry at a server that says the same to whatever it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        with Registry(HttpRespondent(f"http://127.0.0.1:{server.server_port}", None)) as registry:
            yield registry
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_files_and_bytes_are_sent_as_they_are(
    registry: Registry, scripted: ScriptedRegistry, tmp_path: Path
) -> None:
    file = write_voice(tmp_path / "김.wav", (300, 2))
    made = registry.register([Recording(str(file), file)], name="김")
    assert (made.voice_print.name, made.voice_print.speech_seconds) == ("김", 2.0)
    heard = registry.identify(Recording("x", file.read_bytes()), 0.5, 3)
    assert heard.speaker_id == made.voice_print.speaker_id
    assert heard.candidates[0].name == "김"
    assert list(scripted.prints) == [heard.speaker_id]


def test_refusals_are_the_errors_that_they_were(registry: Registry, tmp_path: Path) -> None:
    for content, error in (
        (b"no audio", AudioUnreadableError),
        (wav(bytes(64_000)), NoSpeechError),
        (wav(b"\1\1" * 4_000), SpeechTooShortError),
        (bytes(200_000), TooLargeError),
    ):
        with pytest.raises(error):
            registry.identify(Recording("x", content), 0.7, 1)
    with pytest.raises(SpeakerUnknownError, match="no speaker nobody"):
        registry.delete("nobody")
    with pytest.raises(SourceError, match="No such file"):
        registry.identify(Recording("gone.wav", tmp_path / "gone.wav"), 0.7, 1)


def test_a_wrong_key_is_said(scripted: ScriptedRegistry, redis_url: str) -> None:
    with gateway(scripted, redis_url, api_keys="good") as url:
        for key in (None, "bad"):
            with Registry(HttpRespondent(url, key)) as registry, pytest.raises(UnauthorizedError):
                registry.reach()
    assert not scripted.asked


def test_an_unknown_refusal_keeps_its_words() -> None:
    body = b'{"code": "LATER_CODE", "message": "not now", "retryable": true}'
    with answering(400, body) as registry, pytest.raises(RefusedError, match="not now") as caught:
        registry.reach()
    assert caught.value.refused.retryable


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxy_without_a_server_is_a_server_that_is_away(status: int) -> None:
    with answering(status, b"<html>") as registry, pytest.raises(ServerUnreachableError):
        registry.reach()


@pytest.mark.parametrize(
    ("status", "body"), [(404, b"nothing here"), (200, b"<html>"), (200, b'{"prints": 7}')]
)
def test_something_else_at_the_address_is_said(status: int, body: bytes) -> None:
    with answering(status, body) as registry, pytest.raises(NotSoriError):
        registry.reach()


def test_nobody_at_the_address_is_said() -> None:
    with (
        Registry(HttpRespondent("http://me:word@127.0.0.1:1", None)) as registry,
        pytest.raises(ServerUnreachableError, match=r"^http://127.0.0.1:1 can't be reached: "),
    ):
        registry.reach()
