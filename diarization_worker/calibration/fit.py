"""Fits a calibration to an encoder: `python -m diarization_worker.calibration.fit --help`.

The cohort, many speakers, gives what strangers are to each other and what lines do to a voice; the
speech, several recordings of each speaker, gives how alike a voice is to itself. The numbers are
means and standard deviations, nothing is searched for: see docs/speakers.md for what they are.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contract.errors import SoriError
from diarization_worker.calibration.calibration import Calibration, Floats
from diarization_worker.calibration.conditions import FITTED, Condition, raw
from diarization_worker.calibration.stretches import Stretches, Voices, read_voices, stretches
from diarization_worker.encoders.encoder import SpeakerEncoder
from diarization_worker.encoders.loading import load_encoder

DURATIONS = (1, 2, 3, 5)
"""Seconds of the stretches that are compared."""

ASKED_S = 3
"""Of these, the one at which lines are compared."""

LINES: Mapping[str, Condition] = {"as recorded": raw, **FITTED}

DIRECTIONS = 5
"""In which lines are said to differ. With the embedded encoder the first holds as much as the next
ten together, and from the eighth on taking more out costs more than it mends."""


def fit(
    encoder: SpeakerEncoder, speech: Voices, cohort: Voices, minimum_seconds: float = 1.0
) -> Calibration:
    """A calibration; `cohort` should have 30 speakers or more, `speech` several recordings each.

    Raises ValueError where there is too little of either, EngineError where one has no sound.
    """
    strangers = [stretches(encoder.embed, cohort, line, ASKED_S) for line in LINES.values()]
    if len(set(strangers[0].speakers)) < 2:
        raise ValueError("the cohort needs several speakers with 3 s of speech each")
    centre = np.mean([there.vectors.mean(axis=0) for there in strangers], axis=0)
    shifts = np.concatenate([there.vectors - strangers[0].vectors for there in strangers[1:]])
    draft = Calibration(
        encoder=f"{encoder.name}/{encoder.model}",
        centre=np.asarray(centre, np.float32),
        lines=np.linalg.svd(shifts, full_matrices=False)[2][:DIRECTIONS].astype(np.float32),
        noise_seconds=0.0,
        mismatch=0.0,
        stranger=0.0,
        spread=1.0,
        minimum_seconds=minimum_seconds,
    )
    voices = [stretches(encoder.embed, speech, line, ASKED_S) for line in LINES.values()]
    others = [stretches(encoder.embed, speech, raw, s) for s in DURATIONS if s != ASKED_S]
    noise_seconds, mismatch = _likeness(draft, [*voices, *others], voices)
    stranger, spread = _strangeness(draft, voices, strangers)
    return replace(
        draft,
        noise_seconds=noise_seconds,
        mismatch=mismatch,
        stranger=stranger,
        spread=spread,
    )


def _strangeness(
    draft: Calibration, voices: Sequence[Stretches], strangers: Sequence[Stretches]
) -> tuple[float, float]:
    """Mean and spread of the cosines of two voices, over any lines.

    Half of them between the speech and the cohort, half within the speech: the few who meet in one
    place are more alike than a cohort is. The cohort with itself would be too optimistic, since the
    mean that is taken away is its own. The spread is what puts 1% above 2.33 spreads.
    """
    to_cohort = [_cosines(draft, a, b)[0].reshape(-1) for a, b in product(voices, strangers)]
    within = [_cosines(draft, a, b)[0][a.two_voices(b)] for a, b in product(voices, voices)]
    if within[0].size == 0:
        raise ValueError("the speech needs several speakers")
    means, spreads = [], []
    for cosines in (*to_cohort, *within):
        means.append(cosines.mean())
        spreads.append((np.quantile(cosines, 0.99) - cosines.mean()) / 2.33)
    return float(np.mean(means)), float(np.mean(spreads))


def _likeness(
    draft: Calibration, heard: Sequence[Stretches], over_lines: Sequence[Stretches]
) -> tuple[float, float]:
    """How duration and lines count: noise_seconds and mismatch, by least squares over means.

    One voice meets itself at 1/sqrt((1 + n/s1)(1 + n/s2)) over one line, and at 1/(1 + m*d) of
    that over two whose squared distance is d.
    """
    from scipy.optimize import least_squares

    as_recorded = [over_lines[0], *heard[len(over_lines) :]]
    means, seconds, apart = [], [], []
    for one, other in product(as_recorded, heard):
        same = one.one_voice(other)
        if not same.any():
            raise ValueError("the speech needs several recordings of each speaker")
        cosines, distances = _cosines(draft, one, other)
        means.append(cosines[same].mean())
        apart.append(distances[same].mean())
        seconds.append((one.seconds, other.seconds))
    durations, other_durations = np.array(seconds, np.float32).T

    def errors(parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        noise, mismatch = parameters
        expected = 1 / np.sqrt((1 + noise / durations) * (1 + noise / other_durations))
        return np.asarray(expected / (1 + mismatch * np.array(apart)) - means)

    noise_seconds, mismatch = least_squares(errors, [1.0, 0.5], bounds=(0, np.inf)).x
    return float(noise_seconds), float(mismatch)


def _cosines(draft: Calibration, one: Stretches, other: Stretches) -> tuple[Floats, Floats]:
    """Of all pairs: cosines without the line, and squared distances of the lines."""
    voices, lines = draft.without_line(one.vectors)
    others, others_lines = draft.without_line(other.vectors)
    apart = np.square(lines[:, None] - others_lines).sum(axis=2)
    return np.asarray(voices @ others.T), np.asarray(apart)


def main() -> int:
    """Fit, write, and say what came out."""
    options = _parser().parse_args()
    try:
        encoder = load_encoder(options.encoder, options.device, options.token)
        cohort = read_voices(options.cohort)
        if options.half:
            cohort = {name: cohort[name] for name in sorted(cohort)[::2]}
        calibration = fit(encoder, read_voices(options.speech), cohort, options.minimum_seconds)
        calibration.save(options.out)
    except (SoriError, OSError, ValueError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(
        f"{calibration.encoder}: noise_seconds {calibration.noise_seconds:.2f}, mismatch"
        f" {calibration.mismatch:.2f}, stranger {calibration.stranger:.3f}, spread"
        f" {calibration.spread:.3f}, from {len(cohort)} strangers; written to {options.out}\n"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m diarization_worker.calibration.fit",
        description="Fit a calibration to a speaker encoder; SPEAKER_CALIBRATION then names FILE.",
        epilog="DIR holds a folder for each speaker, or a file; .flac, .wav, .ogg at 16 kHz.",
    )
    parser.add_argument("--encoder", required=True, help="as in SPEAKER_ENCODER")
    parser.add_argument(
        "--speech", required=True, type=Path, metavar="DIR", help="several recordings a speaker"
    )
    parser.add_argument(
        "--cohort", required=True, type=Path, metavar="DIR", help="strangers, 30 or more"
    )
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="to be written")
    parser.add_argument(
        "--half",
        action="store_true",
        help="use every second speaker of the cohort, to keep the others for evaluation",
    )
    parser.add_argument(
        "--minimum-seconds",
        type=float,
        default=1.0,
        help="speech that it takes to found a voice (default 1)",
    )
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--token", help="of Hugging Face, for models that ask for one")
    return parser


if __name__ == "__main__":
    sys.exit(main())
