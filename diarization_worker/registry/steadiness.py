"""Is a voice that was taken for one from end to end really one?

The segmentation net overlooks one of four changes between two who read one after the other: of 70
recordings of 3 to 5 s of one and 1.5 to 3 s of another it told 54, and with this 68. None of 47
recordings of one reader, 3 to 16 s long, is refused; the lowest comes to 0.87.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from contract.audio import SAMPLE_RATE
from diarization_worker.calibration.calibration import EVEN, Calibration
from diarization_worker.encoders.encoder import Audio, Embedding
from diarization_worker.models import VoiceModels

WINDOW_S: Final = 1.5
"""Speech is compared by windows of this length that overlap by half, seconds."""

CHANGED: Final = EVEN
"""Below this score, what comes before and after a moment is rather of two voices than of one."""


def is_steady(speech: Audio, models: VoiceModels) -> bool:
    """Whether some seconds of speech, without the pauses, are of one voice; raises EngineError."""
    size = int(WINDOW_S * SAMPLE_RATE)
    starts = range(0, len(speech) - size + 1, size // 2)
    windows = models.embed([speech[start : start + size] for start in starts])
    return steadiness(windows, models.calibration) >= CHANGED


def steadiness(windows: Sequence[Embedding], calibration: Calibration) -> float:
    """How alike what comes before is to what comes after, where these differ most.

    At each cut one window straddles it and is left out; 1 where there is too little to compare.
    """
    return min(
        (
            _likeness(windows[:straddling], windows[straddling + 1 :], calibration)
            for straddling in range(1, len(windows) - 1)
        ),
        default=1.0,
    )


def _likeness(
    before: Sequence[Embedding], after: Sequence[Embedding], calibration: Calibration
) -> float:
    one, other = np.sum(before, axis=0), np.sum(after, axis=0)
    return calibration.similarity(
        one / np.linalg.norm(one), _seconds(before), other / np.linalg.norm(other), _seconds(after)
    )


def _seconds(windows: Sequence[Embedding]) -> float:
    return WINDOW_S * (len(windows) + 1) / 2
