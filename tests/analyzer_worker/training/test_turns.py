import random
import re

import pytest

from analyzer_worker.analyzer import LABELS
from analyzer_worker.training.evaluate import read_turns
from analyzer_worker.training.turns import Phrases, Turns, read_phrases

LANGUAGES = ["ko", "en"]


def bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


def made(language: str, count: int) -> list[str]:
    rng = random.Random(1)
    both = [Turns(language, held_out=held_out) for held_out in (False, True)]
    return [t.text for turns in both for label in LABELS for t in turns.make(label, count, rng)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_slot_is_filled(language: str) -> None:
    for text in made(language, 3_000):
        assert not set("{}⟨|") & set(text), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_has_two_labels(language: str) -> None:
    phrases = read_phrases(language)
    for label in LABELS:
        others = {phrase for other in LABELS if other != label for phrase in phrases[other]}
        assert not others & set(phrases[label])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_held_out_is_never_learned_from(language: str) -> None:
    rng = random.Random(2)
    for label in LABELS:
        learned = {bare(t.text) for t in Turns(language, held_out=False).make(label, 5_000, rng)}
        held_out = [t.text for t in Turns(language, held_out=True).make(label, 500, rng)]
        assert sum(bare(text) in learned for text in held_out) < 0.05 * len(held_out)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_seed_makes_the_same_turns(language: str) -> None:
    assert made(language, 50) == made(language, 50)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_turn_of_the_tests_can_be_made(language: str) -> None:
    phrases = read_phrases(language)
    texts = [bare(turn.text) for turn in read_turns() if turn.language == language]
    assert len(texts) == 300
    for label in LABELS:
        for template in phrases[label]:
            pattern = re.compile(pattern_of(template, phrases))
            assert [text for text in texts if pattern.fullmatch(text)] == [], template


def pattern_of(template: str, phrases: Phrases) -> str:
    """Matches whatever can be made of a template, bare."""
    parts = re.split(r"\{(\w+)\}", template)
    for at in range(1, len(parts), 2):
        options = {pattern_of(phrase, phrases) for phrase in phrases[parts[at]]}
        parts[at] = f"(?:{'|'.join(sorted(options))})"
    parts[::2] = [bare(part) for part in parts[::2]]
    return "".join(parts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_few_runs_of_words_of_the_tests_are_learned_from(language: str) -> None:
    seen = {run for text in made(language, 10_000) for run in runs(text)}
    turns = [turn.text for turn in read_turns() if turn.language == language]
    tested = [run for text in turns for run in runs(text)]
    assert sum(run in seen for run in tested) < 0.15 * len(tested)


def runs(text: str) -> list[tuple[str, ...]]:
    """Each three words that follow one another."""
    words = re.findall(r"\w+", text.lower())
    return [tuple(words[at : at + 3]) for at in range(len(words) - 2)]


def test_particles_agree() -> None:
    texts = made("ko", 20_000)
    assert any("커피는 " in text for text in texts)
    assert not any("커피은 " in text for text in texts)
    assert any("책은 " in text for text in texts)
    assert not any("책는 " in text for text in texts)
