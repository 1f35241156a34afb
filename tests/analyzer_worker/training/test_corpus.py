from pathlib import Path

import pytest

from analyzer_worker.training.corpus import Example, fingerprint, part_of, read_reviews
from tests.analyzer_worker.training.reviews import ENGLISH, write_reviews


def test_reviews_of_both_languages(tmp_path: Path) -> None:
    write_reviews(tmp_path)
    parts = read_reviews(tmp_path)
    reviews = [review for part in parts.values() for review in part]
    assert Example('정말 "좋은 영화', "positive", "ko") in reviews
    assert Example("a dull film 1", "negative", "en") in reviews
    assert {review.language for review in reviews} == {"ko", "en"}
    assert all(review.text for review in reviews)


def test_nothing_of_the_treebanks_development_set_is_learned(tmp_path: Path) -> None:
    write_reviews(tmp_path)
    parts = read_reviews(tmp_path)
    put_aside = {review.text for review in parts["test"] if review.language == "en"}
    learned = {review.text for review in [*parts["train"], *parts["validation"]]}
    assert put_aside == {f"{text} {copy}" for text, _ in ENGLISH for copy in (0, 1)}
    assert not put_aside & learned


def test_the_hash_changes_with_the_data(tmp_path: Path) -> None:
    write_reviews(tmp_path)
    before = fingerprint(tmp_path)
    assert before == fingerprint(tmp_path)
    with (tmp_path / "sst2_dev.tsv").open("a") as more:
        more.write("fine\t1\n")
    assert fingerprint(tmp_path) != before


@pytest.mark.parametrize("language", ["ko", "en"])
def test_parts_are_of_their_sizes_and_depend_on_the_words_alone(language: str) -> None:
    texts = [f"film number {index}" for index in range(4_000)]
    parts = [part_of(Example(text, "positive", language)) for text in texts]
    spaced = [part_of(Example(text.upper() + "  ", "negative", language)) for text in texts]
    assert parts == spaced
    share = {"ko": 1, "en": 0}[language] / 20
    assert parts.count("test") == pytest.approx(share * len(texts), rel=0.3)
    assert parts.count("validation") == pytest.approx(len(texts) / 20, rel=0.3)
