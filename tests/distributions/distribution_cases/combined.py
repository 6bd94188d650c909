"""Families built on others, by brute force over their definitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpyro.distributions as dist
from scipy import special, stats

import gendsl.backends.numpyro.distributions.tails_normal  # noqa: F401  the rules of `Censored`
from distribution_cases.case import Case
from distribution_cases.counts import COUNTS, from_masses, negative_binomial
from gendsl.backends.numpyro.distributions.negative_binomial import NegativeBinomial

LIMIT = 400
WEIGHTS = np.array([0.3, 0.6, 0.1])
LOCS, SCALES = np.array([-2.0, 0.5, 3.0]), np.array([0.5, 1.0, 2.0])


class MixtureReference:
    """A mixture of frozen SciPy distributions."""

    def __init__(self, weights: Any, parts: list[Any]) -> None:
        self.weights, self.parts = weights, parts

    def logpdf(self, x: Any) -> Any:
        return special.logsumexp([p.logpdf(x) for p in self.parts], axis=0, b=self.weights[:, None])

    def cdf(self, x: Any) -> Any:
        return sum(w * p.cdf(x) for w, p in zip(self.weights, self.parts, strict=True))

    def mean(self) -> float:
        return sum(w * p.mean() for w, p in zip(self.weights, self.parts, strict=True))

    def var(self) -> float:
        squares = [p.var() + p.mean() ** 2 for p in self.parts]
        return float(self.weights @ np.array(squares)) - self.mean() ** 2


def inflated(gate: float, base: Any) -> Any:
    masses = (1 - gate) * base.pmf(np.arange(LIMIT))
    masses[0] += gate
    return masses


def hurdle(gate: float, base: Any) -> Any:
    masses = (1 - gate) * base.pmf(np.arange(LIMIT)) / base.sf(0)
    masses[0] = gate
    return masses


def of_counts(name: str, gate: float, base: Any, masses: Any, reference: Any) -> Case:
    frozen = from_masses(masses(gate, reference))
    return Case(
        name,
        {"gate": gate, "base": base},
        COUNTS,
        lambda x, a: np.log(masses(a["gate"], reference)[x]),
        lambda a: frozen,
        mean=frozen.mean(),
        variance=frozen.var(),
        outside=(-1, 0.5),
    )


def mixture(component: Any, parts: list[Any], points: Any) -> Case:
    reference = MixtureReference(WEIGHTS, parts)
    return Case(
        "Mixture",
        {"weights": WEIGHTS, "component": component},
        points,
        lambda x, a: MixtureReference(a["weights"], parts).logpdf(x),
        lambda a: reference,
        mean=reference.mean(),
        variance=reference.var(),
    )


def _censored(x: Any, a: Any) -> Any:
    base, lower, upper = stats.norm(0.5, 2.0), a["lower"], a["upper"]
    inner = np.where(x >= upper, base.logsf(upper), base.logpdf(x))
    return np.where(x <= lower, base.logcdf(lower), inner)


class _Inside:
    """Draws of a censored Gaussian that are not at a bound: a truncated one."""

    def cdf(self, x: Any) -> Any:
        return stats.truncnorm(-0.75, 0.75, 0.5, 2.0).cdf(x)


CASES: tuple[Case, ...] = (
    of_counts("ZeroInflated", 0.3, dist.Poisson(3.4), inflated, stats.poisson(3.4)),
    of_counts(
        "ZeroInflated",
        0.2,
        NegativeBinomial(log_mean=np.log(4.2), dispersion=1.6),
        inflated,
        negative_binomial(4.2, 1.6),
    ),
    of_counts("Hurdle", 0.3, dist.Poisson(0.4), hurdle, stats.poisson(0.4)),
    of_counts(
        "Hurdle",
        0.6,
        NegativeBinomial(log_mean=np.log(4.2), dispersion=0.6),
        hurdle,
        negative_binomial(4.2, 0.6),
    ),
    mixture(
        dist.Normal(LOCS, SCALES),
        [stats.norm(m, s) for m, s in zip(LOCS, SCALES, strict=True)],
        np.array([-9.0, -2.0, 0.0, 1.0, 30.0]),
    ),
    mixture(
        [dist.Laplace(0.1, 1.0), dist.Gamma(2.0, 1.0), dist.Uniform(1.0, 2.0)],
        [stats.laplace(0.1, 1.0), stats.gamma(2.0), stats.uniform(1.0, 1.0)],
        np.array([-9.0, -2.0, 0.3, 1.5, 30.0]),
    ),
    Case(
        "Censored",
        {"base": dist.Normal(0.5, 2.0), "lower": -1.0, "upper": 2.0},
        np.array([-1.0, -0.99, 0.0, 1.99, 2.0]),
        _censored,
        lambda a: _Inside(),
        lambda draws: draws[(draws > -1.0) & (draws < 2.0)],
    ),
    Case(
        "Censored",
        {"base": dist.Normal(0.5, 2.0), "upper": 2.0},
        np.array([-9.0, 0.0, 1.99, 2.0]),
        lambda x, a: _censored(x, {"lower": -np.inf, **a}),
        lambda a: stats.truncnorm(-np.inf, 0.75, 0.5, 2.0),
        lambda draws: draws[draws < 2.0],
    ),
)
"""Each combinator on two bases."""
