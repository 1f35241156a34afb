import random

from hypothesis import given
from hypothesis import strategies as st

from analyzer_worker.training.noise import break_up, roughen
from analyzer_worker.training.vocabulary import BREAK


@given(st.text(), st.integers())
def test_anything_can_be_roughened_and_alike_with_the_same_seed(text: str, seed: int) -> None:
    assert roughen(text, random.Random(seed)) == roughen(text, random.Random(seed))


def test_punctuation_goes_sometimes_and_slips_come_seldom() -> None:
    rng = random.Random(0)
    texts = [roughen("정말 좋아요! it's fine.", rng) for _ in range(1_000)]
    unpunctuated = sum("!" not in text for text in texts)
    assert 200 < unpunctuated < 400
    assert 600 < sum("정말 좋아요" in text and "fine" in text for text in texts) < 980


@given(st.text())
def test_breaking_up_changes_nothing_else(text: str) -> None:
    assert break_up(text, random.Random(0)).replace(BREAK, "") == text.replace(BREAK, "")
