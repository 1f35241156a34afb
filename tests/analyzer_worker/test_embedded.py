"""The model in the package: what it promises, on turns that it never learned from."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from analyzer_worker.analyzer import UNDECIDED, SentimentAnalyzer, Text
from analyzer_worker.embedded import FOLDER, EmbeddedAnalyzer
from analyzer_worker.huggingface_analyzer import HuggingFaceAnalyzer
from analyzer_worker.training import corpus
from analyzer_worker.training.evaluate import Score, read_turns, score_reviews, score_turns
from contract.errors import ModelUnavailableError
from contract.values import Sentiment

MAX_BYTES = 10_000_000


@pytest.fixture(scope="module")
def embedded() -> EmbeddedAnalyzer:
    return EmbeddedAnalyzer.load()


@pytest.fixture(scope="module")
def spoken(embedded: EmbeddedAnalyzer) -> dict[str, Score]:
    return {score.name: score for score in score_turns(embedded, read_turns())}


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("label", ["neutral", "positive", "negative"])
def test_spoken_turns_are_told(spoken: dict[str, Score], language: str, label: str) -> None:
    score = spoken[f"turns {language} {label}"]
    assert score.count == 100
    assert score.accuracy >= 0.85


def test_probabilities_of_spoken_turns_mean_what_they_say(spoken: dict[str, Score]) -> None:
    assert spoken["turns, all"].calibration_error <= 0.05


@pytest.mark.data
def test_reviews_put_aside_are_told(embedded: EmbeddedAnalyzer, speech_data: Path) -> None:
    korean, english = score_reviews(
        embedded, corpus.read_reviews(speech_data / "sentiment")["test"]
    )
    assert korean.accuracy >= 0.86
    assert english.accuracy >= 0.81
    assert korean.calibration_error <= 0.05
    assert english.calibration_error <= 0.05


@pytest.mark.parametrize(
    ("language", "text"),
    [
        *[("ko", text) for text in ("네", "여보세요", "이천이십육", "김영수입니다", "12")],
        *[("en", text) for text in ("Hello?", "yes", "um", "twenty six", "Maria")],
    ],
)
def test_one_word_turns_are_neutral(embedded: EmbeddedAnalyzer, language: str, text: str) -> None:
    assert sentiment(embedded, text, language).label == "neutral"


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("ko", "정말 감사합니다 큰 도움이 됐어요", "정말감사합니다큰도움이됐어요"),
        ("en", "I don't like it", "i DO N'T like it"),
        ("en", "It isn't good", "it isnt good"),
    ],
)
def test_spacing_case_and_contractions_change_nothing(
    embedded: EmbeddedAnalyzer, language: str, one: str, other: str
) -> None:
    assert sentiment(embedded, one, language) == sentiment(embedded, other, language)


@pytest.mark.parametrize(
    ("slip", "label"),
    [
        ("넘 조아요", "positive"),
        ("고마워여", "positive"),
        ("진짜 재미업다", "negative"),
        ("실망이애요", "negative"),
        ("넘 짜증나내요", "negative"),
    ],
)
def test_slips_are_forgiven(embedded: EmbeddedAnalyzer, slip: str, label: str) -> None:
    assert sentiment(embedded, slip, "ko").label == label


def test_other_languages_are_undecided_and_the_note_says_so(embedded: EmbeddedAnalyzer) -> None:
    answers = embedded.analyze([Text("c'est nul", "fr"), Text("great", "en"), Text("nul", "fr")])
    assert answers[0] == answers[2] == UNDECIDED
    assert answers[1] != UNDECIDED
    assert "Korean and English" in embedded.note
    assert embedded.languages == ["ko", "en"]


def test_what_it_says_of_itself(embedded: EmbeddedAnalyzer) -> None:
    assert isinstance(embedded, SentimentAnalyzer)
    assert (embedded.name, embedded.model, embedded.device) == ("modernbert", "embedded", "cpu")


@pytest.mark.parametrize("text", ["", " ", "\n", "🙂🙂", "ﷺ", "x" * 20_000])
def test_anything_can_be_asked(embedded: EmbeddedAnalyzer, text: str) -> None:
    answer = sentiment(embedded, text, "en")
    assert sum(answer.scores.values()) == pytest.approx(1, abs=0.002)


def test_a_batch_gives_what_its_texts_give_singly(embedded: EmbeddedAnalyzer) -> None:
    texts = [Text(turn.text, turn.language) for turn in read_turns()[::40]]
    for text, together in zip(texts, embedded.analyze(texts), strict=True):
        assert isinstance(together, Sentiment)
        alone = sentiment(embedded, text.text, text.language)
        assert together.scores == pytest.approx(alone.scores, abs=0.002)


def test_transformers_gives_the_same(embedded: EmbeddedAnalyzer) -> None:
    texts = [Text(turn.text, turn.language) for turn in read_turns()[::10]]
    texts += [Text("", "ko"), Text("좋아요 " * 200, "ko")]
    theirs = HuggingFaceAnalyzer.load(str(FOLDER), "cpu").analyze(texts)
    for own, other in zip(embedded.analyze(texts), theirs, strict=True):
        assert isinstance(own, Sentiment)
        assert isinstance(other, Sentiment)
        assert own.scores == pytest.approx(other.scores, abs=0.005)


def test_the_package_is_small_and_in_hugging_faces_format(no_network: None) -> None:
    files = {path.name: path for path in FOLDER.iterdir()}
    assert {"README.md", "config.json", "model.safetensors", "tokenizer.json"} <= set(files)
    assert sum(path.stat().st_size for path in files.values()) <= MAX_BYTES
    config = json.loads(files["config.json"].read_text(encoding="utf-8"))
    assert set(config["id2label"].values()) == {"positive", "negative", "neutral"}
    model = AutoModelForSequenceClassification.from_pretrained(FOLDER)
    assert model.dtype == torch.float16
    assert len(AutoTokenizer.from_pretrained(FOLDER)) == model.config.vocab_size


def test_texts_are_always_cut_alike() -> None:
    tokenizer = AutoTokenizer.from_pretrained(FOLDER)
    text = "이거 진짜 좋네요 I don't mind 123"
    cut = tokenizer.tokenize(text)
    assert cut == AutoTokenizer.from_pretrained(FOLDER).tokenize(text)
    assert [*cut[-6:]] == ["do", "not", "mind", "1", "2", "3"]


def sentiment(analyzer: EmbeddedAnalyzer, text: str, language: str) -> Sentiment:
    (answer,) = analyzer.analyze([Text(text, language)])
    assert isinstance(answer, Sentiment)
    return answer


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the embedded model needs no network")

    monkeypatch.setattr("socket.socket.connect", refuse)


def test_a_folder_without_a_model_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError) as refusal:
        EmbeddedAnalyzer.load(tmp_path)
    assert str(tmp_path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_neither_torch_nor_transformers_is_needed() -> None:
    """Importing the two takes seconds; a worker is ready in a fraction of one."""
    check = (
        "import sys; from analyzer_worker.embedded import EmbeddedAnalyzer;"
        "EmbeddedAnalyzer.load(); sys.exit(bool({'torch', 'transformers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0  # noqa: S603
