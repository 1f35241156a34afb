"""Speaker recognition over HTTP with real voices, from the request to the model and back."""

import base64
import io
import json
import subprocess
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from local_stack.stack import Stack
from tests.support.sounds import RATE, read_speech, silence, to_pcm, white_noise
from tests.support.wire import wire

pytestmark = pytest.mark.data

Samples = NDArray[np.floating[Any]]


@pytest.fixture
def http(hearing: Stack) -> Iterator[httpx.Client]:
    """A client of the API, with an empty registry."""
    with httpx.Client(base_url=hearing.url(), timeout=60) as client:
        for shown in client.get("/speakers").json()["prints"]:
            client.delete(f"/speakers/{shown['speaker_id']}")
        yield client


@pytest.fixture
def voices(speech_data: Path) -> dict[str, list[Samples]]:
    """The recordings of five speakers."""
    folder = speech_data / "speech/en/librispeech"
    return {
        place.name: [read_speech(file) for file in sorted(place.rglob("*.flac"))]
        for place in sorted(folder.iterdir())
        if place.is_dir()
    }


def wav(samples: Samples) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(to_pcm(samples))
    return file.getvalue()


def chords(seconds: float) -> Samples:
    """Music: four triads over a bass, struck twice a second, with overtones."""
    t = np.arange(round(seconds * RATE)) / RATE
    triads = [
        (220.0, 261.6, 329.6),
        (174.6, 220.0, 261.6),
        (130.8, 164.8, 196.0),
        (196, 246.9, 293.7),
    ]
    wave_ = np.zeros(len(t))
    for beat in range(int(seconds * 2)):
        struck = np.clip(t - beat / 2, 0, None)
        envelope = np.where(t >= beat / 2, np.exp(-4 * struck), 0)
        for note in (*triads[beat // 4 % 4], triads[beat // 4 % 4][0] / 2):
            for overtone in range(1, 6):
                wave_ += envelope * np.sin(2 * np.pi * note * overtone * t) / overtone**1.5
    return 0.4 * wave_ / np.abs(wave_).max()


def encoded(samples: Samples, suffix: str, *options: str) -> bytes:
    """A recording as ffmpeg writes it."""
    command = ["ffmpeg", "-v", "error", "-i", "-", *options, "-f", suffix, "-"]
    return subprocess.run(command, input=wav(samples), capture_output=True, check=True).stdout  # noqa: S603


def register(http: httpx.Client, speaker_id: str, *recordings: Samples) -> dict[str, Any]:
    answer = http.post(
        "/speakers/register",
        data={"speaker_id": speaker_id, "name": f"Name of {speaker_id}"},
        files=[("file", wav(recording)) for recording in recordings],
    )
    assert answer.status_code == 200, answer.text
    registered: dict[str, Any] = answer.json()
    return registered


def identify(http: httpx.Client, recording: bytes, **fields: object) -> dict[str, Any]:
    answer = http.post("/speakers/identify", data=fields, files={"file": recording})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_registered_voices_are_known_again_and_strangers_are_not(
    http: httpx.Client, voices: dict[str, list[Samples]]
) -> None:
    *known, stranger = voices
    for speaker_id in known:
        registered = register(http, speaker_id, *voices[speaker_id][:2])
        assert registered["voice_print"]["samples"] == 2
        assert 0 < registered["quality"] <= 1

    for speaker_id in known:
        for recording in voices[speaker_id][2:5]:
            found = identify(http, wav(recording[: 5 * RATE]), top_k=3)
            assert (found["speaker_id"], found["known"]) == (speaker_id, True)
            assert found["score"] == found["candidates"][0]["score"] >= 0.7
            assert len(found["candidates"]) == 3
    for recording in voices[stranger][:3]:
        found = identify(http, wav(recording[: 5 * RATE]))
        assert (found["speaker_id"], found["known"]) == (None, False)
        assert found["score"] < 0.7


def test_a_deleted_voice_leaves_nothing_and_an_export_brings_it_back(
    http: httpx.Client, hearing: Stack, voices: dict[str, list[Samples]]
) -> None:
    first, second = list(voices)[:2]
    for speaker_id in (first, second):
        register(http, speaker_id, voices[speaker_id][0])
    export = http.get("/speakers/export").content
    assert http.get("/speakers").json()["total"] == 2
    assert http.get("/speakers/map.svg").text.count("<svg") == 1

    assert http.delete(f"/speakers/{first}").status_code == 200
    assert http.delete(f"/speakers/{first}").json()["code"] == "SPEAKER_UNKNOWN"
    assert http.get(f"/speakers/{first}").status_code == 404
    assert identify(http, wav(voices[first][1]))["speaker_id"] is None
    lines = http.get("/speakers/export").text.splitlines()
    assert [json.loads(line)["speaker_id"] for line in lines] == [second]

    head = {"Content-Type": "application/x-ndjson"}
    assert http.post("/speakers/import", headers=head, content=export).json()["count"] == 2
    assert identify(http, wav(voices[first][1]))["speaker_id"] == first


def test_without_an_id_nobody_can_guess_it(
    http: httpx.Client, voices: dict[str, list[Samples]]
) -> None:
    ids = []
    for recordings in list(voices.values())[:2]:
        body = {"audio_base64": base64.b64encode(wav(recordings[0])).decode()}
        ids.append(http.post("/speakers/register", json=body).json()["voice_print"]["speaker_id"])

    assert len(set(ids)) == 2
    assert min(map(len, ids)) >= 16


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("mp3", ()),
        ("ogg", ("-c:a", "libopus")),
        ("webm", ("-c:a", "libopus")),
        ("flac", ("-ar", "44100", "-ac", "2")),
        ("wav", ("-ar", "8000", "-c:a", "pcm_mulaw")),
    ],
)
def test_any_format_will_do(
    http: httpx.Client, voices: dict[str, list[Samples]], suffix: str, options: tuple[str, ...]
) -> None:
    (speaker_id, recordings) = next(iter(voices.items()))
    register(http, speaker_id, recordings[0])

    found = identify(http, encoded(recordings[1], suffix, *options))

    assert found["candidates"][0]["speaker_id"] == speaker_id


@pytest.mark.parametrize("path", ["/speakers/register", "/speakers/identify"])
@pytest.mark.parametrize(
    ("what", "status", "code"),
    [
        ("text", 415, "AUDIO_UNREADABLE"),
        ("nothing", 415, "AUDIO_UNREADABLE"),
        ("silence", 422, "NO_SPEECH"),
        ("noise", 422, "NO_SPEECH"),
        ("music", 422, "NO_SPEECH"),
        ("a syllable", 422, "NO_SPEECH or SPEECH_TOO_SHORT"),
        ("a word", 422, "SPEECH_TOO_SHORT"),
        ("a bomb", 413, "AUDIO_TOO_LONG"),
    ],
)
def test_what_is_no_voice_is_refused_for_a_clear_reason(
    http: httpx.Client,
    voices: dict[str, list[Samples]],
    path: str,
    what: str,
    status: int,
    code: str,
) -> None:
    recording = {
        "text": lambda: b"This is no recording, whatever its name may be.\n" * 100,
        "nothing": lambda: b"",
        "silence": lambda: wav(silence(5)),
        "noise": lambda: wav(white_noise(5)),
        "music": lambda: wav(chords(10)),
        "a syllable": lambda: wav(voices["1688"][0][2 * RATE : round(2.2 * RATE)]),
        "a word": lambda: wav(voices["1688"][0][2 * RATE : round(2.7 * RATE)]),
        "a bomb": lambda: encoded(silence(60), "flac", "-af", "aloop=-1:960000", "-t", "36000"),
    }[what]()
    began = time.monotonic()

    answer = http.post(path, files={"file": ("voice.wav", recording)})

    assert answer.status_code == status
    assert answer.json()["code"] in code.split(" or ")
    assert answer.json()["message"]
    assert time.monotonic() - began < 30
    assert http.get("/speakers").json()["total"] == 0


def test_two_voices_make_no_voice_print(
    http: httpx.Client, voices: dict[str, list[Samples]]
) -> None:
    one, other = (recordings[0][: 5 * RATE] for recordings in list(voices.values())[:2])
    answer = http.post("/speakers/register", files={"file": wav(np.concatenate([one, other]))})

    assert (answer.status_code, answer.json()["code"]) == (422, "SEVERAL_VOICES")


def test_names_of_paths_are_no_ids(http: httpx.Client, voices: dict[str, list[Samples]]) -> None:
    recording = wav(next(iter(voices.values()))[0])
    for taken in ("export", "map.svg"):
        answer = http.post(
            "/speakers/register", data={"speaker_id": taken}, files={"file": recording}
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_MESSAGE")


async def test_registered_voices_speak_in_a_live_session(
    http: httpx.Client, hearing: Stack, voices: dict[str, list[Samples]]
) -> None:
    first, second = list(voices)[:2]
    for speaker_id in (first, second):
        register(http, speaker_id, voices[speaker_id][0])
    pause = silence(1)
    talk = [voices[second][1][: 4 * RATE], pause, voices[first][1][: 4 * RATE], pause]

    async with wire(hearing.url()) as live:
        await live.say("use_speakers", speakers=[first, second])
        await live.say("start_transcription")
        await live.audio(to_pcm(np.concatenate(talk)))
        await live.say("stop_transcription")
        await live.until("transcription_stopped")

    assert [e["speaker_id"] for e in live.of("speaker_registration_completed")] == [0, 1]
    names = [e["speaker"] for e in live.of("transcription")]
    assert list(dict.fromkeys(names)) == [f"Name of {second}", f"Name of {first}"]


async def test_a_voice_that_is_not_registered_can_t_be_used(hearing: Stack) -> None:
    async with wire(hearing.url()) as live:
        await live.say("use_speakers", speakers=["nobody"])
        assert (await live.until("error"))["code"] == "SPEAKER_UNKNOWN"
        await live.say("start_transcription")
        await live.until("transcription_started")
