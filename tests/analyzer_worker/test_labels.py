import pytest

from analyzer_worker.labels import read_labels
from contract.errors import ModelUnavailableError

POS, NEG, NEU = "positive", "negative", "neutral"


@pytest.mark.parametrize(
    ("labels", "meanings"),
    [
        (["NEGATIVE", "POSITIVE"], [NEG, POS]),
        (["Positive", "Neutral", "Negative"], [POS, NEU, NEG]),
        (["NEG", "NEU", "POS"], [NEG, NEU, POS]),
        (["neg", "pos", "neu"], [NEG, POS, NEU]),
        (
            ["Very_Negative", "Negative", "Neutral", "Positive", "Very Positive"],
            [NEG, NEG, NEU, POS, POS],
        ),
        (["부정", "긍정"], [NEG, POS]),
        (["긍정", "부정", "중립"], [POS, NEG, NEU]),
        (["LABEL_0", "LABEL_1"], [NEG, POS]),
        (["LABEL_0", "LABEL_1", "LABEL_2"], [NEG, NEU, POS]),
        (["LABEL_2", "LABEL_1", "LABEL_0"], [POS, NEU, NEG]),
        (["0", "1"], [NEG, POS]),
        (["1", "2", "3", "4", "5"], [NEG, NEG, NEU, POS, POS]),
        (["1 star", "2 stars", "3 stars", "4 stars", "5 stars"], [NEG, NEG, NEU, POS, POS]),
    ],
)
def test_labels_of_common_models(labels: list[str], meanings: list[str]) -> None:
    assert read_labels(dict(enumerate(labels))) == meanings


@pytest.mark.parametrize(
    "labels",
    [
        ["joy", "anger", "fear"],
        ["positive", "neutral"],
        ["positive", "negative", "sarcastic"],
        ["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"],
        ["LABEL_0", "LABEL_2"],
        ["LABEL_0"],
        [],
    ],
)
def test_labels_that_say_nothing_clear_are_refused_by_name(labels: list[str]) -> None:
    with pytest.raises(ModelUnavailableError) as refusal:
        read_labels(dict(enumerate(labels)))
    assert ", ".join(labels) in str(refusal.value)
