"""Weighted populations of particles, which stand for measures.

A population stands for the measure

    mu(f) = exp(log_evidence) sum_i exp(log_weights_i) f(positions_i),

and is properly weighted for a target measure ``gamma`` if ``E[mu(f)] = gamma(f)`` for every ``f``.
Every combinator keeps its promise in these terms (law W1) and returns normalised weights, so that
``log_evidence`` is the estimate of the target's total mass.

Sources: Del Moral (2004), "Feynman-Kac formulae"; Naesseth, Lindsten & Schön (2015), "Nested
sequential Monte Carlo methods", definition 1 (properly weighted).
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.scipy.special import logsumexp


class Weighted(NamedTuple):
    """Particles, their weights and the mass they stand for.

    Attributes:
        positions: [particle, dim], or any pytree of arrays whose first axis is the particle's.
        log_weights: [particle]; their exponentials add up to one.
        log_evidence: scalar, the log of the estimated total mass; -inf once nothing is left.
    """

    positions: Any
    log_weights: jax.Array
    log_evidence: jax.Array

    @property
    def size(self) -> int:
        """How many particles there are."""
        return len(self.log_weights)


def even(positions: Any) -> Weighted:
    """Return independent draws from a distribution as a population of mass one."""
    first = jax.tree.leaves(positions)[0]
    dtype = jnp.result_type(float)
    log_weights = jnp.full(first.shape[0], -jnp.log(first.shape[0]), dtype)
    return Weighted(positions, log_weights, jnp.zeros((), dtype))


def normalise(log_weights: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return log weights [particle] that add up to one, and the log of what they added up to.

    Where all are -inf the total is -inf too, and the weights are equal: what is left is a
    population of mass nothing, which stays right and makes no NaN.
    """
    total = logsumexp(log_weights)
    is_lost = total == -jnp.inf
    equal = -jnp.log(jnp.asarray(len(log_weights), log_weights.dtype))
    return jnp.where(is_lost, equal, log_weights - jnp.where(is_lost, 0.0, total)), total


def reweight(population: Weighted, increments: jax.Array) -> Weighted:
    """Return the population with the weights multiplied by ``exp(increments)`` [particle].

    It then stands for the measure ``exp(increment(x)) mu(dx)``. An increment that is no number, or
    +inf, counts as -inf: what has no density has no weight.
    """
    is_density = increments < jnp.inf
    raw = population.log_weights + jnp.where(is_density, increments, -jnp.inf)
    log_weights, total = normalise(raw)
    return Weighted(population.positions, log_weights, population.log_evidence + total)


def ess(log_weights: jax.Array) -> jax.Array:
    """Return the effective sample size of weights, ``(sum w)^2 / sum w^2``, in [1, particle].

    The weights need not add up to one. It is 0 where all weights are zero.

    Source: Kong, Liu & Wong (1994), "Sequential imputations and Bayesian missing data problems".
    """
    total = logsumexp(log_weights)
    size = jnp.exp(2.0 * total - logsumexp(2.0 * log_weights))
    return jnp.where(total == -jnp.inf, jnp.zeros_like(size), size)
