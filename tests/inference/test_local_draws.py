"""Draws of its own for each row of a minibatch: the same mean of gradients, and less variance.

Each of six means has |z| < 4.5 for the difference of two estimators, which fails by chance in
fewer than one case of 10,000.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gendsl.inference.approximations import MeanField, ReverseKl, Variational
from gendsl.inference.approximations.gaussians import Independent
from gendsl.inference.approximations.objectives import slope
from gendsl.inference.minibatch import Part
from gendsl.inference.randomness import Stream
from gendsl.inference.target import Data, Target

ROWS, BATCH, SEEDS = 96, 24, 3000
_RNG = np.random.default_rng(5)
X = np.column_stack([np.ones(ROWS), _RNG.normal(size=(ROWS, 2))])
Y = X @ np.array([0.5, 1.0, -1.0]) + 0.3 * _RNG.normal(size=ROWS)
PARAMS = Independent(np.array([0.6, 0.9, -1.1]), np.log([0.5, 0.4, 0.6]))
GUIDE = MeanField(3)


def _log_prior(data: Data, position: jax.Array) -> jax.Array:
    return -0.5 * jnp.sum(position**2)


def _log_likelihood(data: Data, position: jax.Array) -> jax.Array:
    """Of some rows, for all of them."""
    members, _ = data
    residuals = jnp.asarray(Y)[members] - jnp.asarray(X)[members] @ position
    return -0.5 * jnp.sum(residuals**2) * ROWS / len(members)


def _unscaled(data: Data, position: jax.Array) -> jax.Array:
    """As if each row stood for its share of the batch, and not for all rows."""
    return _log_likelihood(data, position) / BATCH


TARGET = Target(_log_prior, _log_likelihood, 3)


def _gradients(target: Target, num_draws: int, *, is_local: bool) -> np.ndarray:
    """Estimates [seed, 6]."""
    part = Part(target, ROWS, BATCH, is_local)

    def one(seed: jax.Array) -> jax.Array:
        draws = Stream(jnp.array([7, num_draws + is_local], jnp.uint32), seed)
        members, axes = part.members(draws.part(1 << 20)), None
        if is_local:
            members, axes = members[:, None], (0, None)
        data = members, ()
        params = jax.tree.map(jnp.asarray, PARAMS)
        found = slope(target, GUIDE, ReverseKl(num_draws), data, params, draws, axes)
        return jnp.concatenate([found.gradient.mean, found.gradient.log_scale])

    seeds = jnp.arange(SEEDS, dtype=jnp.uint32)
    return np.asarray(jax.jit(lambda seeds: jax.lax.map(one, seeds))(seeds))


def _z(left: np.ndarray, right: np.ndarray) -> float:
    """The largest difference of two means, in standard errors."""
    error = np.sqrt((left.var(axis=0, ddof=1) + right.var(axis=0, ddof=1)) / SEEDS)
    return float(np.max(np.abs(left.mean(axis=0) - right.mean(axis=0)) / error))


def test_rows_with_draws_of_their_own() -> None:
    """One gradient for each row either way; the variance is less than a half of the other."""
    shared = _gradients(TARGET, 1, is_local=False)
    local = _gradients(TARGET, BATCH, is_local=True)
    assert _z(local, shared) < 4.5
    assert (local.var(axis=0) / shared.var(axis=0)).max() < 0.5
    wrong = _gradients(Target(_log_prior, _unscaled, 3), BATCH, is_local=True)
    assert _z(wrong, shared) > 4.5


def test_as_many_draws_as_rows() -> None:
    part = Part(TARGET, ROWS, BATCH, has_draws_of_its_own=True)
    with pytest.raises(ValueError, match="24 rows have draws of their own, and there are 10"):
        Variational(TARGET, GUIDE, ReverseKl(10), part=part)
