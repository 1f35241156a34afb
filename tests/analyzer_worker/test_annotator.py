from collections.abc import Sequence

import pytest

from analyzer_worker.analyzer import UNDECIDED, Text, sentiment_of
from analyzer_worker.annotator import Annotator
from contract.errors import EngineError
from contract.sentiment import JudgeTexts, TextSentiment
from contract.values import Sentiment
from contract.work import Attribution, Correction, Segment, Stage
from tests.support.jobs import speech_job

GLAD = sentiment_of({"positive": 0.7, "negative": 0.1, "neutral": 0.2})
SAD = sentiment_of({"positive": 0.1, "negative": 0.8, "neutral": 0.1})


class Reader:
    """Glad by default, sad where asked, and unable to read some texts."""

    name = model = device = note = ""
    languages = None

    def analyze(self, texts: Sequence[Text]) -> list[Sentiment | Exception]:
        special: dict[str, Sentiment | Exception] = {"sad": SAD, "unreadable": EngineError("?")}
        return [special.get(text.text, GLAD) for text in texts]


EARLIER = Correction(segment_ids=["0.1", "0.2"], speaker_id=None, speaker=None)


def attribution(*texts: str) -> Attribution:
    segments = [
        Segment(segment_id=f"1.{i}", speaker_id=0, speaker="A", text=text, start=1, end=2, words=[])
        for i, text in enumerate(texts, start=1)
    ]
    return Attribution(
        job=speech_job(1),
        segments=segments,
        corrections=[EARLIER],
        language="en",
        confidence=0.9,
    )


def test_each_segment_gets_its_own_sentiment() -> None:
    asked = attribution("fine", "sad", "unreadable")
    transcribed = Annotator(Reader()).annotate(asked)
    assert [segment.sentiment for segment in transcribed.segments] == [GLAD, SAD, UNDECIDED]
    bare = [
        Segment(**segment.model_dump(exclude={"sentiment"})) for segment in transcribed.segments
    ]
    assert bare == asked.segments
    assert transcribed.corrections == [EARLIER]
    assert (transcribed.language, transcribed.confidence) == ("en", 0.9)
    assert set(transcribed.job.marks) == {*asked.job.marks, Stage.SENTIMENT.value}


def test_an_utterance_with_nothing_said_goes_through() -> None:
    transcribed = Annotator(Reader()).annotate(attribution())
    assert transcribed.segments == []
    assert transcribed.corrections == [EARLIER]
    assert Stage.SENTIMENT.value in transcribed.job.marks


def test_texts_are_judged_in_order_with_the_language_of_each() -> None:
    judged = Annotator(Reader()).judge(JudgeTexts(texts=["fine", "sad", "좋아"]))
    assert judged.sentiments == [
        TextSentiment(**dict(GLAD), language="en"),
        TextSentiment(**dict(SAD), language="en"),
        TextSentiment(**dict(GLAD), language="ko"),
    ]
    told = Annotator(Reader()).judge(JudgeTexts(texts=["fine"], language="de"))
    assert told.sentiments[0].language == "de"


def test_who_asks_is_told_where_a_text_cannot_be_judged() -> None:
    with pytest.raises(EngineError):
        Annotator(Reader()).judge(JudgeTexts(texts=["fine", "unreadable"]))
