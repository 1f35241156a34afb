"""Real voices through the running stack: enrolled, told apart, and corrected."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from local_stack.stack import Stack
from tests.end_to_end.conftest import INSTANT
from tests.support.sounds import read_speech, silence, to_pcm
from tests.support.wire import Wire, wire

pytestmark = [pytest.mark.data, pytest.mark.timeout(300)]  # models to load, minutes of speech

PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def speaking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Two diarization workers with the embedded models; what else there is answers at once."""
    environment = {**INSTANT, "SPEAKER_ENCODER": "embedded", "SEGMENTATION_MODEL": "embedded"}
    folder = tmp_path_factory.mktemp("speaking")
    with Stack(folder, environment, {"diarization_worker": 2}) as running:
        running.wait_ready(timeout_s=240)
        yield running


def reading(folder: Path, reader: str, number: int, longest_s: float = 30.0) -> np.ndarray:
    """What somebody reads."""
    files = sorted((folder / "speech/en/librispeech" / reader).glob("*.flac"))
    return read_speech(files[number])[: int(longest_s * 16_000)]


async def register(live: Wire, speaker_id: int, audio: np.ndarray, name: str | None = None) -> None:
    await live.say("start_speaker_registration", speaker_id=speaker_id, name=name)
    await live.audio(to_pcm(audio))
    await live.say("complete_speaker_registration", speaker_id=speaker_id)


async def test_two_enrolled_speakers_in_turn_and_somebody_whom_nobody_knows(
    speaking: Stack, speech_data: Path
) -> None:
    one, other, stranger = "1688", "2033", "533"
    async with wire(speaking.url()) as live:
        await register(live, 0, reading(speech_data, one, 0, 5.0), "민지")
        await register(live, 1, reading(speech_data, other, 0, 5.0))
        enrolled = await live.until_all(
            lambda e: e["type"] == "speaker_registration_completed", 2, PATIENCE_S
        )
        assert [e["speaker_id"] for e in enrolled] == [0, 1]
        assert all(0.4 < e["quality"] <= 1 for e in enrolled)
        said = [(one, 3), (other, 4), (stranger, 3), (one, 4), (stranger, 6), (other, 5)]
        await live.say("start_transcription", num_speakers=2, interim=False)
        for reader, number in said:
            await live.audio(to_pcm(reading(speech_data, reader, number, 6.0)))
            await live.audio(to_pcm(silence(1.0)))
        await live.say("close")
        await live.closed(PATIENCE_S)

    heard: dict[int, set[tuple[int | None, str | None]]] = {}
    starts = np.cumsum([0.0, *(_seconds(speech_data, *turn) + 1.0 for turn in said)])
    for event in live.of("transcription"):
        turn = int(np.searchsorted(starts, (event["start"] + event["end"]) / 2)) - 1
        heard.setdefault(turn, set()).add((event["speaker_id"], event["speaker"]))
    names = {one: (0, "민지"), other: (1, "SPEAKER_01"), stranger: (None, None)}
    assert heard == {turn: {names[reader]} for turn, (reader, _) in enumerate(said)}


def _seconds(folder: Path, reader: str, number: int) -> float:
    return len(reading(folder, reader, number, 6.0)) / 16_000


async def test_a_first_word_is_given_its_speaker_when_the_voice_is_known(
    speaking: Stack, speech_data: Path
) -> None:
    spoken = reading(speech_data, "1688", 3)
    word = spoken[int(0.6 * 16_000) : int(1.3 * 16_000)]
    async with wire(speaking.url()) as live:
        await live.say("start_transcription", interim=False)
        await live.audio(to_pcm(np.concatenate([silence(0.5), word, silence(1.5)])))
        await live.until("transcription", patience=PATIENCE_S)
        await live.audio(to_pcm(np.concatenate([spoken, silence(1.0)])))
        await live.say("close")
        await live.closed(PATIENCE_S)

    first, *others = live.of("transcription")
    assert first["speaker_id"] is None
    assert {event["speaker_id"] for event in others} == {0}
    (updated,) = live.of("speaker_updated")
    assert updated["segment_ids"] == [first["segment_id"]]
    assert (updated["speaker_id"], updated["speaker"]) == (0, "SPEAKER_00")
    assert updated["event_id"] > first["event_id"]
    speakers = live.of("transcription_stopped")[0]["stats"]["speakers"]
    assert [speaker["speaker_id"] for speaker in speakers] == [0]


async def test_what_makes_no_voice_print_is_said_and_can_be_redone(
    speaking: Stack, speech_data: Path
) -> None:
    one, other = (reading(speech_data, reader, 0) for reader in ("1688", "2033"))
    async with wire(speaking.url()) as live:
        await register(live, 0, np.concatenate([one[16_000:64_000], other[16_000:64_000]]))
        failed = await live.until("speaker_registration_failed", patience=PATIENCE_S)
        assert (failed["speaker_id"], failed["code"]) == (0, "several_voices")
        await register(live, 0, one[: int(1.5 * 16_000)])
        failed = await live.until("speaker_registration_failed", 2, PATIENCE_S)
        assert failed["code"] == "too_short"
        await register(live, 0, one[:80_000])
        await live.until("speaker_registration_completed", patience=PATIENCE_S)
        await register(live, 1, one[100_000:180_000])
        failed = await live.until("speaker_registration_failed", 3, PATIENCE_S)
        assert (failed["speaker_id"], failed["code"]) == (1, "same_as_other")
        await register(live, 0, one[100_000:180_000])
        await live.until("speaker_registration_completed", 2, PATIENCE_S)
