"""Densities of programs that solve equations, where the solver may fail.

A failure has no density, and its slope is no number: both would spoil what they are added to. It is
told apart from other ends: the log likelihood is then the lowest number that there is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.backends.numpyro.visit import Values

Judged = Callable[[Any, jax.Array], tuple[jax.Array, jax.Array]]
"""Of data and a position, a log density and whether everything was solved."""


def is_solved(terms: Values, sites: frozenset[str]) -> jax.Array:
    """Whether none of the sites that stand for a solution rules the position out."""
    return jnp.all(jnp.array([jnp.all(terms[site] == 0.0) for site in sorted(sites)], bool))


def lowest() -> Any:
    """The log likelihood of a failure: the lowest number of JAX's precision."""
    return np.finfo(jnp.result_type(float)).min


def where_solved(judged: Judged, data: Any, position: jax.Array, otherwise: Any) -> jax.Array:
    """The log density where everything was solved, else `otherwise`, with a gradient of 0."""

    @jax.custom_vjp
    def density(position: jax.Array, data: Any) -> jax.Array:
        value, is_fine = judged(data, position)
        return jnp.where(is_fine, value, otherwise)

    def forward(position: jax.Array, data: Any) -> tuple[jax.Array, Any]:
        value, pull_back, is_fine = jax.vjp(lambda at: judged(data, at), position, has_aux=True)
        return jnp.where(is_fine, value, otherwise), (pull_back, is_fine)

    def backward(kept: Any, slope: jax.Array) -> tuple[jax.Array, None]:
        pull_back, is_fine = kept
        (gradient,) = pull_back(jnp.where(is_fine, slope, 0.0))
        return jnp.where(is_fine, gradient, 0.0), None

    density.defvjp(forward, backward)
    found: jax.Array = density(position, data)
    return found
