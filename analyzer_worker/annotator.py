"""Tells how things felt: of each segment, the last step of an utterance's way, and of any text."""

import logging
import time
from collections.abc import Sequence
from concurrent.futures import Future

from analyzer_worker.analyzer import UNDECIDED, SentimentAnalyzer, Text
from analyzer_worker.language import language_of
from contract.errors import EngineError
from contract.sentiment import Judged, JudgeTexts, TextSentiment
from contract.values import Sentiment
from contract.work import AnalyzedSegment, Attribution, Stage, Transcribed
from worker_runtime.batcher import LAST, WHENEVER, Batcher

log = logging.getLogger(__name__)

MAX_BATCH = 32


class Annotator:
    """What the tasks of this stage do, without Celery. Safe to call from many threads."""

    def __init__(self, analyzer: SentimentAnalyzer) -> None:
        self._batcher: Batcher[Text, Sentiment] = Batcher(analyzer.analyze, max_batch=MAX_BATCH)

    def annotate(self, attribution: Attribution) -> Transcribed:
        """The utterance's outcome, each segment with its sentiment."""
        job, segments = attribution.job, attribution.segments
        waiting = [
            self._batcher.submit(Text(segment.text, attribution.language)) for segment in segments
        ]
        annotated = [
            AnalyzedSegment(**dict(segment), sentiment=_outcome(sentiment))
            for segment, sentiment in zip(segments, waiting, strict=True)
        ]
        marks = {**job.marks, Stage.SENTIMENT.value: time.time()}
        return Transcribed(
            job=job.model_copy(update={"marks": marks}),
            segments=annotated,
            corrections=attribution.corrections,
            language=attribution.language,
            confidence=attribution.confidence,
        )

    def judge(self, question: JudgeTexts) -> Judged:
        """A sentiment for each text; raises EngineError where the model fails on one.

        Live speech, which a client waits for, goes first.
        """
        texts = [Text(text, question.language or language_of(text)) for text in question.texts]
        waiting = [self._batcher.submit(text, WHENEVER) for text in texts]
        return Judged(
            sentiments=[
                TextSentiment(**dict(sentiment.result()), language=text.language)
                for text, sentiment in zip(texts, waiting, strict=True)
            ]
        )

    def feel_later(self, texts: Sequence[Text]) -> list[Sentiment]:
        """How each of the texts felt, once nobody live waits."""
        waiting = [self._batcher.submit(text, LAST) for text in texts]
        return [_outcome(sentiment) for sentiment in waiting]


def _outcome(sentiment: "Future[Sentiment]") -> Sentiment:
    try:
        return sentiment.result()
    except EngineError as error:
        log.warning("the text goes on with an undecided sentiment: %s", error)
        return UNDECIDED
