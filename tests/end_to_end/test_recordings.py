"""Whole recordings through the running stack: from wherever they lie to every format."""

import hashlib
import hmac
import io
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import jsonschema
import numpy as np
import openai
import pytest
from moto.server import ThreadedMotoServer

from local_stack.stack import Stack
from tests.docs.markdown import ROOT
from tests.end_to_end.conftest import INSTANT
from tests.support.callbacks import Receiver, receiving
from tests.support.sounds import silence, syllables, to_pcm
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(300)

SECRET = "a secret"  # noqa: S105 (of these tests)
KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}
SCHEMA = json.loads((ROOT / "docs/recording.schema.json").read_text())
TALK = np.concatenate([part for n in range(4) for part in (syllables(3, n), silence(2.4))])


def ffmpeg(*arguments: str | Path, pcm: bytes = b"") -> None:
    command = ["ffmpeg", "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, input=pcm, check=True)  # noqa: S603 (our own command)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of one recording in three formats, and of things that are none."""
    folder = tmp_path_factory.mktemp("recordings")
    raw = ["-f", "s16le", "-ar", "16000", "-ac", "1", "-i", "pipe:0"]
    pcm = to_pcm(TALK)
    ffmpeg(*raw, folder / "talk.wav", pcm=pcm)
    ffmpeg(*raw, "-b:a", "64k", folder / "talk.mp3", pcm=pcm)
    picture = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=5"]
    ffmpeg(*raw, *picture, "-shortest", "-c:v", "mpeg4", folder / "talk.mp4", pcm=pcm)
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x48:rate=5", "-t", "1", folder / "mute.mp4")
    (folder / "text.wav").write_text("no sound at all")
    (folder / "list.m3u8").write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
    return folder


@pytest.fixture(scope="module")
def s3(media: Path) -> Iterator[str]:
    """An S3 service with the recording in a bucket; its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",  # noqa: S106 (of a server of these tests)
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="recordings")
    client.upload_file(str(media / "talk.wav"), "recordings", "a/talk.wav")
    yield address
    server.stop()


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, media: Path, s3: str
) -> Iterator[tuple[Stack, Path]]:
    """A stack for recordings, and its media store."""
    place = tmp_path_factory.mktemp("stack")
    environment = {
        **INSTANT,
        **KEYS,
        "MEDIA_ROOT": str(media),
        "S3_ENDPOINT_URL": s3,
        "ALLOWED_HOSTS": "127.0.0.1",
        "CALLBACK_SECRET": SECRET,
        "MAX_MEDIA_MB": "2",
        "MAX_RECORDING_S": "60",
        "MAX_JOBS": "6",
        "PIECE_SECONDS": "5",
    }
    with Stack(place, environment) as running:
        running.wait_ready(timeout_s=90)
        yield running, place / "media"


@pytest.fixture
def http(stack: tuple[Stack, Path]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack[0].url(), timeout=60) as client:
        yield client


@pytest.fixture
def web() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def left(stack: tuple[Stack, Path]) -> Iterator[None]:
    """After the test no file of any recording is left."""
    yield
    eventually(lambda: not stack[1].exists() or not [*stack[1].rglob("*")])


def check(result: dict[str, Any]) -> None:
    """All that holds of the recording, whatever it came as."""
    jsonschema.validate(result, SCHEMA)
    assert result["duration"] == pytest.approx(len(TALK) / 16_000, abs=0.2)
    assert result["language"] == "en"
    assert len(result["segments"]) == 4
    assert result["text"] == " ".join(each["text"] for each in result["segments"])
    for number, segment in enumerate(result["segments"]):
        assert segment["start_time"] == pytest.approx(number * 5.4, abs=0.5)
        assert segment["end_time"] == pytest.approx(number * 5.4 + 3, abs=0.5)
        assert segment["speaker"] == {"speaker_id": "SPEAKER_00"}
        assert segment["text"] == " ".join(word["word"] for word in segment["words"])
        assert segment["sentiment"]["label"] == "neutral"
        sound = segment["acoustic_features"]
        assert len(sound["mfcc"]) == 13
        assert -40 < sound["volume_db"] < 0
        assert 60 < sound["pitch_hz"] < 400
        assert 0 < sound["rms"] < 1
        assert 100 < sound["spectral_centroid"] < sound["spectral_rolloff"] < 8000
        for word in segment["words"]:
            assert segment["start_time"] <= word["start"] <= word["end"] <= segment["end_time"]
            assert -120 <= word["acoustic_features"]["volume_db"] < 0
    assert result["speakers"]["SPEAKER_00"]["total_duration"] > 10
    assert set(result["metadata"]["model_versions"]) == {
        "stt",
        "diarization",
        "sentiment",
        "acoustics",
    }


@pytest.mark.usefixtures("left")
@pytest.mark.parametrize("name", ["talk.wav", "talk.mp3", "talk.mp4"])
def test_a_file_of_the_server(http: httpx.Client, name: str) -> None:
    answer = http.post("/transcribe", json={"video_path": name, "language": "auto"})
    assert answer.status_code == 200, answer.text
    check(answer.json())


@pytest.mark.usefixtures("left")
def test_a_file_that_is_sent_along(http: httpx.Client, media: Path) -> None:
    with (media / "talk.mp4").open("rb") as file:
        answer = http.post("/transcribe", files={"file": file}, data={"language": "en"})
    assert answer.status_code == 200, answer.text
    check(answer.json())


@pytest.mark.usefixtures("left")
def test_an_object_of_s3(http: httpx.Client) -> None:
    answer = http.post("/transcribe", json={"video_path": "s3://recordings/a/talk.wav"})
    assert answer.status_code == 200, answer.text
    check(answer.json())


@pytest.mark.usefixtures("left")
def test_in_the_background_with_callbacks(http: httpx.Client, web: Receiver, media: Path) -> None:
    failures = iter([500, 503])

    def answer(request: Any) -> tuple[int, dict[str, str], bytes]:
        if request.method == "GET":
            return 200, {}, (media / "talk.mp3").read_bytes()
        return next(failures, 200), {}, b""

    web.answer = answer
    body = {"video_path": f"{web.url}/talk.mp3", "job_id": "monday", "num_speakers": 1}
    begun = http.post(
        "/api/upload-video/process-video", json={**body, "callback_url": f"{web.url}/told"}
    )
    assert (begun.status_code, begun.json()["job_id"]) == (202, "monday")

    def told() -> list[dict[str, Any]]:
        return [json.loads(each.body) for each in web.received if each.method == "POST"]

    eventually(lambda: told() and told()[-1]["status"] == "completed", timeout_s=60)
    assert set(told()[0]) >= {"job_id", "status", "progress", "message", "result"}
    progress = [each["progress"] for each in told()]
    assert progress == sorted(progress)
    assert progress[-1] == 100
    check(told()[-1]["result"])
    for each in web.received:
        if each.method == "POST":
            digest = hmac.new(SECRET.encode(), each.body, hashlib.sha256).hexdigest()
            assert each.headers["X-Sori-Signature"] == f"sha256={digest}"
    shown = http.get("/jobs/monday").json()
    assert (shown["status"], shown["progress"], shown["error"]) == ("completed", 100, None)
    check(shown["result"])
    again = http.post("/api/upload-video/process-video", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "JOB_EXISTS")


def test_events_and_exports(http: httpx.Client) -> None:
    begun = http.post("/api/upload-video/process-video", json={"video_path": "talk.wav"}).json()
    job = f"/jobs/{begun['job_id']}"
    with http.stream("GET", f"{job}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in stream.iter_lines() if line]
    assert lines[-2] == "event: completed"
    states = [json.loads(line.removeprefix("data: ")) for line in lines if "data: " in line]
    progress = [state["progress"] for state in states]
    assert progress == sorted(progress)
    assert len(progress) > 2

    check(http.get(f"{job}/result").json())
    for form in ("srt", "vtt", "txt", "rttm", "csv"):
        answer = http.get(f"{job}/result", params={"format": form})
        assert answer.status_code == 200
        assert "SPEAKER_00" in answer.text
    assert http.get(f"{job}/result", params={"format": "doc"}).status_code == 422
    assert http.get("/jobs/nothing").status_code == 404
    assert http.get("/jobs/nothing/events").status_code == 404
    assert http.delete("/jobs/nothing").status_code == 404


@pytest.mark.usefixtures("left")
def test_openais_client(stack: tuple[Stack, Path], media: Path) -> None:
    client = openai.OpenAI(base_url=f"{stack[0].url()}/v1", api_key="none", max_retries=0)
    said: dict[str, Any] = {}
    for form in ("json", "text", "srt", "vtt", "verbose_json"):
        with (media / "talk.mp3").open("rb") as file:
            said[form] = client.audio.transcriptions.create(
                file=file,
                model="whisper-1",
                language="en",
                response_format=form,  # type: ignore[call-overload]
                timestamp_granularities=["word", "segment"],
            )
    assert said["json"].text == said["verbose_json"].text == said["text"].strip()
    assert said["srt"].startswith("1\n00:00:0")
    assert said["vtt"].startswith("WEBVTT")
    verbose = said["verbose_json"]
    assert verbose.duration == pytest.approx(21.6, abs=0.2)
    assert verbose.language == "english"
    assert len(verbose.segments) == 4
    assert " ".join(word.word for word in verbose.words) == verbose.text
    with pytest.raises(openai.APIStatusError) as refused:
        client.audio.transcriptions.create(file=("a.wav", b"nothing"), model="whisper-1")
    assert (refused.value.status_code, refused.value.code) == (415, "AUDIO_UNREADABLE")
    client.close()


@pytest.mark.usefixtures("left")
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("mute.mp4", 415, "AUDIO_UNREADABLE"),
        ("text.wav", 415, "AUDIO_UNREADABLE"),
        ("list.m3u8", 415, "AUDIO_UNREADABLE"),
        ("missing.wav", 422, "MEDIA_NOT_FOUND"),
        ("../../etc/passwd", 403, "MEDIA_FORBIDDEN"),
        ("file:///etc/passwd", 403, "MEDIA_FORBIDDEN"),
        ("http://127.0.0.2/talk.wav", 403, "MEDIA_FORBIDDEN"),
        ("http://[::1]/talk.wav", 403, "MEDIA_FORBIDDEN"),
        ("http://169.254.169.254/latest/meta-data", 403, "MEDIA_FORBIDDEN"),
        ("http://127.0.0.1:1/talk.wav", 422, "FETCH_FAILED"),
        ("http://nowhere.invalid/talk.wav", 422, "FETCH_FAILED"),
        ("s3://recordings/b/talk.wav", 422, "MEDIA_NOT_FOUND"),
        ("s3://nothing", 422, "MEDIA_NOT_FOUND"),
    ],
)
def test_what_cannot_be_had_is_said(http: httpx.Client, path: str, status: int, code: str) -> None:
    answer = http.post("/transcribe", json={"video_path": path})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_server_of_recordings_that_fails(http: httpx.Client, web: Receiver) -> None:
    for status, code in ((404, "MEDIA_NOT_FOUND"), (500, "FETCH_FAILED")):
        web.answer = lambda _, status=status: (status, {}, b"")  # type: ignore[misc]
        answer = http.post("/transcribe", json={"video_path": f"{web.url}/talk.wav"})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    web.answer = lambda _: (302, {"Location": "http://127.0.0.2/inside"}, b"")
    answer = http.post("/transcribe", json={"video_path": f"{web.url}/talk.wav"})
    assert answer.json()["code"] == "MEDIA_FORBIDDEN"


@pytest.mark.usefixtures("left")
def test_what_is_too_large_or_too_long(
    http: httpx.Client, web: Receiver, stack: tuple[Stack, Path], tmp_path: Path
) -> None:
    large = b"\0" * 2_100_000
    for answer in (
        http.post("/transcribe", files={"file": io.BytesIO(large)}),
        http.post(
            "/transcribe", files={"file": io.BytesIO(large)}, headers={"Connection": "close"}
        ),
    ):
        assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")
    web.answer = lambda _: (200, {}, large)
    answer = http.post("/transcribe", json={"video_path": f"{web.url}/large.wav"})
    assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")

    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", "70", tmp_path / "long.flac")
    long = (tmp_path / "long.flac").read_bytes()
    web.answer = lambda _: (200, {}, long)
    answer = http.post("/transcribe", json={"video_path": f"{web.url}/long.flac"})
    assert (answer.status_code, answer.json()["code"]) == (413, "AUDIO_TOO_LONG")
    assert stack[0].pid("media_worker")


def test_bad_requests(http: httpx.Client) -> None:
    for body in (
        {},
        {"video_path": ""},
        {"video_path": "a", "language": "english"},
        {"video_path": "a", "num_speakers": 0},
        {"video_path": "a", "job_id": "../x"},
        {"video_path": "a", "callback_url": "ftp://example.org"},
        {"video_path": "a", "unknown": 1},
    ):
        answer = http.post("/transcribe", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_MESSAGE"), body
    assert http.post("/transcribe", content=b"x").status_code == 415
    assert http.post("/transcribe", files={"other": b"x"}).status_code == 422
    assert http.post("/v1/audio/transcriptions", json={}).json()["error"]["code"]


@pytest.mark.usefixtures("left")
def test_nothing_said_is_a_result(http: httpx.Client, tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", "3", tmp_path / "silent.wav")
    with (tmp_path / "silent.wav").open("rb") as file:
        result = http.post("/transcribe", files={"file": file}).json()
    jsonschema.validate(result, SCHEMA)
    assert (result["segments"], result["text"], result["speakers"]) == ([], "", {})
    assert (result["duration"], result["language"]) == (3.0, "und")


@pytest.mark.usefixtures("left")
def test_cancelling_and_too_many(http: httpx.Client, web: Receiver) -> None:
    held = threading.Event()

    def answer(_: Any) -> tuple[int, dict[str, str], bytes]:
        held.wait(30)
        return 200, {}, b""

    web.answer = answer
    body = {"video_path": f"{web.url}/never.wav"}
    try:
        begun = [http.post("/api/upload-video/process-video", json=body) for _ in range(8)]
        assert [each.status_code for each in begun] == [202] * 6 + [429] * 2
        ids = [each.json()["job_id"] for each in begun[:6]]
        eventually(lambda: http.get(f"/jobs/{ids[0]}").json()["status"] == "processing")
        asked = time.monotonic()
        for job_id in ids:
            assert http.delete(f"/jobs/{job_id}").json()["status"] == "cancelled"
        assert time.monotonic() - asked < 2
        shown = http.get(f"/jobs/{ids[0]}").json()
        assert (shown["status"], shown["error"]["code"]) == ("cancelled", "CANCELLED")
        unfinished = http.get(f"/jobs/{ids[0]}/result")
        assert (unfinished.status_code, unfinished.json()["code"]) == (409, "CANCELLED")
    finally:
        held.set()
    answer_ = http.post("/transcribe", json={"video_path": "talk.wav"})
    assert answer_.status_code == 200


SORI = (sys.executable, "-m", "client.cli", "transcribe")


def sori(stack: Stack, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [*SORI, *map(str, arguments), "--url", stack.url()]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


def test_the_command_line(stack: tuple[Stack, Path], media: Path, tmp_path: Path) -> None:
    files = [tmp_path / f"talk.{form}" for form in ("json", "srt", "vtt", "txt", "rttm", "csv")]
    options = [part for file in files for part in ("-o", file)]
    done = sori(stack[0], media / "talk.mp4", *options, "--json", "--language", "en")
    assert done.returncode == 0, done.stderr
    check(json.loads(done.stdout))
    check(json.loads(files[0].read_text()))
    assert all("SPEAKER_00" in file.read_text() for file in files)

    shown = sori(stack[0], "s3://recordings/a/talk.wav")
    assert shown.returncode == 0
    assert len(shown.stdout.splitlines()) == 4
    for source, told in (
        (media / "text.wav", "no recording"),
        (tmp_path / "none.wav", "No such file"),
        ("http://127.0.0.2/a.wav", "not a public address"),
    ):
        failed = sori(stack[0], source)
        assert failed.returncode == 1
        assert told in failed.stderr.splitlines()[-1]
    assert sori(stack[0], media / "talk.wav", "-o", "talk.doc").returncode == 2
