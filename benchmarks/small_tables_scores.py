"""Scores of predicted classes and numbers; the smaller the better but for AUC and coverage.

Of classes, from probabilities p [row, class]:

- AUC: the probability that a row of a class has a larger p of it than a row of another class has,
  ties counted half; with more classes than two the mean over them, each against all others;
- NLL: minus the mean over rows of log p of the row's own class;
- ECE: of the most probable class in 10 equal bins of its probability, the mean over rows of
  |share of the bin's rows that are of that class - mean probability in the bin| (Naeini, Cooper &
  Hauskrecht 2015).

Of numbers, in the units of the table: RMSE of the mean, NLL of the density, and the share of rows
inside the central interval of 90%.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Array = NDArray[np.float64]
BINS = 10
LEAST = 1e-15
"""Of a probability, so that one of 0 costs 34.5 nats and not all."""


@dataclass(frozen=True)
class Classes:
    """Predicted probabilities [row, class]."""

    probabilities: Array


@dataclass(frozen=True)
class Numbers:
    """Predicted means, log densities at the truth, and ends of the central 90%, all [row]."""

    mean: Array
    log_density: Array
    low: Array
    high: Array


def scores(found: Classes | Numbers, y: Array) -> dict[str, float]:
    """The scores of a split by name."""
    if isinstance(found, Numbers):
        return {
            "RMSE": float(np.sqrt(np.mean((found.mean - y) ** 2))),
            "NLL": float(-np.mean(found.log_density)),
            "90%": float(np.mean((found.low <= y) & (y <= found.high))),
        }
    p = found.probabilities
    own = p[np.arange(len(y)), y.astype(int)]
    return {
        "AUC": auc(p, y),
        "NLL": float(-np.mean(np.log(np.maximum(own, LEAST)))),
        "ECE": ece(p, y),
    }


def auc(p: Array, y: Array) -> float:
    """The area under the curve, a mean over classes where there are more than two."""
    chosen = [1] if p.shape[1] == 2 else range(p.shape[1])
    found = []
    for k in chosen:
        is_of = y == k
        count, ranks = int(is_of.sum()), rankdata(p[:, k])
        pairs = count * (len(y) - count)
        found.append((ranks[is_of].sum() - count * (count + 1) / 2) / pairs)
    return float(np.mean(found))


def ece(p: Array, y: Array) -> float:
    """The expected calibration error of the most probable class."""
    top, is_right = p.max(axis=1), p.argmax(axis=1) == y
    place = np.minimum((top * BINS).astype(int), BINS - 1)
    gap = np.bincount(place, is_right - top, BINS)
    return float(np.abs(gap).sum() / len(y))
