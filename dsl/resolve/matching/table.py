"""The table of distances between the functions of a network and those of a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gendsl.resolve.inference_piece import Setting, count, real

_STEPS = (
    count("points", 20, 1, "inputs of a measurement set: functions are compared there", 1000),
    count("draws", 128, 8, "functions of each, drawn for a step", 100_000),
    count("steps", 300, 1, "steps of Adam", 1_000_000),
    count("starts", 4, 1, "scales at which it begins: those written, and others at random", 1000),
    real("rate", 0.05, 1e-6, 1.0, "the first step of Adam, on the log scale of a factor"),
    count("seed", 0, 0, "of the functions and of the inputs that are drawn"),
)


@dataclass(frozen=True, slots=True)
class DistanceRow:
    """A distance that `by` may name: what it is, its formula, its source and its settings."""

    name: str
    help: str
    formula: str
    source: str
    settings: tuple[Setting, ...]


DISTANCES: Mapping[str, DistanceRow] = MappingProxyType(
    {
        row.name: row
        for row in (
            DistanceRow(
                "sliced_wasserstein",
                "the root mean square, over directions, of projections' 2-Wasserstein distances",
                r"\bigl(\mathbb{E}_\theta\, W_2^2(\theta^\top f, \theta^\top g)\bigr)^{1/2}",
                "Bonneel, Rabin, Peyré & Pfister (2015), Definition 1",
                (count("projections", 64, 1, "directions of a step", 100_000), *_STEPS),
            ),
            DistanceRow(
                "wasserstein",
                "the largest difference of means under a function with slope at most 1, learnt",
                r"W_1(f, g) = \sup_{\mathrm{Lip}(\phi) \le 1}"
                r" \mathbb{E}\,\phi(f) - \mathbb{E}\,\phi(g)",
                "Tran, Rossi, Milios & Filippone (2022), equations 14 and 18",
                (
                    count("critic_steps", 20, 1, "steps of the critic before each", 10_000),
                    count("units", 100, 1, "units of its two hidden layers", 10_000),
                    real("penalty", 10.0, 0.0, 1e6, "weight of its slope's distance from 1"),
                    *_STEPS,
                ),
            ),
        )
    }
)
"""Distances by name."""

DEFAULT = "sliced_wasserstein"
"""The distance where `by` is left out."""
