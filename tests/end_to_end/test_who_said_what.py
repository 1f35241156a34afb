"""A real conversation, from its file to words with times and speakers."""

import logging
import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import jiwer
import numpy as np
import pytest

from local_stack.stack import Stack

log = logging.getLogger(__name__)

pytestmark = pytest.mark.timeout(300)

NEAR_S = 0.3
"""A word of a sentence lies within it, give or take this."""


@dataclass(frozen=True)
class Said:
    """A word of the reference, and the sentence that it is of: whose, and from when to when."""

    text: str
    who: str
    start: float
    end: float
    first: bool
    last: bool


@pytest.fixture(scope="module")
def sample() -> Path:
    """The folder of pyannote.audio's sample: two women on the telephone."""
    package = find_spec("pyannote.audio")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "sample"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Any:
    """What the embedded engines make of it."""
    with Stack(tmp_path_factory.mktemp("engines"), {"STT_ENGINE": "pocketsphinx"}) as running:
        running.wait_ready(timeout_s=120)
        with (sample / "sample.wav").open("rb") as file:
            answer = httpx.post(
                running.url() + "/transcribe",
                files={"file": file},
                data={"language": "en"},
                timeout=200,
            )
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def recognised(sample: Path, result: dict[str, Any]) -> list[tuple[Said, dict[str, Any]]]:
    """The words that were recognised correctly: the same word within the same sentence."""
    said = reference(sample / "sample.stm")
    heard = [
        {**word, "who": segment["speaker"]["speaker_id"]}
        for segment in result["segments"]
        for word in segment["words"]
    ]
    alignment = jiwer.process_words(
        " ".join(word.text for word in said), " ".join(plain(word["word"]) for word in heard)
    )
    pairs = [
        (said[chunk.ref_start_idx + n], heard[chunk.hyp_start_idx + n])
        for chunk in alignment.alignments[0]
        if chunk.type == "equal"
        for n in range(chunk.ref_end_idx - chunk.ref_start_idx)
    ]
    return [
        (word, its)
        for word, its in pairs
        if word.start - NEAR_S <= (its["start"] + its["end"]) / 2 <= word.end + NEAR_S
    ]


def plain(text: str) -> str:
    return re.sub(r"[^a-z']", "", text.lower())


def reference(stm: Path) -> list[Said]:
    said = []
    for line in stm.read_text().splitlines():
        _, _, who, start, end, *texts = line.split()
        last = len(texts) - 1
        said += [
            Said(plain(text), who, float(start), float(end), first=n == 0, last=n == last)
            for n, text in enumerate(texts)
        ]
    return said


def test_words_carry_their_speakers(recognised: list[tuple[Said, dict[str, Any]]]) -> None:
    names = {"Diane": "SPEAKER_00", "Sheila": "SPEAKER_01"}
    right = [names[word.who] == its["who"] for word, its in recognised]
    log.info("of %d words recognised, %d have the right speaker", len(right), sum(right))
    assert len(right) >= 15
    assert np.mean(right) >= 0.9


def test_words_begin_and_end_where_sentences_do(
    recognised: list[tuple[Said, dict[str, Any]]],
) -> None:
    off = [abs(its["start"] - word.start) for word, its in recognised if word.first]
    off += [abs(its["end"] - word.end) for word, its in recognised if word.last]
    log.info("%d edges of sentences, off by %.3f s on average", len(off), np.mean(off))
    assert len(off) >= 5
    assert np.mean(off) <= 0.2


def test_each_speaker_has_the_time_that_she_speaks(sample: Path, result: dict[str, Any]) -> None:
    seconds = {"SPEAKER_00": 0.0, "SPEAKER_01": 0.0}
    for line in (sample / "sample.rttm").read_text().splitlines():
        fields = line.split()
        seconds["SPEAKER_00" if fields[7] == "speaker90" else "SPEAKER_01"] += float(fields[4])
    told = {who: its["total_duration"] for who, its in result["speakers"].items()}
    assert told == pytest.approx(seconds, rel=0.2)
