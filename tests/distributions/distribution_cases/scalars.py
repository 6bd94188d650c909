"""Families of real scalars."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special, stats

from distribution_cases.case import Case, from_scipy

WIDE = np.array([-30.0, -4.0, -1.2, -0.3, 0.0, 0.4, 1.0, 1.7, 5.0, 60.0])
POSITIVE = np.array([1e-6, 0.01, 0.2, 0.7, 1.0, 1.9, 4.0, 11.0, 50.0])
UNIT = np.array([1e-8, 0.01, 0.2, 0.5, 0.7, 0.95, 1 - 1e-6])


class Frozen:
    """The part of a frozen SciPy distribution that the tests use, from a log density and a CDF."""

    def __init__(self, logpdf: Any, cdf: Any, mean: float, variance: float) -> None:
        self.logpdf, self.cdf, self._mean, self._variance = logpdf, cdf, mean, variance

    def mean(self) -> float:
        return self._mean

    def var(self) -> float:
        return self._variance


def half_student_t(a: Any) -> Frozen:
    t = stats.t(a["df"], 0, a["scale"])
    ratio = np.exp(special.gammaln((a["df"] + 1) / 2) - special.gammaln(a["df"] / 2))
    mean = 2 * a["scale"] * np.sqrt(a["df"] / np.pi) * ratio / (a["df"] - 1)
    return Frozen(
        lambda x: np.log(2) + t.logpdf(x),
        lambda x: 2 * t.cdf(x) - 1,
        mean,
        t.var() - mean**2,
    )


def kumaraswamy(a: Any) -> Frozen:
    shape, rest = a["a"], a["b"]
    first = rest * special.beta(1 + 1 / shape, rest)
    return Frozen(
        lambda x: (
            np.log(shape * rest)
            + (shape - 1) * np.log(x)
            + (rest - 1) * np.log(-np.expm1(shape * np.log(x)))
        ),
        lambda x: 1 - (1 - np.clip(x, 0, 1) ** shape) ** rest,
        first,
        rest * special.beta(1 + 2 / shape, rest) - first**2,
    )


def asymmetric_laplace(a: Any) -> Frozen:
    loc, scale, q = a["loc"], a["scale"], a["quantile"]

    def logpdf(x: Any) -> Any:
        z = (x - loc) / scale
        return np.log(q * (1 - q) / scale) - z * (q - (z < 0))

    def cdf(x: Any) -> Any:
        z = (x - loc) / scale
        return np.where(z < 0, q * np.exp((1 - q) * z), 1 - (1 - q) * np.exp(-q * z))

    mean = loc + scale * (1 - 2 * q) / (q * (1 - q))
    return Frozen(logpdf, cdf, mean, scale**2 * (1 - 2 * q + 2 * q**2) / (q * (1 - q)) ** 2)


def _von_mises(a: Any) -> Any:
    return stats.vonmises(a["concentration"], a["loc"])


CASES: tuple[Case, ...] = (
    from_scipy(
        "Normal", {"loc": 0.7, "scale": 1.9}, WIDE, lambda a: stats.norm(a["loc"], a["scale"])
    ),
    from_scipy(
        "StudentT",
        {"df": 4.5, "loc": -0.4, "scale": 1.3},
        WIDE,
        lambda a: stats.t(a["df"], a["loc"], a["scale"]),
    ),
    from_scipy(
        "Cauchy", {"loc": 0.3, "scale": 2.0}, WIDE, lambda a: stats.cauchy(a["loc"], a["scale"])
    ),
    from_scipy(
        "Laplace", {"loc": 0.31, "scale": 0.8}, WIDE, lambda a: stats.laplace(a["loc"], a["scale"])
    ),
    from_scipy(
        "Logistic",
        {"loc": -0.2, "scale": 1.4},
        WIDE,
        lambda a: stats.logistic(a["loc"], a["scale"]),
    ),
    from_scipy(
        "Gumbel",
        {"loc": 0.5, "scale": 1.5},
        WIDE[2:],
        lambda a: stats.gumbel_r(a["loc"], a["scale"]),
    ),
    from_scipy(
        "SkewNormal",
        {"loc": 0.5, "scale": 1.6, "shape": 2.5},
        np.array([-6.0, -1.2, -0.3, 0.4, 1.0, 5.0]),
        lambda a: stats.skewnorm(a["shape"], a["loc"], a["scale"]),
    ),
    from_scipy(
        "AsymmetricLaplace",
        {"loc": 0.31, "scale": 0.7, "quantile": 0.25},
        WIDE,
        asymmetric_laplace,
    ),
    from_scipy(
        "ExGaussian",
        {"loc": 0.4, "scale": 0.6, "rate": 1.5},
        np.array([-2.0, -0.5, 0.0, 0.4, 1.0, 3.0, 12.0]),
        lambda a: stats.exponnorm(1 / (a["rate"] * a["scale"]), a["loc"], a["scale"]),
    ),
    from_scipy(
        "VonMises",
        {"loc": 0.6, "concentration": 2.2},
        np.array([-3.1, -1.0, 0.0, 0.6, 2.0, 3.1]),
        _von_mises,
        outside=(-3.3, 3.3),
    ),
    from_scipy(
        "HalfNormal", {"scale": 1.4}, POSITIVE, lambda a: stats.halfnorm(0, a["scale"]), (-0.5,)
    ),
    from_scipy("HalfStudentT", {"df": 4.5, "scale": 1.4}, POSITIVE, half_student_t, (-0.5,)),
    from_scipy(
        "HalfCauchy", {"scale": 1.4}, POSITIVE, lambda a: stats.halfcauchy(0, a["scale"]), (-0.5,)
    ),
    from_scipy(
        "LogNormal",
        {"loc": 0.2, "scale": 0.9},
        POSITIVE,
        lambda a: stats.lognorm(a["scale"], 0, np.exp(a["loc"])),
        (-0.5,),
    ),
    from_scipy(
        "Exponential", {"rate": 1.7}, POSITIVE, lambda a: stats.expon(0, 1 / a["rate"]), (-0.5,)
    ),
    from_scipy(
        "Gamma",
        {"shape": 2.3, "rate": 1.7},
        POSITIVE,
        lambda a: stats.gamma(a["shape"], 0, 1 / a["rate"]),
        (-0.5,),
    ),
    from_scipy(
        "InverseGamma",
        {"shape": 5.3, "scale": 1.7},
        POSITIVE[1:],
        lambda a: stats.invgamma(a["shape"], 0, a["scale"]),
        (-0.5,),
    ),
    from_scipy("ChiSquared", {"df": 3.5}, POSITIVE, lambda a: stats.chi2(a["df"]), (-0.5,)),
    from_scipy(
        "Weibull",
        {"shape": 1.6, "scale": 2.1},
        POSITIVE,
        lambda a: stats.weibull_min(a["shape"], 0, a["scale"]),
        (-0.5,),
    ),
    from_scipy(
        "Pareto",
        {"scale": 0.8, "shape": 3.4},
        np.array([0.81, 1.0, 2.0, 9.0, 300.0]),
        lambda a: stats.pareto(a["shape"], 0, a["scale"]),
        (0.7, -1.0),
    ),
    from_scipy(
        "Uniform",
        {"low": -0.7, "high": 2.5},
        np.array([-0.69, 0.0, 1.0, 2.49]),
        lambda a: stats.uniform(a["low"], a["high"] - a["low"]),
        (-0.8, 2.6),
    ),
    from_scipy(
        "LogUniform",
        {"low": 0.01, "high": 30.0},
        np.array([0.011, 0.2, 1.0, 29.0]),
        lambda a: stats.loguniform(a["low"], a["high"]),
        (0.009, 31.0, -1.0),
    ),
    from_scipy(
        "Beta", {"a": 2.3, "b": 1.4}, UNIT, lambda a: stats.beta(a["a"], a["b"]), (-0.1, 1.1)
    ),
    from_scipy(
        "BetaProportion",
        {"mean": 0.3, "concentration": 6.0},
        UNIT,
        lambda a: stats.beta(a["mean"] * a["concentration"], (1 - a["mean"]) * a["concentration"]),
        (-0.1, 1.1),
    ),
    from_scipy("Kumaraswamy", {"a": 2.3, "b": 1.4}, UNIT, kumaraswamy, (-0.1, 1.1)),
)
"""One each."""
