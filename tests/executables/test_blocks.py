"""Rows in blocks: the same values, from blocks that suit the largest array."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gendsl.executables import block_size, blocks, in_blocks


def _factor(row: dict[str, jax.Array]) -> dict[str, jax.Array]:
    covariance = row["x"] * row["x"][:, None] + jnp.eye(6)
    return {"diagonal": jnp.diag(jnp.linalg.cholesky(covariance)), "whole": row["scale"] * 2}


@pytest.mark.parametrize("most", [8_000_000, 80, 1])
def test_blocks_have_the_values_of_one_batch(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_MOST", most)
    rng = np.random.default_rng(1)
    rows = {"x": jnp.asarray(rng.normal(size=(7, 6))), "scale": jnp.arange(7.0)}
    wanted = jax.vmap(_factor)(rows)
    found = jax.jit(lambda given: in_blocks(_factor, given))(rows)
    assert found.keys() == wanted.keys()
    for name in wanted:
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-6)


@pytest.mark.parametrize("count, wanted", [(100_000, 2048), (1000, 1000)])
def test_sizes_are_those_of_the_largest_array_within(count: int, wanted: int) -> None:
    """A matrix of 60 x 60 in a branch of a loop: 8e6 / 3600 rows, down to a power of 2."""

    def inner(x: jax.Array) -> jax.Array:
        return jax.lax.cond(x.sum() > 0, lambda: jnp.outer(x, x).sum(0), lambda: x)

    def of_one(x: jax.Array) -> jax.Array:
        return jax.lax.fori_loop(0, 3, lambda _, x: inner(x), x)

    jaxpr = jax.make_jaxpr(of_one)(jnp.ones(60)).jaxpr
    assert block_size(jaxpr, count) == wanted
