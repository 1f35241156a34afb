"""Instant engines that take their time, so that there is something in hand when a worker dies."""

import time
from collections.abc import Sequence

from analyzer_worker.analyzer import Text
from bench.instant import InstantAnalyzer, InstantEncoder, InstantRecogniser
from contract.values import Sentiment
from diarization_worker.encoders.encoder import Audio, Embedding
from stt_worker.engine import Heard, Item

PAUSE_S = 0.1


class SlowRecogniser(InstantRecogniser):
    """Writes fingerprints, thoughtfully."""

    batch_size = 2

    def transcribe(self, items: list[Item]) -> list[Heard | Exception]:
        time.sleep(PAUSE_S)
        return super().transcribe(items)


class SlowEncoder(InstantEncoder):
    """Hears one voice everywhere, at length."""

    def embed(self, audios: Sequence[Audio]) -> list[Embedding]:
        time.sleep(PAUSE_S)
        return super().embed(audios)


class SlowAnalyzer(InstantAnalyzer):
    """Feels nothing, slowly."""

    def analyze(self, texts: Sequence[Text]) -> Sequence[Sentiment | Exception]:
        time.sleep(PAUSE_S)
        return super().analyze(texts)
