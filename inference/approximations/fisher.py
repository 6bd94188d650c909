"""The Fisher information of data at a place, from gradients of one row's log likelihood at a time.

With data ``y`` drawn from the model at ``z``, every row apart,

    F = E[sum_r g_r g_r^T],   g_r = d/dz log p(y_r | z),

which is positive however little of a maximum ``z`` is. It is the generalised Gauss-Newton matrix
where the likelihood is an exponential family in its natural parameters: a normal's mean, logits. Of
a block of coordinates that is a matrix, ``G_r`` [left, right] of ``g_r``, there are the squares
``E[sum G^2]``, or two factors,

    F ~ A (x) B / t,   A = E[sum G G^T],   B = E[sum G^T G],   t = E[sum |G|^2],

which has the trace of F. In a dense layer ``G_r`` is ``a_r d_r^T``, of its inputs and of the slopes
at its outputs; there F is such a product where the lengths of the two are independent of them.

Sources: Martens (2020), "New insights and perspectives on the natural gradient method", section 9.2
(sampled targets, Gauss-Newton); Martens & Grosse (2015), "Optimizing neural networks with
Kronecker-factored approximate curvature", section 3.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.executables import stored
from gendsl.inference.arrays import on_host
from gendsl.inference.minibatch import Part
from gendsl.inference.randomness import Draws, Stream
from gendsl.inference.target import Data, Target

_ROWS = 32
_PROBES = 8


@dataclass(frozen=True, slots=True)
class Block:
    """Coordinates ``start`` to ``start + left * right``, as a matrix."""

    start: int
    left: int
    right: int

    @property
    def stop(self) -> int:
        """One past the last coordinate."""
        return self.start + self.left * self.right

    def of(self, vector: jax.Array) -> jax.Array:
        """Return the block's entries of ``vector`` [dim], as a matrix [left, right]."""
        return vector[self.start : self.stop].reshape(self.left, self.right)


class Factors(NamedTuple):
    """Of one block: ``A`` [left, left], ``B`` [right, right] and ``t`` (scalar)."""

    left: jax.Array
    right: jax.Array
    trace: jax.Array


def squares(part: Part, reads: Sequence[Data], position: np.ndarray) -> np.ndarray:
    """Return the diagonal of the information [dim] at ``position`` [dim].

    ``part`` is of one row at a time; ``reads`` are its data, each drawn from the model anew.

    Raises:
        ValueError: if ``part`` is of more rows at a time.
    """
    _check(part)
    found = [np.asarray(_squares(part, read, on_host(position))) for read in reads]
    return np.asarray(np.mean(found, axis=0))


def factors(
    part: Part, blocks: tuple[Block, ...], reads: Sequence[Data], position: np.ndarray
) -> tuple[Factors, ...]:
    """Return the factors of each block, as :func:`squares` does."""
    _check(part)
    found = [_factors(part, blocks, read, on_host(position)) for read in reads]
    mean: tuple[Factors, ...] = jax.tree.map(lambda *each: on_host(np.mean(each, axis=0)), *found)
    return mean


def prior_curvature(
    target: Target, data: Data, position: np.ndarray, words: jax.Array
) -> np.ndarray:
    """Return minus the diagonal of the log prior's Hessian [dim], no entry of it below 0.

    It is exact where the Hessian is diagonal, and otherwise an estimate from Rademacher probes
    (Bekas, Kokiopoulou & Saad 2007).
    """
    found = np.asarray(_prior_curvature(target, data, on_host(position), words))
    return np.maximum(np.where(np.isfinite(found), found, 0.0), 0.0)


def _check(part: Part) -> None:
    if part.batch != 1:
        raise ValueError(f"the information is of one row at a time, not of {part.batch}")


def _over_rows(
    part: Part,
    data: Data,
    position: jax.Array,
    nothing: Any,
    add: Callable[[jax.Array], Any],
) -> Any:
    """Return the sum over rows of what ``add`` makes of the gradients [row, dim] of some."""
    count = part.count
    slope = jax.grad(part.target.log_likelihood, 1)

    def one(row: jax.Array) -> jax.Array:
        # Rows that fill up the last turn count for nothing, as do gradients that are not finite.
        found = slope((jnp.minimum(row, count - 1)[None], data), position) / count
        is_there = (row < count) & jnp.all(jnp.isfinite(found))
        return jnp.where(is_there, found, 0.0)

    def turn(number: jax.Array, total: Any) -> Any:
        rows = number * _ROWS + jnp.arange(_ROWS, dtype=jnp.int32)
        return jax.tree.map(jnp.add, total, add(jax.vmap(one)(rows)))

    return jax.lax.fori_loop(0, -(-count // _ROWS), turn, nothing)


@stored("part")
def _squares(part: Part, data: Data, position: jax.Array) -> jax.Array:
    start = jnp.zeros_like(position)
    total: jax.Array = _over_rows(part, data, position, start, lambda g: jnp.sum(g**2, axis=0))
    return total


@stored("part", "blocks")
def _factors(
    part: Part, blocks: tuple[Block, ...], data: Data, position: jax.Array
) -> tuple[Factors, ...]:
    dtype = position.dtype
    start = tuple(
        Factors(
            jnp.zeros((b.left,) * 2, dtype), jnp.zeros((b.right,) * 2, dtype), jnp.zeros((), dtype)
        )
        for b in blocks
    )

    def add(gradients: jax.Array) -> tuple[Factors, ...]:
        matrices = [jax.vmap(block.of)(gradients) for block in blocks]
        return tuple(
            Factors(jnp.einsum("rij,rkj->ik", g, g), jnp.einsum("rji,rjk->ik", g, g), jnp.sum(g**2))
            for g in matrices
        )

    total: tuple[Factors, ...] = _over_rows(part, data, position, start, add)
    return total


@stored("target")
def _prior_curvature(
    target: Target, data: Data, position: jax.Array, words: jax.Array
) -> jax.Array:
    slope = jax.grad(lambda at: target.log_prior(data, at))

    def probe(draws: Draws) -> jax.Array:
        signs = jnp.where(draws.uniforms(len(position), position.dtype) < 0.5, -1.0, 1.0)
        along: jax.Array = jax.jvp(slope, (position,), (signs,))[1]
        return -signs * along

    return jnp.mean(Stream(words, jnp.uint32(0)).map(probe, _PROBES), axis=0)
