"""Families of counts and categories."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from distribution_cases.case import Case, from_scipy

COUNTS = np.array([0, 1, 2, 3, 7, 15, 40])
P = np.array([0.2, 0.5, 0.3])
LOGIT = np.array([-0.4, 0.9, 0.1])
CUTPOINTS = np.array([-1.2, 0.3, 0.9])


def negative_binomial(mean: float, dispersion: float) -> Any:
    return stats.nbinom(dispersion, dispersion / (mean + dispersion))


def from_masses(masses: NDArray[Any]) -> Any:
    """The distribution on 0, 1, ... with these probabilities."""
    return stats.rv_discrete(values=(np.arange(len(masses)), masses / masses.sum()))


def categories(name: str, arguments: Any, masses: Any) -> Case:
    """A family of categories whose probabilities are `masses(arguments)`."""
    size = len(masses(arguments))
    return Case(
        name,
        arguments,
        np.arange(size),
        lambda points, a: np.log(masses(a))[points],
        lambda a: from_masses(masses(a)),
        outside=(-1, size),
    )


def _ordered(a: Any) -> NDArray[Any]:
    below = special.expit(a["cutpoints"] - a["eta"])
    return np.diff(below, prepend=0.0, append=1.0)


CASES: tuple[Case, ...] = (
    from_scipy("Bernoulli", {"p": 0.3}, [0, 1], lambda a: stats.bernoulli(a["p"]), (2, -1)),
    from_scipy(
        "Bernoulli",
        {"logit": -0.8},
        [0, 1],
        lambda a: stats.bernoulli(special.expit(a["logit"])),
        (2, -1),
    ),
    from_scipy(
        "Binomial",
        {"n": 12, "p": 0.35},
        [0, 1, 5, 11, 12],
        lambda a: stats.binom(a["n"], a["p"]),
        (13, -1),
    ),
    from_scipy(
        "Binomial",
        {"n": 12, "logit": -0.6},
        [0, 1, 5, 11, 12],
        lambda a: stats.binom(a["n"], special.expit(a["logit"])),
        (13, -1),
    ),
    from_scipy(
        "BetaBinomial",
        {"n": 12, "a": 1.7, "b": 2.6},
        [0, 1, 5, 11, 12],
        lambda a: stats.betabinom(a["n"], a["a"], a["b"]),
        (13, -1),
    ),
    from_scipy("Poisson", {"rate": 3.4}, COUNTS, lambda a: stats.poisson(a["rate"]), (-1, 0.5)),
    from_scipy(
        "Poisson",
        {"log_rate": 1.2},
        COUNTS,
        lambda a: stats.poisson(np.exp(a["log_rate"])),
        (-1, 0.5),
    ),
    from_scipy(
        "NegativeBinomial",
        {"mean": 4.2, "dispersion": 1.6},
        COUNTS,
        lambda a: negative_binomial(a["mean"], a["dispersion"]),
        (-1, 0.5),
    ),
    from_scipy(
        "NegativeBinomial",
        {"log_mean": 1.1, "dispersion": 30.0},
        COUNTS,
        lambda a: negative_binomial(np.exp(a["log_mean"]), a["dispersion"]),
        (-1, 0.5),
    ),
    from_scipy("Geometric", {"p": 0.3}, COUNTS, lambda a: stats.geom(a["p"], -1), (-1, 0.5)),
    from_scipy(
        "Geometric",
        {"logit": -1.1},
        COUNTS,
        lambda a: stats.geom(special.expit(a["logit"]), -1),
        (-1, 0.5),
    ),
    from_scipy(
        "DiscreteUniform",
        {"low": -2, "high": 5},
        [-2, 0, 5],
        lambda a: stats.randint(a["low"], a["high"] + 1),
        (-3, 6),
    ),
    categories("Categorical", {"p": P}, lambda a: a["p"]),
    categories("Categorical", {"logit": LOGIT}, lambda a: special.softmax(a["logit"])),
    categories("OrderedLogistic", {"eta": 0.4, "cutpoints": CUTPOINTS}, _ordered),
)
"""One for each form."""
