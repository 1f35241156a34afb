"""Whose voice is it? Error rates by line and by how much was said.

Ten recordings each of five readers are compared with each other and with 60 strangers. The embedded
encoders' calibrations have seen nothing of these strangers, and of the five readers four numbers:
how much a voice grows alike to itself with duration, how unlike over another line, and how alike
strangers are. Three of the lines are new to them: µ-law, babble and a lower level.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contract.speakers import DEFAULT_THRESHOLD
from diarization_worker.calibration.calibration import Calibration, Floats
from diarization_worker.calibration.conditions import (
    Condition,
    hall,
    raw,
    sharp_telephone,
    telephone,
    white_noise,
    with_noise,
)
from diarization_worker.calibration.stretches import Stretches, read_voices, stretches
from diarization_worker.encoders.encoder import Audio
from diarization_worker.models import VoiceModels
from evaluation.tables import Table, percent

DURATIONS: Final = (1, 2, 3, 5)

REGISTERED_S: Final = 5
"""Speech behind a voice print where speech over a line is compared with one as recorded."""

ASKED_S: Final = 3
"""Speech to identify where that is one number."""

BABBLE_VOICES: Final = 6


@dataclass(frozen=True, slots=True)
class Rates:
    """What goes wrong in many comparisons of two stretches of speech."""

    equal_error: float
    """Where misses and false alarms are as many."""
    missed: float
    """One voice, below the threshold."""
    false_alarms: float
    """Two voices, not below it."""

    def __str__(self) -> str:
        return f"{percent(self.equal_error)} {percent(self.missed)} {percent(self.false_alarms)}"


@dataclass(frozen=True, slots=True)
class Heard:
    """Readers and strangers over one line, by seconds."""

    readers: Mapping[int, Stretches]
    strangers: Mapping[int, Stretches]


def run(data: Path, models: VoiceModels) -> list[Table]:
    """Error rates over one line and over two, and what identification answers."""
    readers = read_voices(data / "speech/en/librispeech")
    cohort = read_voices(data / "speech/en/librispeech_cohort")
    strangers = {name: cohort[name] for name in sorted(cohort)[1::2]}
    seen = [cohort[name][0] for name in sorted(cohort)[::2]]
    lines = conditions(babble(seen))
    heard = {
        name: Heard(
            {s: stretches(models.embed, readers, line, s, most=2) for s in DURATIONS},
            {s: stretches(models.embed, strangers, line, s, most=1) for s in DURATIONS},
        )
        for name, line in lines.items()
    }
    return [
        _one_line(heard, models.calibration),
        _two_lines(heard, models.calibration),
        _answers(heard, models.calibration),
    ]


def conditions(babbling: Audio) -> dict[str, Condition]:
    """The lines, by name."""

    def in_babble(audio: Audio) -> Audio:
        return with_noise(audio, np.resize(np.roll(babbling, -len(audio)), len(audio)))

    return {
        "as recorded": raw,
        "telephone, 300–3400 Hz by 8 kHz": telephone,
        "telephone, sharp edges": sharp_telephone,
        "telephone, 8 bit µ-law": mu_law,
        "white noise, 15 dB": white_noise,
        "babble of 6 voices, 15 dB": in_babble,
        "hall, 0.5 s": hall,
        "20 dB quieter": lambda audio: np.asarray(audio * 0.1, np.float32),
    }


def babble(recordings: list[Audio]) -> Audio:
    """Several voices at once."""
    length = min(len(recording) for recording in recordings)
    together = np.sum([one[:length] for one in recordings[:BABBLE_VOICES]], axis=0)
    return np.asarray(together, np.float32)


def mu_law(audio: Audio) -> Audio:
    """The telephone band in the 8 bits of ITU-T G.711's µ-law (its formula, not its table)."""
    narrow = telephone(audio)
    peak = 2 * np.abs(narrow).max()
    bits = np.round(127 * np.log1p(255 * np.abs(narrow) / peak) / np.log(256))
    return np.asarray(np.sign(narrow) * (256 ** (bits / 127) - 1) / 255 * peak, np.float32)


def rates(one_voice: Floats, two_voices: Floats) -> Rates:
    """Of the scores of pairs of one voice and of two."""
    thresholds = np.unique(np.concatenate([one_voice, two_voices]))
    missed = np.searchsorted(np.sort(one_voice), thresholds) / len(one_voice)
    alarms = 1 - np.searchsorted(np.sort(two_voices), thresholds) / len(two_voices)
    nearest = np.argmin(np.abs(missed - alarms))
    return Rates(
        float(missed[nearest] + alarms[nearest]) / 2,
        float(np.mean(one_voice < DEFAULT_THRESHOLD)),
        float(np.mean(two_voices >= DEFAULT_THRESHOLD)),
    )


def _scores(calibration: Calibration, one: Stretches, other: Stretches) -> Floats:
    """Of each with each, shape [n, m]."""
    references = calibration.references(other.vectors, np.full(len(other.vectors), other.seconds))
    return np.stack(
        [calibration.compare(vector, one.seconds, references) for vector in one.vectors]
    )


def _rates(calibration: Calibration, asked: Heard, seconds: int, known: Stretches) -> Rates:
    """Of readers' stretches against known ones, and of strangers' against the same."""
    readers, strangers = asked.readers[seconds], asked.strangers[seconds]
    scores = _scores(calibration, readers, known)
    others = _scores(calibration, strangers, known)
    return rates(
        scores[readers.one_voice(known)],
        np.concatenate([scores[readers.two_voices(known)], others.reshape(-1)]),
    )


def _one_line(heard: Mapping[str, Heard], calibration: Calibration) -> Table:
    rows = [
        (name, *(str(_rates(calibration, line, s, line.readers[s])) for s in DURATIONS))
        for name, line in heard.items()
    ]
    return Table(
        "Two stretches of the same length over the same line",
        ("line", *(f"{s} s each" for s in DURATIONS)),
        rows,
        f"Equal error rate; misses and false alarms at {DEFAULT_THRESHOLD}.",
    )


def _two_lines(heard: Mapping[str, Heard], calibration: Calibration) -> Table:
    known = heard["as recorded"].readers[REGISTERED_S]
    rows = [
        (name, *(str(_rates(calibration, line, s, known)) for s in DURATIONS))
        for name, line in heard.items()
    ]
    return Table(
        f"Speech over a line against {REGISTERED_S} s as recorded",
        ("line", *(f"{s} s" for s in DURATIONS)),
        rows,
        f"Equal error rate; misses and false alarms at {DEFAULT_THRESHOLD}.",
    )


def _answers(heard: Mapping[str, Heard], calibration: Calibration) -> Table:
    """The five readers registered, each with one recording; then everybody asks."""
    prints = _first_of_each(heard["as recorded"].readers[REGISTERED_S])
    rows: list[tuple[str, ...]] = []
    for name, line in heard.items():
        readers, strangers = line.readers[ASKED_S], line.strangers[ASKED_S]
        fresh = ~np.isin(readers.recordings, prints.recordings)
        scores = _scores(calibration, readers, prints)[fresh]
        best = prints.speakers[np.argmax(scores, axis=1)] == readers.speakers[fresh]
        accepted = scores.max(axis=1) >= DEFAULT_THRESHOLD
        unknown = _scores(calibration, strangers, prints).max(axis=1) >= DEFAULT_THRESHOLD
        rows.append(
            (
                name,
                percent(best.mean()),
                percent(np.mean(best & accepted)),
                percent(np.mean(~best & accepted)),
                percent(unknown.mean()),
            )
        )
    return Table(
        f"Five readers registered with {REGISTERED_S} s each, then {ASKED_S} s of speech",
        ("line", "right, closed set", "right and known", "wrong name", "strangers taken as known"),
        rows,
        f"{len(prints.vectors)} prints; {len(heard['as recorded'].strangers[ASKED_S].vectors)}"
        " strangers; known from a score of "
        f"{DEFAULT_THRESHOLD} on.",
    )


def _first_of_each(readers: Stretches) -> Stretches:
    firsts: NDArray[np.intp] = np.unique(readers.speakers, return_index=True)[1]
    return Stretches(
        readers.seconds,
        readers.vectors[firsts],
        readers.speakers[firsts],
        readers.recordings[firsts],
    )
