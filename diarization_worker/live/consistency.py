"""Is a recording of one voice throughout? How alike it is to itself, where it is least alike."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from contract.audio import SAMPLE_RATE
from diarization_worker.calibration.calibration import Calibration
from diarization_worker.encoders.encoder import Audio, Embedding
from diarization_worker.hearing.voices import Hearing
from diarization_worker.models import VoiceModels

WINDOW_S: Final = 1.0
HOP_S: Final = 0.3
"""A recording is searched by windows of this length, so far apart."""

MOST_WINDOWS: Final = 40
"""In long recordings they are further apart."""

SHIFTS_S: Final = (-0.3, -0.1, 0.1, 0.3)
"""Around the place that the windows point to, where a change of voice may be."""

SIDE_S: Final = 6.0
"""So much is compared on either side of it at most, and WINDOW_S at least, seconds."""

SECOND_S: Final = 0.8
"""A second voice, in between or at once, is one when it is heard for so long."""


def consistency(speech: Audio, hearing: Hearing, models: VoiceModels) -> float:
    """Calibrated similarity, 0 to 1; 1 where there is too little to compare.

    `speech` is a recording without its pauses, `hearing` what was heard in all of it. The net alone
    notices 1.5 s of one reader beside 3 s of another in 6 of 10 recordings only.
    """
    windows, starts = _windows(speech)
    change = find_change(models.embed(windows), starts, models.calibration)
    sides = [] if change is None else list(_sides(speech, change))
    embeddings = models.embed([side for pair in sides for side in pair])
    alike = [
        models.calibration.similarity(
            one, len(before) / SAMPLE_RATE, other, len(after) / SAMPLE_RATE
        )
        for (before, after), one, other in zip(
            sides, embeddings[::2], embeddings[1::2], strict=True
        )
    ]
    return min([*alike, least_alike(hearing, models.calibration)])


def find_change(
    embeddings: Sequence[Embedding], starts: Sequence[float], calibration: Calibration
) -> float | None:
    """Where what comes before differs most from what comes after, seconds. Pure.

    `embeddings` are of windows with these starts. At each place those that straddle it are left
    out; None where that leaves nothing on a side.
    """
    changes = []
    end = starts[-1] + WINDOW_S
    for at in starts:
        before = [e for e, start in zip(embeddings, starts, strict=True) if start + WINDOW_S <= at]
        after = [e for e, start in zip(embeddings, starts, strict=True) if start >= at]
        if before and after:
            alike = calibration.similarity(_mean(before), at, _mean(after), end - at)
            changes.append((alike, at))
    return min(changes)[1] if changes else None


def least_alike(hearing: Hearing, calibration: Calibration) -> float:
    """Similarity of the voice that is heard most to the other that is least like it. Pure."""
    first, *others = sorted(hearing.voices, key=lambda voice: -voice.seconds)
    return min(
        (
            calibration.similarity(v.embedding, v.seconds, first.embedding, first.seconds)
            for v in others
            if v.seconds >= SECOND_S
        ),
        default=1.0,
    )


def _sides(speech: Audio, change: float) -> Iterator[tuple[Audio, Audio]]:
    """What comes before and after each place around a change."""
    side, least = round(SIDE_S * SAMPLE_RATE), round(WINDOW_S * SAMPLE_RATE)
    for shift in SHIFTS_S:
        at = round((change + shift) * SAMPLE_RATE)
        if least <= at <= len(speech) - least:
            yield speech[max(0, at - side) : at], speech[at : at + side]


def _windows(speech: Audio) -> tuple[list[Audio], list[float]]:
    """From the first to the last, and their starts; all of it where that is shorter than one."""
    size = round(WINDOW_S * SAMPLE_RATE)
    rest = max(0, len(speech) - size)
    count = min(MOST_WINDOWS, 1 + round(rest / (HOP_S * SAMPLE_RATE)))
    starts = np.linspace(0, rest, count).astype(int).tolist()
    return [speech[start : start + size] for start in starts], [s / SAMPLE_RATE for s in starts]


def _mean(embeddings: Sequence[Embedding]) -> Embedding:
    total = np.sum(embeddings, axis=0)
    return np.asarray(total / np.linalg.norm(total), np.float32)
