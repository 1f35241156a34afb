from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from whisper import decoding

from contract.errors import EngineError, ModelUnavailableError, UnsupportedLanguageError
from stt_worker.engine import Audio, Heard, Item
from stt_worker.engines.whisper.checkpoint import load_hugging_face, load_openai
from stt_worker.engines.whisper.engine import WhisperEngine
from tests.stt_worker.conftest import ENGLISH, KOREAN
from tests.support.whisper_checkpoint import write_openai_checkpoint

Noise = Callable[[float], Audio]


def heard(engine: WhisperEngine, items: list[Item]) -> list[Heard]:
    answers = engine.transcribe(items)
    assert all(isinstance(answer, Heard) for answer in answers), answers
    return [answer for answer in answers if isinstance(answer, Heard)]


def engine_on(tmp_path: Path, text: str, **options: object) -> WhisperEngine:
    path = write_openai_checkpoint(tmp_path / "model.pt", text, **options)  # type: ignore[arg-type]
    return WhisperEngine(load_openai(path, "cpu"), "test")


def test_text_language_and_words_come_back(whisper: WhisperEngine, noise: Noise) -> None:
    (answer,) = heard(whisper, [Item(noise(3), "auto")])
    assert (answer.text, answer.language) == (ENGLISH, "en")
    assert [word.word for word in answer.words] == ENGLISH.split()
    assert answer.confidence > 0.9


def test_word_times_never_go_back_and_stay_inside_the_audio(
    whisper: WhisperEngine, noise: Noise
) -> None:
    lengths = [0.02, 0.5, 3.0, 11.0, 30.0]
    for seconds, answer in zip(
        lengths, heard(whisper, [Item(noise(s), "en") for s in lengths]), strict=True
    ):
        times = [time for word in answer.words for time in (word.start, word.end)]
        assert times == sorted(times)
        assert times[0] >= 0
        assert times[-1] <= seconds
    assert answer.words[-1].end > 1  # they are times, not zeros


def test_a_batch_of_8_equals_8_singles_token_for_token(tmp_path: Path, noise: Noise) -> None:
    # All that batching could mix up: lengths, languages, prompts (which shift the known text) and
    # interim items. That attention doesn't look across items is the next test's.
    engine = engine_on(tmp_path, ENGLISH)
    items = [
        Item(noise(1), "auto"),
        Item(noise(2), "ko"),
        Item(noise(3), "auto", prompt="Bonjour"),
        Item(noise(4), "en", interim=True),
        Item(noise(5), "en", prompt="Bonjour"),
        Item(noise(6), "en"),
        Item(noise(0.1), "ja"),
        Item(noise(7), "en", prompt="Salut mon ami"),
    ]
    together = heard(engine, items)
    alone = [heard(engine, [item])[0] for item in items]
    assert [answer.text for answer in together] == [answer.text for answer in alone]
    assert [answer.language for answer in together] == [answer.language for answer in alone]
    for batched, single in zip(together, alone, strict=True):
        assert [w.word for w in batched.words] == [w.word for w in single.words]
        for ours, theirs in zip(batched.words, single.words, strict=True):
            assert ours.start == pytest.approx(theirs.start, abs=0.021)
    assert len({answer.text for answer in together}) > 1
    assert together[3].words == []


def test_real_attention_gives_the_same_tokens_in_a_batch(noise: Noise, tmp_path: Path) -> None:
    """Random weights everywhere: what is written depends on the audio and must not on the batch."""
    path = write_openai_checkpoint(tmp_path / "random.pt", ENGLISH)
    model = load_openai(path, "cpu")
    torch.manual_seed(1)
    with torch.no_grad():
        for block in model.decoder.blocks:
            block.cross_attn.out.weight.normal_(0, 0.5)
    options = decoding.DecodingOptions(
        language="en", without_timestamps=True, fp16=False, sample_len=10
    )
    engine = WhisperEngine(model, "random")
    features = engine._encode([noise(s) for s in (1, 2, 3, 4)])
    together = decoding.decode(model, features, options)
    alone = [decoding.decode(model, features[i : i + 1], options)[0] for i in range(4)]
    assert [result.tokens for result in together] == [result.tokens for result in alone]


def test_a_bad_item_fails_alone(whisper: WhisperEngine, noise: Noise) -> None:
    spoiled = noise(1).copy()
    spoiled[100] = np.nan
    answers = whisper.transcribe(
        [
            Item(noise(1), "en"),
            Item(spoiled, "en"),
            Item(np.zeros(0, np.float32), "en"),
            Item(noise(1).astype(np.float64), "en"),
            Item(noise(1).reshape(2, -1), "en"),
            Item(noise(30.5), "en"),
            Item(noise(1), "xx"),
            Item(noise(2), "en"),
        ]
    )
    kinds = [type(answer) for answer in answers]
    assert kinds == [Heard, *[EngineError] * 5, UnsupportedLanguageError, Heard]
    assert "not finite" in str(answers[1])
    assert "30.50 s" in str(answers[5])


def test_digital_silence_is_nothing(whisper: WhisperEngine) -> None:
    (answer,) = heard(whisper, [Item(np.zeros(16_000, np.float32), "auto")])
    assert (answer.text, answer.words) == ("", [])


def test_the_language_is_detected_where_it_is_not_given(tmp_path: Path, noise: Noise) -> None:
    engine = engine_on(tmp_path, KOREAN, language="ko")
    detected, given = heard(engine, [Item(noise(2), "auto"), Item(noise(2), "en")])
    assert (detected.language, given.language) == ("ko", "en")
    assert [word.word for word in detected.words] == KOREAN.split()


def test_only_items_that_went_badly_are_tried_again(
    tmp_path: Path, noise: Noise, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_on(tmp_path, "Hello there.", sharpness=0.5)
    batches: list[tuple[float, int]] = []
    decode = decoding.decode

    def spy(model: object, mel: torch.Tensor, options: decoding.DecodingOptions) -> object:
        batches.append((options.temperature, len(mel)))
        return decode(model, mel, options)

    monkeypatch.setattr(decoding, "decode", spy)
    items = [Item(noise(1), "en"), Item(noise(1), "en", interim=True), Item(noise(2), "en")]
    answers = heard(engine, items)
    assert batches == [(0.0, 3), (0.4, 2), (0.8, 2)]
    assert all(answer.confidence < 0.5 for answer in answers)
    assert answers[1].text == "Hello there."


def test_a_loop_is_never_returned(tmp_path: Path, noise: Noise) -> None:
    engine = engine_on(tmp_path, "See you. " + "Thank you. " * 6)
    full, interim = heard(engine, [Item(noise(3), "en"), Item(noise(3), "en", interim=True)])
    assert (full.text, [word.word for word in full.words]) == ("See you.", ["See", "you."])
    assert interim.text == "See you."


def test_doubt_about_speech_and_text_is_silence(tmp_path: Path, noise: Noise) -> None:
    engine = engine_on(tmp_path, "Thanks for watching!", sharpness=0.5, silent=True)
    sure = engine_on(tmp_path, "I said so!", silent=True)
    (doubtful,) = heard(engine, [Item(noise(2), "en")])
    (certain,) = heard(sure, [Item(noise(2), "en")])
    assert certain.text == "I said so!"
    assert doubtful.text == ""


def test_a_hugging_face_folder_is_the_same_model(hf_folder: Path, noise: Noise) -> None:
    from transformers import WhisperForConditionalGeneration

    ours = WhisperEngine(load_hugging_face(hf_folder, "cpu"), "hf")
    theirs = WhisperForConditionalGeneration.from_pretrained(hf_folder)
    mel = torch.randn(1, 80, 3000)
    with torch.inference_mode():
        expected = theirs.model.encoder(mel).last_hidden_state
        assert torch.allclose(ours._model.encoder(mel), expected, atol=1e-3)
    (answer,) = heard(ours, [Item(noise(2), "auto")])
    assert (answer.text, answer.language) == (KOREAN, "ko")
    assert ours._model.alignment_heads.indices().T.tolist()[0] == [2, 2]


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(ModelUnavailableError, match=r"model\.pt is not a Whisper checkpoint"):
        load_openai(path, "cpu")
    with pytest.raises(ModelUnavailableError, match="holds no Whisper model"):
        load_hugging_face(tmp_path, "cpu")
