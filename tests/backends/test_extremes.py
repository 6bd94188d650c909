"""The largest and smallest entries, and their slopes in compiled programs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gendsl.backends.numpyro.functions.extremes import (
    largest,
    largest_by_group,
    smallest,
    smallest_by_group,
)

X = np.random.default_rng(0).normal(size=(3, 4, 5))


@pytest.mark.parametrize("axis", [None, 1, (0, 2), (0, 1, 2)])
def test_values_are_numpys(axis):
    assert (largest(X, axis) == X.max(axis)).all()
    assert (smallest(X, axis) == X.min(axis)).all()


def test_groups_with_an_empty_one():
    values, index = X.reshape(15, 4), np.arange(15) % 3 * 2
    by = [values[index == group] for group in range(5)]
    top = largest_by_group(jnp.asarray(values), jnp.asarray(index), 5)
    low = smallest_by_group(jnp.asarray(values), jnp.asarray(index), 5)
    for i, rows in enumerate(by):
        assert (top[i] == (rows.max(0) if len(rows) else -np.inf)).all()
        assert (low[i] == (rows.min(0) if len(rows) else np.inf)).all()
    counts = jnp.asarray(np.floor(10 * values).astype(int))
    assert largest_by_group(counts, jnp.asarray(index), 5).dtype == counts.dtype


@pytest.mark.parametrize("group", [False, True])
def test_the_slope_is_that_of_the_entry_where_a_program_computes_it_twice(group):
    """Of -(t - 3 s(u)_max)^2 / 2 + log of a function of all: by the chain rule, in NumPy."""

    def total(u, t):
        x = 3 * jax.nn.sigmoid(u) + 0.37
        top = largest_by_group(x, jnp.zeros(3, int), 1)[0] if group else largest(x)
        return -0.5 * (t - jnp.tanh(top)) ** 2 - jnp.sum(jnp.log1p((x - 0.3) ** 2))

    slope = jax.jit(jax.grad(total))
    for seed in range(100):
        u = np.random.default_rng(seed).normal(size=3)
        s = 1 / (1 + np.exp(-u))
        x = 3 * s + 0.37
        by_x = -2 * (x - 0.3) / (1 + (x - 0.3) ** 2)
        first = np.tanh(x.max())
        by_x[x.argmax()] += (0.2 - first) * (1 - first**2)
        assert np.abs(slope(u, 0.2) - by_x * 3 * s * (1 - s)).max() <= 1e-12
