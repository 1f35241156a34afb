"""A conversation over `/ws`, from the first word to the goodbye."""

import numpy as np
import pytest

from bench.instant import fingerprint
from local_stack.stack import Stack
from tests.support.sounds import clicks, hum, silence, syllables, to_pcm, white_noise
from tests.support.wire import texts, wire

TALK = to_pcm(np.concatenate([silence(1), syllables(3), silence(1), syllables(2, 1), silence(1)]))


async def test_speech_comes_back_as_text_with_everything_about_it(stack: Stack) -> None:
    async with wire(stack.url()) as live:
        await live.say("start_transcription", num_speakers=1)
        await live.audio(TALK)
        await live.say("close")
        assert await live.closed() == (1000, "session ended")

    kinds = [event["type"] for event in live.events if "event_id" in event]
    assert kinds == [
        "session_started",
        "model_loaded",
        "transcription_started",
        "transcription",
        "transcription",
        "transcription_stopped",
        "session_ended",
    ]
    assert [e["event_id"] for e in live.events if "event_id" in e] == list(range(1, 8))
    started, first, stopped = (
        live.of("session_started")[0],
        live.of("transcription")[0],
        live.of("transcription_stopped")[0],
    )
    assert {event["session_id"] for event in live.events} == {started["session_id"]}
    assert started["engines"]["stt"]["name"] == "instant"
    assert (first["start"], first["end"]) == (
        pytest.approx(0.7, abs=0.1),
        pytest.approx(4.3, abs=0.1),
    )
    sent = np.frombuffer(TALK, "<i2").astype(np.float32) / 32768
    said = sent[round(first["start"] * 16_000) : round(first["end"] * 16_000)]
    assert first["text"] == " ".join(fingerprint(said))
    assert [word["word"] for word in first["words"]] == first["text"].split()
    assert all(first["start"] <= w["start"] <= w["end"] <= first["end"] for w in first["words"])
    assert (first["speaker_id"], first["speaker"]) == (0, "SPEAKER_00")
    latency = dict(first["latency_ms"])
    assert latency.pop("total") == pytest.approx(sum(latency.values()), abs=1)
    assert set(latency) == {"endpointing", "stt", "diarization", "sentiment", "delivery"}
    assert stopped["stats"]["overall"]["segments"] == 2
    assert stopped["stats"]["speakers"][0]["words"] == sum(
        len(t.split()) for t in texts(live.events)
    )


@pytest.mark.parametrize("packet", [2, 320, 960, 6400, 64_000])
async def test_the_size_of_packets_changes_nothing(stack: Stack, packet: int) -> None:
    pcm = TALK[: 2 * 16_000 * 5]
    async with wire(stack.url()) as live:
        await live.say("start_transcription", interim=False)
        await live.audio(pcm, packet)
        await live.say("close")
        await live.closed()
    async with wire(stack.url(1)) as reference:
        await reference.say("start_transcription", interim=False)
        await reference.audio(pcm)
        await reference.say("close")
        await reference.closed()

    assert len(texts(live.events)) == 1
    assert texts(live.events) == texts(reference.events)


async def test_stopping_after_the_last_sample_loses_nothing(stack: Stack) -> None:
    pcm = to_pcm(np.concatenate([silence(0.5), syllables(2.003)]))
    async with wire(stack.url()) as live:
        await live.say("start_transcription")
        await live.audio(pcm)
        await live.say("stop_transcription")
        await live.until("transcription_stopped")
        (event,) = live.of("transcription")
        assert event["end"] == pytest.approx(2.503, abs=0.001)

        await live.say("start_transcription")
        await live.audio(pcm)
        await live.say("finalize")
        second = await live.until("transcription", 2)
        assert second["text"] == event["text"]
        assert second["utterance_id"] == 2


@pytest.mark.parametrize(
    "noise",
    [
        pytest.param(silence(60), id="digital silence"),
        pytest.param(white_noise(60), id="white noise"),
        pytest.param(hum(60), id="hum"),
        pytest.param(clicks(60), id="clicks"),
    ],
)
async def test_noise_is_never_answered_with_text(stack: Stack, noise: np.ndarray) -> None:
    async with wire(stack.url()) as live:
        await live.say("start_transcription")
        await live.audio(to_pcm(noise))
        await live.say("stop_transcription")
        await live.until("transcription_stopped")

    assert not live.of("transcription")
    assert not live.of("partial")


async def test_interim_text_settles(stack: Stack) -> None:
    async with wire(stack.url()) as live:
        await live.say("start_transcription")
        await live.audio(to_pcm(syllables(6)), packet=3200, speed=1)
        await live.say("stop_transcription")
        await live.until("transcription_stopped")

    partials = live.of("partial")
    assert len(partials) >= 8
    stable = ""
    for partial in partials:
        assert partial["text"].startswith(stable)
        stable = partial["text"][: partial["stable_chars"]]
    assert len(stable) > 50
    assert texts(live.events)[0].startswith(stable)


async def test_interim_text_can_be_switched_off(stack: Stack) -> None:
    async with wire(stack.url()) as live:
        await live.say("start_transcription", interim=False)
        await live.audio(TALK)
        await live.say("stop_transcription")
        await live.until("transcription_stopped")

    assert len(texts(live.events)) == 2
    assert not live.of("partial")


async def test_speakers_are_registered_and_recognised(stack: Stack) -> None:
    async with wire(stack.url()) as live:
        await live.say("start_speaker_registration", speaker_id=1, name="김소리")
        started = await live.until("speaker_registration_started")
        assert started["message"] == "화자 2번의 목소리를 등록해주세요. (3-5초간 말씀해주세요)"
        await live.audio(to_pcm(syllables(5)))
        progress = await live.until("speaker_registration_progress")
        assert progress["needed_seconds"] == 3.0
        await live.say("complete_speaker_registration", speaker_id=1)
        done = await live.until("speaker_registration_completed")
        assert done["message"] == "화자 2번 등록이 완료되었습니다."
        assert done["speech_seconds"] > 3

        await live.say("start_transcription")
        await live.audio(TALK)
        await live.say("stop_transcription")
        await live.until("transcription_stopped")

    assert {(e["speaker_id"], e["speaker"]) for e in live.of("transcription")} == {(1, "김소리")}


async def test_too_little_speech_makes_no_voice_print(stack: Stack) -> None:
    async with wire(stack.url()) as live:
        await live.say("start_speaker_registration", speaker_id=0)
        await live.audio(to_pcm(syllables(1)))
        await live.say("complete_speaker_registration", speaker_id=0)
        failed = await live.until("speaker_registration_failed")

    assert failed["code"] == "too_short"


async def test_a_stopped_session_can_start_again(stack: Stack) -> None:
    async with wire(stack.url()) as live:
        for _ in range(3):
            await live.say("start_transcription")
            await live.audio(TALK)
            await live.say("stop_transcription")
            await live.until("transcription_stopped", len(live.of("transcription_stopped")) + 1)

    said = live.of("transcription")
    assert [event["utterance_id"] for event in said] == [1, 2, 3, 4, 5, 6]
    assert len({event["text"] for event in said}) == 2
