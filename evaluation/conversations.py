"""Conversations made of LibriSpeech readings: who speaks when is known to the frame.

No recording of a real conversation is among them; they show what real ones here don't: up to six
speakers, telephone bands, rooms, noise, and people who are 20 dB quieter than others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from scipy.signal import butter, fftconvolve, sosfilt

from contract.audio import SAMPLE_RATE
from diarization_worker.encoders.encoder import Audio
from diarization_worker.segmentation.regions import Region, drop_short, fill_gaps, regions
from evaluation.error_rate import Turns

KINDS: Final = ("plain", "telephone", "room", "noise")

GAINS_DB: Final = (0, 0, -6, -12, -20)

STRANGERS: Final = 60
"""Of the cohort, the last ones."""

FRAME_S: Final = 0.01

SILENCE_DB: Final = 30.0
"""Frames so far below a reading's louder ones are its pauses."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A recording, and who speaks when."""

    name: str
    audio: Audio
    turns: Turns

    @property
    def speakers(self) -> int:
        """How many there are."""
        return len({who for *_, who in self.turns})


def readings(data: Path) -> dict[str, list[Audio]]:
    """What each speaker has read: of five speakers a minute, of the others six seconds."""
    folder = data / "speech/en"
    own = {
        speaker.name: [_read(file) for file in sorted(speaker.glob("*.flac"))]
        for speaker in sorted((folder / "librispeech").iterdir())
        if speaker.is_dir()
    }
    strangers = sorted((folder / "librispeech_cohort").glob("*.flac"))[-STRANGERS:]
    return own | {file.stem: [_read(file)] for file in strangers}


def converse(
    speakers: Mapping[str, Sequence[Audio]], kind: str, seed: int, seconds: float
) -> Conversation:
    """Two to six speakers in turns of 0.6 to 8 s, with pauses and interruptions between."""
    random = np.random.default_rng(seed)
    names = sorted(speakers, key=lambda name: -len(speakers[name]))
    count = int(random.integers(2, 7))
    often = random.choice(names[:5], min(count, int(random.integers(2, 5))), replace=False)
    seldom = random.choice(names[5:], count - len(often), replace=False)
    said = {str(who): _phrases(speakers[str(who)], kind, random) for who in [*often, *seldom]}
    gains = {who: 10 ** (int(random.choice(GAINS_DB)) / 20) for who in said}
    audio = np.zeros(int((seconds + 20) * SAMPLE_RATE), np.float32)
    turns: list[tuple[float, float, str]] = []
    moment, order = 0.5, [""]
    while moment < seconds and (left := [who for who in said if said[who] and who != order[-1]]):
        recent = [who for who in left if who in order[-3:]]
        choice = recent if recent and random.random() < 0.6 else left
        order.append(choice[int(random.integers(len(choice)))])
        phrase = said[order[-1]].pop() * np.float32(gains[order[-1]])
        start = int(moment * SAMPLE_RATE)
        audio[start : start + len(phrase)] += phrase
        turns += [(moment + r.start, moment + r.end, order[-1]) for r in _spoken(phrase, 0.3)]
        moment += len(phrase) / SAMPLE_RATE + _gap(random, len(phrase) / SAMPLE_RATE)
    audio = audio[: int((max(end for _, end, _ in turns) + 0.5) * SAMPLE_RATE)]
    return Conversation(f"{kind} {seed}", _transmitted(audio, kind, random), turns)


def _read(file: Path) -> Audio:
    audio, _ = soundfile.read(file, dtype="float32")
    return np.asarray(audio * (0.05 / np.sqrt(np.mean(np.square(audio)))), np.float32)


def _phrases(read: Sequence[Audio], kind: str, random: np.random.Generator) -> list[Audio]:
    """Readings cut at their pauses."""
    room = _room(random) if kind == "room" else np.ones(1)
    phrases = []
    for index in random.permutation(len(read)):
        audio = fftconvolve(read[index], room)[: len(read[index])].astype(np.float32)
        start, wanted = None, 0.0
        spoken = _spoken(audio, 0.12)
        for region, following in zip(spoken, [*spoken[1:], None], strict=True):
            if start is None:
                start, wanted = region.start, min(8.0, max(0.6, random.lognormal(1.0, 0.7)))
            if region.end - start >= wanted or following is None:
                begin = max(0, int((start - 0.05) * SAMPLE_RATE))
                phrases.append(audio[begin : int((region.end + 0.08) * SAMPLE_RATE)])
                start = None
    return phrases


def _spoken(audio: Audio, pause_s: float) -> list[Region]:
    size = int(FRAME_S * SAMPLE_RATE)
    frames = audio[: len(audio) // size * size].reshape(-1, size)
    levels = 10 * np.log10(np.mean(np.square(frames), axis=1) + 1e-12)
    loud = levels > np.percentile(levels, 95) - SILENCE_DB
    return regions(drop_short(fill_gaps(loud, round(pause_s / FRAME_S)), 5), FRAME_S)


def _gap(random: np.random.Generator, seconds: float) -> float:
    """Until the next turn; below 0 the next speaker interrupts."""
    kind = random.random()
    if kind < 0.6:
        return float(random.uniform(0.05, 0.5))
    return float(random.uniform(0.5, 2.5)) if kind < 0.8 else -float(random.uniform(0, seconds / 2))


def _room(random: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Impulse response of a room that takes 0.2 to 0.5 s to fall silent."""
    length = int(random.uniform(0.2, 0.5) * SAMPLE_RATE)
    tail = random.normal(size=length) * np.exp(-6.9 * np.arange(length) / length)
    tail *= random.uniform(0.3, 1.0) / np.linalg.norm(tail)
    tail[0] = 1.0
    return np.asarray(tail)


def _transmitted(audio: Audio, kind: str, random: np.random.Generator) -> Audio:
    if kind == "telephone":
        band = butter(4, [300, 3400], "bandpass", fs=SAMPLE_RATE, output="sos")
        return np.asarray(sosfilt(band, audio), np.float32)
    if kind == "noise":
        noise = random.normal(size=len(audio)) * np.sqrt(np.mean(np.square(audio))) / 10
        return np.asarray(audio + noise, np.float32)
    return audio
