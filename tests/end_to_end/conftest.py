"""The running stack: every service as a process of its own, around a real Redis."""

from collections.abc import Iterator

import pytest

from local_stack.stack import Stack

INSTANT = {
    "STT_ENGINE": "bench.instant:InstantRecogniser",
    "SPEAKER_ENCODER": "bench.instant:InstantEncoder",
    "SEGMENTATION_MODEL": "bench.instant:InstantSegmenter",
    "SENTIMENT_MODEL": "bench.instant:InstantAnalyzer",
}
"""Engines that answer at once, with texts that tell the audio apart."""

TWO_OF_EACH = {
    "gateway": 2,
    "stt_worker": 2,
    "diarization_worker": 2,
    "analyzer_worker": 2,
    "listener": 2,
}


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Two of each service, with instant engines; shared by the tests that hurt nothing for long."""
    with Stack(tmp_path_factory.mktemp("stack"), INSTANT, TWO_OF_EACH) as running:
        running.wait_ready(timeout_s=90)
        yield running


@pytest.fixture(scope="session")
def hearing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One of each service; the diarization worker really listens, the others answer at once."""
    environment = {**INSTANT, "SPEAKER_ENCODER": "embedded"}
    environment |= {"SEGMENTATION_MODEL": "embedded", "SPEAKERS_TIMEOUT": "60"}
    with Stack(tmp_path_factory.mktemp("hearing"), environment) as running:
        running.wait_ready(timeout_s=90)
        yield running
