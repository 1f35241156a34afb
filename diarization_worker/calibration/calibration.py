"""What a cosine means: the same score for the same evidence, whatever encoder, line or duration.

An encoder hears the line as well as the voice: by telephone everybody is alike, and nobody is like
himself in the same room. So, before two embeddings are compared,

1. the mean of a cohort of strangers is taken away, and with it what all voices have in common;
2. the directions in which recordings of the same speech over different lines differ most are taken
   out (nuisance attribute projection: Solomonoff, Campbell and Boardman 2005). How far two
   recordings lie apart in them is how different their lines are.

After that, strangers are equally unlike each other over every line and at every duration, which
score normalisation against the same cohort does not achieve (docs/speakers.md has the figures).

Then the cosine becomes a likelihood ratio (Brümmer and du Preez 2006, "Application-independent
evaluation of speaker detection"): how much more probable it is for one voice than for two. An
embedding of `s` seconds is taken as the voice's direction plus noise whose power falls as 1/s, so
two of one voice are expected at a cosine of 1/sqrt((1 + n/s1)(1 + n/s2)), less where lines differ.

A score between 0 and 1 is made of the ratio's fourth root: 0.6 stands for evidence that is even,
0.7 for 6 : 1 in favour of one voice, 0.8 for 50 : 1, 0.9 for 1,300 : 1; 0.5 for 5 : 1 against it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from diarization_worker.encoders.encoder import Embedding

Floats = NDArray[np.float32]

EVEN: Final = 0.6
"""The score of evidence that is as probable for one voice as for two."""

ROOT: Final = 4
"""Of the likelihood ratio: it makes a score's odds. The ratio itself would put two stretches of 5 s
either at 0 or at 1, and one threshold would be like another."""

SHORTEST: Final = 0.1
"""Less speech counts as this much, seconds."""

LEAST: Final = 3.0
"""One voice is always expected this many spreads above strangers: speech that is too short to be
expected so much alike must be so much alike nevertheless, or it is a stranger's."""


@dataclass(frozen=True, slots=True, eq=False)
class References:
    """Voices to be compared with many times: what is worth computing only once."""

    embeddings: Floats
    """As the encoder gave them, shape [n, dim]."""
    seconds: Floats
    """Speech behind each, shape [n]."""
    voices: Floats
    """Unit vectors without the line, shape [n, dim]."""
    lines: Floats
    """Where each lies in the directions of the lines, shape [n, k]."""

    def __len__(self) -> int:
        return len(self.seconds)

    def joined(self, others: "References") -> "References":
        """These and then the others."""
        return References(
            np.concatenate([self.embeddings, others.embeddings]),
            np.concatenate([self.seconds, others.seconds]),
            np.concatenate([self.voices, others.voices]),
            np.concatenate([self.lines, others.lines]),
        )

    def rows(self, rows: list[int]) -> "References":
        """Some of them, in this order."""
        return References(
            self.embeddings[rows], self.seconds[rows], self.voices[rows], self.lines[rows]
        )

    def put(self, row: int, other: "References") -> None:
        """Replace one by the only voice of `other`, in place."""
        self.embeddings[row] = other.embeddings[0]
        self.seconds[row] = other.seconds[0]
        self.voices[row] = other.voices[0]
        self.lines[row] = other.lines[0]


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Reads an encoder's cosines. Made by `python -m diarization_worker.calibration.fit`."""

    encoder: str
    """Which encoder it was fitted to, `name/model`."""

    centre: Floats
    """Mean of a cohort's embeddings, shape [dim] (or [1], the same for all)."""

    lines: Floats
    """Directions in which lines differ, orthonormal, shape [k, dim]; none where k = 0."""

    noise_seconds: float
    """Speech after which noise and voice have the same power in an embedding, seconds."""

    mismatch: float
    """How much less alike one voice is over two lines, by their squared distance."""

    stranger: float
    """Mean cosine of two voices."""

    spread: float
    """Standard deviation of cosines around their mean, for one voice and for two."""

    minimum_seconds: float
    """Speech shorter than this can't found a voice, seconds."""

    def similarity(
        self, one: Embedding, seconds: float, other: Embedding, other_seconds: float
    ) -> float:
        """Whether two embeddings, of so much speech each, are of one voice: 0 to 1."""
        others = np.asarray(other, np.float32)[np.newaxis]
        return float(self.similarities(one, seconds, others, np.array([other_seconds]))[0])

    def similarities(
        self,
        embedding: Embedding,
        seconds: float,
        others: NDArray[np.floating],
        others_seconds: NDArray[np.floating],
    ) -> Floats:
        """The same to each of many others: [n, dim] and [n] give [n]."""
        return self.compare(embedding, seconds, self.references(others, others_seconds))

    def references(
        self, embeddings: NDArray[np.floating], seconds: NDArray[np.floating]
    ) -> References:
        """Voices to `compare` with, [n, dim] and [n]."""
        embeddings = np.array(embeddings, np.float32)
        voices, lines = self.without_line(embeddings)
        return References(embeddings, np.array(seconds, np.float32), voices, lines)

    def compare(self, embedding: Embedding, seconds: float, references: References) -> Floats:
        """The similarity to each reference, shape [n]; 10,000 take about 1 ms."""
        (voice,), (line,) = self.without_line(np.asarray(embedding, np.float32)[np.newaxis])
        cosines = references.voices @ voice
        apart = np.square(references.lines - line).sum(axis=1)
        log_ratio = self.log_ratio(
            cosines, self.expected(np.float32(seconds), references.seconds, apart)
        )
        return np.asarray(1 / (1 + (1 - EVEN) / EVEN * np.exp(-log_ratio / ROOT)), np.float32)

    def without_line(self, embeddings: Floats) -> tuple[Floats, Floats]:
        """Voices, unit vectors of shape [n, dim], and lines, shape [n, k]."""
        voices: Floats = np.asarray(embeddings - self.centre, np.float32)
        lines: Floats
        if len(self.lines) == 0:
            lines = np.zeros((len(voices), 0), np.float32)
        else:
            lines = np.asarray(voices @ self.lines.T, np.float32)
            voices = np.asarray(voices - lines @ self.lines, np.float32)
        lengths = np.linalg.norm(voices, axis=1, keepdims=True)
        return np.asarray(voices / np.maximum(lengths, 1e-6), np.float32), lines

    def expected(
        self, seconds: Floats | np.float32, others_seconds: Floats, apart: Floats
    ) -> Floats:
        """Mean cosine of one voice with itself, given both durations and the lines' distance."""
        noise = (1 + self.noise_seconds / np.maximum(seconds, SHORTEST)) * (
            1 + self.noise_seconds / np.maximum(others_seconds, SHORTEST)
        )
        return np.asarray(1 / np.sqrt(noise) / (1 + self.mismatch * apart), np.float32)

    def log_ratio(self, cosines: Floats, expected: Floats) -> Floats:
        """Of the probability for one voice to that for two: both normal, with one spread."""
        expected = np.maximum(expected, self.stranger + LEAST * self.spread)
        halfway = (expected + self.stranger) / 2
        ratio = (expected - self.stranger) / self.spread**2 * (cosines - halfway)
        return np.asarray(ratio, np.float32)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote; raises ValueError or OSError."""
        try:
            return cls._load(path)
        except (KeyError, TypeError, EOFError, BadZipFile) as error:
            raise ValueError(f"not a calibration: {error}") from error

    @classmethod
    def _load(cls, path: Path) -> Self:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            return cls(
                encoder=str(data["encoder"]),
                centre=np.asarray(data["centre"], np.float32),
                lines=np.asarray(data["lines"], np.float32),
                noise_seconds=float(data["noise_seconds"]),
                mismatch=float(data["mismatch"]),
                stranger=float(data["stranger"]),
                spread=float(data["spread"]),
                minimum_seconds=float(data["minimum_seconds"]),
            )

    def save(self, path: Path) -> None:
        """Write it as an .npz file."""
        with path.open("wb") as file:  # np.savez would add a suffix to a mere name
            np.savez_compressed(
                file,
                encoder=self.encoder,
                centre=self.centre,
                lines=self.lines,
                noise_seconds=self.noise_seconds,
                mismatch=self.mismatch,
                stranger=self.stranger,
                spread=self.spread,
                minimum_seconds=self.minimum_seconds,
            )
