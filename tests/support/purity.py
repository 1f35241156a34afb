"""How well labels agree with the truth, when what the labels are called doesn't matter."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]


def accuracy(turns: Sequence[tuple[str, int | None, float]]) -> float:
    """Share of the time of (true speaker, label, time) right under the best one-to-one naming."""
    names = sorted({who for who, _, _ in turns})
    labels = sorted({label for _, label, _ in turns if label is not None})
    shared = np.zeros((len(names), max(1, len(labels))))
    for who, label, time in turns:
        if label is not None:
            shared[names.index(who), labels.index(label)] += time
    rows, columns = linear_sum_assignment(-shared)
    return float(shared[rows, columns].sum() / sum(time for _, _, time in turns))
