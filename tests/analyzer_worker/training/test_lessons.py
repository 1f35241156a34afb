import random
from pathlib import Path

import numpy as np
import pytest

from analyzer_worker.analyzer import LABELS
from analyzer_worker.training.corpus import Example, read_reviews
from analyzer_worker.training.lessons import Lessons, Portions, blend, target
from analyzer_worker.training.lexicon import LexiconSentences
from analyzer_worker.training.neighbours import Neighbours
from analyzer_worker.training.teachers import FOLDS, Teachers, fold_of
from analyzer_worker.training.turns import Turns
from tests.analyzer_worker.training.reviews import write_reviews

WORDS = ["a", "lovely", "dull", "film"]
TABLE = np.array([[0, 1], [1, 0], [-1, 0], [0, 0]], np.float32)


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    folder = tmp_path_factory.mktemp("reviews")
    write_reviews(folder)
    return read_reviews(folder)["train"]


@pytest.fixture(scope="module")
def teachers(reviews: list[Example]) -> Teachers:
    return Teachers.learn(reviews, WORDS, TABLE)


def test_teachers_judge_what_they_have_not_seen(reviews: list[Example], teachers: Teachers) -> None:
    assert {fold_of(review) for review in reviews} == set(range(FOLDS))
    judged = teachers.judge(reviews, [review.text for review in reviews])
    positive = np.array([review.label == "positive" for review in reviews])
    assert ((judged > 0.5) == positive).mean() > 0.95
    assert ((judged >= 0) & (judged <= 1)).all()


def test_the_text_is_judged_not_the_review(reviews: list[Example], teachers: Teachers) -> None:
    english = [review for review in reviews if review.language == "en"][:10]
    assert (teachers.judge(english, ["a lovely film"] * 10) > 0.5).all()
    assert (teachers.judge(english, ["a dull film"] * 10) < 0.5).all()


def test_a_pass_has_every_review_and_its_portions(
    reviews: list[Example], teachers: Teachers, tmp_path: Path
) -> None:
    turns = [Turns("ko", held_out=False), Turns("en", held_out=False)]
    lexicon = LexiconSentences({"fab": 3.0, "foul": -3.0}, turns[1])
    portions = Portions(english_reviews=2, neutral=5, felt=3, lexicon=4, pieces=2)
    lessons = Lessons(reviews, turns, lexicon, Neighbours({}), teachers, portions)
    made = lessons.make(random.Random(1))
    assert made == lessons.make(random.Random(1)) != lessons.make(random.Random(2))
    english = sum(review.language == "en" for review in reviews)
    assert len(made) == len(lessons) == len(reviews) + english + 2 * (5 + 2 * 3 + 2) + 4
    assert all(sum(lesson.target) == pytest.approx(1) for lesson in made)
    neutral = [lesson.target[LABELS.index("neutral")] for lesson in made]
    assert sum(share > 0.5 for share in neutral) == 2 * (5 + 2)


def test_targets() -> None:
    glad = Example("좋다", "positive", "ko")
    assert target(glad, 0.1) == pytest.approx((0.9, 0.05, 0.05))
    assert blend(glad, 1.0) == (1, 0, 0)
    positive, negative, neutral = blend(glad, 0.0)
    assert 0 < positive < negative < 1
    assert neutral == 0
    assert blend(glad, 0.5)[LABELS.index("neutral")] == pytest.approx(0.5)
    assert sum(blend(glad, 0.4)) == pytest.approx(1)
