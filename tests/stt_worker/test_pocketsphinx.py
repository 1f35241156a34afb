from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from contract.errors import EngineError, UnsupportedLanguageError
from stt_worker.engine import Audio, Heard, HeardWord, Item
from stt_worker.engines.pocketsphinx.engine import PocketSphinxEngine, heard, spoken_words


@pytest.fixture(scope="module")
def engine() -> Iterator[PocketSphinxEngine]:
    engine = PocketSphinxEngine(processes=2)
    yield engine
    engine.close()


def speech(folder: Path, speaker: str) -> Audio:
    """The first 4 s of a reader."""
    path = sorted((folder / "speech/en/librispeech" / speaker).glob("*.flac"))[0]
    audio, rate = soundfile.read(path, dtype="float32", frames=64_000)
    assert rate == 16_000
    return np.asarray(audio, np.float32)


def test_only_words_are_kept_of_what_the_decoder_writes() -> None:
    parts = [
        ("<s>", 0, 9, 1.0),
        ("and", 10, 29, 0.9),
        ("[NOISE]", 30, 34, 0.9),
        ("<sil>", 35, 39, 0.9),
        ("read(2)", 40, 59, 1.0001),
        ("'em", 60, 79, 0.5),
        ("++COUGH++", 80, 85, 0.9),
        ("</s>", 86, 99, 1.0),
    ]
    assert spoken_words(parts, duration=0.75) == [
        HeardWord("and", 0.1, 0.3, 0.9),
        HeardWord("read", 0.4, 0.6, 1.0),
        HeardWord("'em", 0.6, 0.75, 0.5),
    ]


def test_one_word_over_and_over_is_nothing() -> None:
    again = [HeardWord("ah", i / 10, i / 10 + 0.1, 0.9) for i in range(12)]
    assert heard(again, with_words=True).text == ""
    assert heard(again[:3], with_words=True).text == "ah ah ah"


@pytest.mark.data
def test_the_same_audio_gives_the_same_words_whatever_came_before(
    engine: PocketSphinxEngine, speech_data: Path
) -> None:
    first, second = (Item(speech(speech_data, name), "en") for name in ("1688", "367"))
    noise = Item(np.random.default_rng(0).normal(0, 0.1, 48_000).astype(np.float32), "en")
    runs = [engine.transcribe([first])[0] for _ in range(2)]
    runs += engine.transcribe([second, noise, first, first])[2:]
    assert all(run == runs[0] for run in runs)
    assert isinstance(runs[0], Heard)
    assert "blood" in runs[0].text


@pytest.mark.data
def test_word_times_are_in_order_and_inside_the_audio(
    engine: PocketSphinxEngine, speech_data: Path
) -> None:
    (answer,) = engine.transcribe([Item(speech(speech_data, "1688"), "auto")])
    assert isinstance(answer, Heard)
    assert answer.text == " ".join(word.word for word in answer.words)
    times = [time for word in answer.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] <= 4.0


def test_another_language_is_refused_by_name_with_the_remedy(engine: PocketSphinxEngine) -> None:
    (answer,) = engine.transcribe([Item(np.full(16_000, 0.1, np.float32), "ko")])
    assert isinstance(answer, UnsupportedLanguageError)
    assert "Korean needs Whisper weights" in str(answer)
    assert "STT_MODEL" in str(answer)


def test_noise_is_nothing(engine: PocketSphinxEngine) -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, 48_000).astype(np.float32)
    hum = 0.1 * np.sin(2 * np.pi * 50 * np.arange(48_000) / 16_000)
    for audio in (noise, hum.astype(np.float32), np.zeros(48_000, np.float32)):
        (answer,) = engine.transcribe([Item(audio, "en")])
        assert isinstance(answer, Heard)
        assert answer.text == ""


def test_a_decoder_that_dies_fails_its_item_and_is_replaced() -> None:
    engine = PocketSphinxEngine(processes=1)
    audio = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    decoder = engine._idle.get()
    decoder._process.kill()
    decoder._process.wait()
    engine._idle.put(decoder)
    answers = [engine.transcribe([Item(audio, "en")])[0] for _ in range(2)]
    engine.close()
    assert [type(answer) for answer in answers] == [EngineError, Heard]
