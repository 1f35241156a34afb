"""Makes probabilities mean what they say. Pure numpy.

Guo et al. 2017, "On calibration of modern neural networks": one temperature for all logits.
One more number moves the neutral band: people are neutral more often than training had it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analyzer_worker.analyzer import LABELS
from contract.values import SentimentLabel

NEUTRAL: Final = LABELS.index("neutral")
BINS: Final = 15


@dataclass(frozen=True)
class Adjustment:
    """logits → logits / temperature, plus `neutral` on the neutral one."""

    temperature: float
    neutral: float
    surprise: float = 0.0
    """Mean negative log-probability of the right labels under it, nats."""

    def apply(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """The logits, [texts, labels], adjusted."""
        adjusted: NDArray[np.float64] = logits / self.temperature
        adjusted[:, NEUTRAL] += self.neutral
        return adjusted


def fit(
    logits: NDArray[np.float64],
    labels: Sequence[SentimentLabel],
    weights: NDArray[np.float64],
    decided: NDArray[np.bool_],
) -> Adjustment:
    """The adjustment under which `labels` are likeliest; `weights` say how much each counts.

    `decided` are texts that can't be neutral, reviews: they say nothing of the neutral band.
    """
    from scipy.optimize import minimize

    rows, columns = np.arange(len(labels)), [LABELS.index(label) for label in labels]

    def surprise(numbers: NDArray[np.float64]) -> float:
        adjusted = Adjustment(float(np.exp(numbers[0])), float(numbers[1])).apply(logits)
        adjusted[decided, NEUTRAL] = -np.inf
        chosen = np.log(softmax(adjusted)[rows, columns] + 1e-12)
        return float(-(weights * chosen).sum() / weights.sum())

    found = minimize(surprise, np.zeros(2), method="Nelder-Mead")
    return Adjustment(float(np.exp(found.x[0])), float(found.x[1]), float(found.fun))


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities, row by row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def expected_calibration_error(confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """How far confidence is from the share of right answers, over 15 bins of confidence."""
    bins = np.minimum((confidences * BINS).astype(int), BINS - 1)
    error = 0.0
    for index in np.unique(bins):
        inside = bins == index
        error += inside.mean() * abs(float(confidences[inside].mean() - right[inside].mean()))
    return error
