from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from contract.errors import EngineError, ModelUnavailableError, UnsupportedLanguageError
from stt_worker.engine import Audio, Heard, Item
from stt_worker.engines.faster_whisper import FasterWhisperEngine, load_faster_whisper
from stt_worker.engines.whisper.checkpoint import load_hugging_face
from stt_worker.engines.whisper.engine import WhisperEngine
from tests.stt_worker.conftest import KOREAN
from tests.support.whisper_checkpoint import write_ct2_folder, write_hf_folder

Noise = Callable[[float], Audio]


@pytest.fixture(scope="module")
def engine(ct2_folder: Path) -> FasterWhisperEngine:
    return load_faster_whisper(ct2_folder, "cpu", 2, "korean")


def one(engine: FasterWhisperEngine | WhisperEngine, item: Item) -> Heard:
    (answer,) = engine.transcribe([item])
    assert isinstance(answer, Heard), answer
    return answer


def test_text_language_and_words_come_back(engine: FasterWhisperEngine, noise: Noise) -> None:
    engine.warm_up()
    answer = one(engine, Item(noise(3), "auto"))
    assert (answer.text, answer.language) == (KOREAN, "ko")
    assert [word.word for word in answer.words] == KOREAN.split()
    assert answer.confidence > 0.9


def test_it_hears_what_whisper_hears_when_whisper_hears_it(
    engine: FasterWhisperEngine, hf_folder: Path, noise: Noise
) -> None:
    """The same weights through our alignment and through CTranslate2's give the same word times."""
    whisper = WhisperEngine(load_hugging_face(hf_folder, "cpu"), "korean")
    for seconds in (1.5, 12.0):
        item = Item(noise(seconds), "ko")
        ours, theirs = one(whisper, item), one(engine, item)
        assert ours.text == theirs.text
        for left, right in zip(ours.words, theirs.words, strict=True):
            assert left.word == right.word
            assert left.start == pytest.approx(right.start, abs=0.3)
            assert left.end == pytest.approx(right.end, abs=0.3)


def test_word_times_never_go_back_and_stay_inside_the_audio(
    engine: FasterWhisperEngine, noise: Noise
) -> None:
    for seconds in (0.02, 0.5, 5.0, 30.0):
        answer = one(engine, Item(noise(seconds), "ko"))
        times = [time for word in answer.words for time in (word.start, word.end)]
        assert times == sorted(times)
        assert times[0] >= 0
        assert times[-1] <= seconds


def test_a_bad_item_fails_alone(engine: FasterWhisperEngine, noise: Noise) -> None:
    spoiled = noise(1).copy()
    spoiled[0] = np.inf
    items = [Item(noise(1), "ko"), Item(spoiled, "ko"), Item(noise(1), "xx"), Item(noise(2), "en")]
    kinds = [type(answer) for answer in engine.transcribe(items)]
    assert kinds == [Heard, EngineError, UnsupportedLanguageError, Heard]


def test_an_interim_has_text_alone(engine: FasterWhisperEngine, noise: Noise) -> None:
    answer = one(engine, Item(noise(2), "auto", interim=True))
    assert (answer.text, answer.words) == (KOREAN, [])


def test_a_prompt_comes_before_the_text(engine: FasterWhisperEngine, noise: Noise) -> None:
    # The text of this model belongs to places, so what stands before it hides its beginning.
    answer = one(engine, Item(noise(2), "ko", prompt="Bonjour"))
    assert answer.text != KOREAN
    assert KOREAN.endswith(answer.text)


def test_loops_and_silence_are_not_returned(tmp_path: Path, noise: Noise) -> None:
    loop = write_hf_folder(tmp_path / "loop", "Bye. " + "Thank you. " * 6)
    silent = write_hf_folder(
        tmp_path / "silent", "Please subscribe to it!", sharpness=0.45, silent=True
    )
    texts = []
    for folder in (loop, silent):
        converted = write_ct2_folder(tmp_path / f"{folder.name}-ct2", folder)
        engine = load_faster_whisper(converted, "cpu", 2, folder.name)
        answer = one(engine, Item(noise(2), "en"))
        assert " ".join(word.word for word in answer.words) == answer.text
        texts.append(answer.text)
    assert texts == ["Bye.", ""]


def test_a_folder_that_would_need_a_download_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match=r"has no tokenizer\.json"):
        load_faster_whisper(tmp_path, "cpu", 1, "nothing")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelUnavailableError, match="can't load"):
        load_faster_whisper(tmp_path, "cpu", 1, "nothing")
