"""What a function says several times is computed once, and comes to the same."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import solve_triangular

from gendsl.executables.shared_work import without_repeats


def _model(x: jax.Array, length: jax.Array) -> jax.Array:
    distance = (x[:, None] - x) / length
    return jnp.linalg.cholesky(jnp.exp(-0.5 * distance**2) + 0.1 * jnp.eye(len(x)))


def _looped(x: jax.Array, power: float) -> jax.Array:
    def turn(total: jax.Array, value: jax.Array) -> tuple[jax.Array, None]:
        return jax.lax.cond(value > 0, lambda t: t + value**power, lambda t: t, total), None

    return jax.lax.scan(turn, jnp.zeros(()), x)[0]


def _several(key: jax.Array, x: jax.Array, length: jax.Array) -> dict[str, jax.Array]:
    return {
        "volume": jnp.sum(jnp.log(jnp.diag(_model(x, length)))),
        "white": solve_triangular(_model(x, length), x, lower=True),
        "wider": jnp.trace(_model(x, 2.0 * length)),
        "draws": jax.random.normal(key, (3,)) + jax.random.normal(key, (3,)),
        "looped": _looped(x, 2.0) + _looped(x, 2.0),
        "other": _looped(x, 3.0),
        "sorted": jax.lax.top_k(x, 2)[0] + x[jax.lax.top_k(x, 2)[1]],
    }


def _count(jaxpr: Any, name: str) -> int:
    """How many equations a function has of a primitive, those inside of others too."""
    inside = [
        part.jaxpr if hasattr(part, "jaxpr") else part
        for equation in jaxpr.eqns
        for part in equation.params.values()
        if hasattr(part, "eqns") or hasattr(part, "jaxpr")
    ]
    own = sum(name == str(equation.primitive) for equation in jaxpr.eqns)
    return own + sum(_count(part, name) for part in inside)


def test_each_equation_is_there_once() -> None:
    arguments = jax.random.key(1), np.linspace(-1.0, 1.0, 5), np.float64(0.7)
    closed = jax.jit(_several).trace(*arguments).jaxpr
    jaxpr = without_repeats(closed)

    assert (_count(closed.jaxpr, "cholesky"), _count(jaxpr, "cholesky")) == (3, 2)
    assert (_count(closed.jaxpr, "scan"), _count(jaxpr, "scan")) == (3, 2)
    leaves = jax.tree.leaves(arguments)
    whole, once = (
        jax.jit(partial(jax.core.eval_jaxpr, which, closed.consts))(*leaves)
        for which in (closed.jaxpr, jaxpr)
    )
    for before, after in zip(whole, once, strict=True):
        np.testing.assert_array_equal(before, after)
    assert len(without_repeats(closed.replace(jaxpr=jaxpr)).eqns) == len(jaxpr.eqns)
