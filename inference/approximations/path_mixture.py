"""Normals whose inverse Hessian is known in factored form, and a mixture of them.

L-BFGS keeps ``S`` and ``Z`` [pair, dim], the last differences of positions and of gradients of
``-log p``, and a diagonal ``a``. With ``R`` the upper triangle of ``S Z^T`` and ``E`` its diagonal,
its inverse Hessian is

    diag(a) + B C B^T,  B = [a Z^T, S^T],
    C = [[0, -R^-1], [-R^-T, R^-T (E + Z a Z^T) R^-1]].

With ``Q T`` the QR decomposition of ``a^(-1/2) B`` and ``L L^T = I + T C T^T`` a draw is
``mean + a^(1/2) (Q L Q^T e + e - Q Q^T e)``: no [dim, dim] matrix is formed.

Source: Zhang, Carpenter, Gelman & Vehtari (2022), "Pathfinder: parallel quasi-Newton variational
inference", section 2.2 and algorithms 3 and 4; Byrd, Nocedal & Schnabel (1994), theorem 2.2.
"""

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import solve_triangular

from gendsl.inference.randomness import Draws


class Factored(NamedTuple):
    """A normal: ``mean`` [dim], ``scale`` [dim] = a^(1/2), ``basis`` Q [dim, k], ``root`` L [k, k].

    ``k`` is the smaller of ``dim`` and twice the number of pairs.
    """

    mean: jax.Array
    scale: jax.Array
    basis: jax.Array
    root: jax.Array


def factored(
    position: jax.Array,
    gradient: jax.Array,
    diagonal: jax.Array,
    moves: jax.Array,
    turns: jax.Array,
) -> Factored:
    """Return the normal centred where a Newton step from ``position`` [dim] leads.

    Args:
        gradient: of the log density, there [dim].
        diagonal: ``a`` [dim].
        moves: ``S`` [pair, dim], oldest first; rows of zeros stand for pairs not yet made.
        turns: ``Z`` [pair, dim].
    """
    products = jnp.triu(moves @ turns.T)
    is_empty = jnp.diagonal(products) == 0
    products = products + jnp.diag(jnp.where(is_empty, 1.0, 0.0))
    inverse = solve_triangular(products, jnp.eye(len(products), dtype=products.dtype))
    middle = jnp.diag(jnp.diagonal(products)) + (turns * diagonal) @ turns.T
    corner = jnp.zeros_like(inverse)
    core = jnp.block([[corner, -inverse], [-inverse.T, inverse.T @ middle @ inverse]])
    wings = jnp.concatenate([diagonal * turns, moves]).T
    scale = jnp.sqrt(diagonal)
    basis, upper = jnp.linalg.qr(wings / scale[:, None])
    inner = jnp.eye(len(upper), dtype=upper.dtype) + upper @ core @ upper.T
    root = jnp.linalg.cholesky(0.5 * (inner + inner.T))
    mean = position + diagonal * gradient + wings @ (core @ (wings.T @ gradient))
    return Factored(mean, scale, basis, root)


def place(normal: Factored, noise: jax.Array) -> jax.Array:
    """Return the draw [dim] that standard normals ``noise`` [dim] make."""
    inside = normal.basis.T @ noise
    return normal.mean + normal.scale * (noise + normal.basis @ (normal.root @ inside - inside))


def unplace(normal: Factored, position: jax.Array) -> jax.Array:
    """Return the noise [dim] of which :func:`place` makes ``position`` [dim]."""
    off = (position - normal.mean) / normal.scale
    inside = normal.basis.T @ off
    return off + normal.basis @ (solve_triangular(normal.root, inside, lower=True) - inside)


def log_volume(normal: Factored) -> jax.Array:
    """Return the log determinant of :func:`place` (scalar), half the covariance's."""
    return jnp.sum(jnp.log(normal.scale)) + jnp.sum(jnp.log(jnp.diagonal(normal.root)))


def log_density(normal: Factored, position: jax.Array) -> jax.Array:
    """Return the log density (scalar) at ``position`` [dim]."""
    square = jnp.sum(unplace(normal, position) ** 2)
    return -0.5 * square - log_volume(normal) - 0.5 * len(position) * float(np.log(2.0 * np.pi))


class Paths(NamedTuple):
    """The parts of a mixture; all fields have a leading axis [path].

    Attributes:
        normals: of each path.
        log_weights: up to a constant; ``-inf`` for a path that led nowhere.
    """

    normals: Factored
    log_weights: jax.Array


@dataclass(frozen=True, slots=True)
class PathMixture:
    """Weighted factored normals; a :class:`gendsl.inference.approximations.guide.Guide`."""

    size: int

    def draw(self, draws: Draws, params: Paths, count: int) -> tuple[jax.Array, jax.Array]:
        """See :class:`gendsl.inference.approximations.guide.Guide`."""

        def one(draws: Draws) -> jax.Array:
            for_path, for_noise = draws.parts(2)
            path = for_path.choose(params.log_weights)
            normal: Factored = jax.tree.map(lambda field: field[path], params.normals)
            return place(normal, for_noise.normals(self.size, normal.mean.dtype))

        positions = draws.map(one, count)
        return positions, jax.vmap(self.log_density, (None, 0))(params, positions)

    def log_density(self, params: Paths, position: jax.Array) -> jax.Array:
        """See :class:`gendsl.inference.approximations.guide.Guide`."""
        each = jax.vmap(log_density, (0, None))(params.normals, position)
        log_shares = jax.nn.log_softmax(params.log_weights)
        # The normal of a path that led nowhere may not be a number.
        is_used = log_shares > -jnp.inf
        parts = jnp.where(is_used, each, 0.0) + jnp.where(is_used, log_shares, -jnp.inf)
        log_sum: jax.Array = jax.scipy.special.logsumexp(parts)
        return log_sum
