import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer_worker.analyzer import UNDECIDED, SentimentAnalyzer, Text
from analyzer_worker.vader_analyzer import VaderAnalyzer, sentiment_from_compound


@pytest.fixture(scope="module")
def vader() -> VaderAnalyzer:
    return VaderAnalyzer.load()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I love this, it is wonderful.", "positive"),
        ("this is not good at all", "negative"),
        ("the meeting is on tuesday", "neutral"),
        ("", "neutral"),
    ],
)
def test_english(vader: VaderAnalyzer, text: str, label: str) -> None:
    (sentiment,) = vader.analyze([Text(text, "en")])
    assert not isinstance(sentiment, Exception)
    assert sentiment.label == label
    assert sentiment.score == sentiment.scores[sentiment.label]


def test_other_languages_are_undecided_and_the_note_says_so(vader: VaderAnalyzer) -> None:
    answers = vader.analyze([Text("정말 좋아요", "ko"), Text("good", "en"), Text("good", "nl")])
    assert answers[0] == answers[2] == UNDECIDED
    assert answers[1] != UNDECIDED
    assert "English only" in vader.note
    assert vader.languages == ["en"]


def test_it_is_an_analyzer(vader: VaderAnalyzer) -> None:
    assert isinstance(vader, SentimentAnalyzer)


@given(st.floats(-1, 1))
def test_the_likeliest_label_is_the_one_of_vaders_thresholds(compound: float) -> None:
    sentiment = sentiment_from_compound(compound)
    if abs(compound) > 0.051:
        assert sentiment.label == ("positive" if compound > 0 else "negative")
    if abs(compound) < 0.049:
        assert sentiment.label == "neutral"
    assert sum(sentiment.scores.values()) == pytest.approx(1, abs=0.002)
