"""Targets with known answers, shared by the tests of the inference core."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference import Site, Target


def _nothing(data: Any, position: jax.Array) -> jax.Array:
    return jnp.zeros((), position.dtype)


def _normal(data: Any, position: jax.Array) -> jax.Array:
    return -0.5 * jnp.sum(((position - data["mean"]) / data["sd"]) ** 2)


def normal(size: int) -> Target:
    """Independent normals; data holds ``mean`` and ``sd``."""
    return Target(_normal, _nothing, size)


UNEQUAL = {"mean": np.zeros(10), "sd": np.geomspace(0.1, 10.0, 10)}
"""For ten coordinates."""


def _correlated(data: Any, position: jax.Array) -> jax.Array:
    return -0.5 * jnp.dot(position, jnp.dot(data, position))


def correlated(size: int) -> Target:
    """A centred normal; data is its precision matrix."""
    return Target(_correlated, _nothing, size)


def _banana(data: Any, position: jax.Array) -> jax.Array:
    first, second = position[0], position[1]
    return -0.5 * first**2 - 0.5 * ((second - first**2) / 0.5) ** 2


BANANA = Target(_banana, _nothing, 2)


def banana_draws(generator: np.random.Generator, count: int) -> np.ndarray:
    """Return exact draws [count, 2] of ``BANANA``."""
    first, noise = generator.standard_normal((2, count))
    return np.stack([first, first**2 + 0.5 * noise], axis=1)


def _cliff(data: Any, position: jax.Array) -> jax.Array:
    return jnp.where(position[0] > 1.0, jnp.nan, -0.5 * jnp.sum(position**2))


CLIFF = Target(_cliff, _nothing, 1)
"""A standard normal that is not a number above one."""


def _nowhere(data: Any, position: jax.Array) -> jax.Array:
    return jnp.sum(position) * 0.0 - jnp.inf


NOWHERE = Target(_nowhere, _nothing, 2)


def _half_flat(data: Any, position: jax.Array) -> jax.Array:
    return -0.5 * position[0] ** 2


HALF_FLAT = Target(_half_flat, _nothing, 2)
"""Its second coordinate has no density at all: the gradient there is always zero."""

SCHOOLS_DATA = (
    np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0]),
    np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0]),
)


def _schools_prior(data: Any, position: jax.Array) -> jax.Array:
    mean, log_spread, offsets = position[0], position[1], position[2:]
    spread = jnp.exp(log_spread)
    return (
        -0.5 * (mean / 5.0) ** 2
        - jnp.log1p((spread / 5.0) ** 2)
        + log_spread
        - 0.5 * jnp.sum(offsets**2)
    )


def _schools_likelihood(data: Any, position: jax.Array) -> jax.Array:
    effects, errors = data
    mean, log_spread, offsets = position[0], position[1], position[2:]
    return -0.5 * jnp.sum(((effects - mean - jnp.exp(log_spread) * offsets) / errors) ** 2)


SCHOOLS = Target(
    _schools_prior,
    _schools_likelihood,
    10,
    (Site("mu", 0, 1), Site("log_tau", 1, 2), Site("theta_raw", 2, 10)),
)
"""Eight schools, non-centred: mu ~ N(0, 5), tau ~ half-Cauchy(5)."""


def schools_moments() -> np.ndarray:
    """Return E[mu], E[mu^2], E[log tau], E[(log tau)^2] by quadrature over log tau."""
    effects, errors = SCHOOLS_DATA
    log_spread = np.linspace(-30.0, 12.0, 200_001)
    spread = np.exp(log_spread)
    variance = errors**2 + spread[:, None] ** 2
    precision = 1.0 / 25.0 + np.sum(1.0 / variance, axis=1)
    mean = np.sum(effects / variance, axis=1) / precision
    log_weight = (
        log_spread
        - np.log1p((spread / 5.0) ** 2)
        - 0.5 * np.sum(np.log(variance) + effects**2 / variance, axis=1)
        - 0.5 * np.log(precision)
        + 0.5 * precision * mean**2
    )
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    values = np.stack([mean, mean**2 + 1.0 / precision, log_spread, log_spread**2])
    return values @ weight
