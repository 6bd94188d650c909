"""What kernels with stochastic gradients are told before they move: scales, noise, a step.

With the Hessian ``H`` of the log density where chains start, and Rademacher probes ``v``,

    D_i = E[(H v)_i^2]^(1/2) = (sum_j H_ij^2)^(1/2),   S_i = (D_i max(l, 1))^(-1/2),

with ``l`` the largest eigenvalue of ``D^(-1/2) H D^(-1/2)``, by power iteration: where coordinates
are correlated it is up to the root of their number. So in the coordinates ``S^(-1) z`` no direction
curves more than 1. The products are central differences of gradients of the whole target. The
variance of the estimated gradients, ``V_i`` of coordinate i, is that over some minibatches.

Source: Yao, Gholami, Shen, Mustafa, Keutzer & Mahoney (2021), "AdaHessian", eq. 7 (root mean square
of products with probes).
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.executables import stored
from gendsl.inference.arrays import on_host
from gendsl.inference.minibatch import Rows
from gendsl.inference.randomness import Draws, Stream
from gendsl.inference.target import Data

_PROBES = 8
_BATCHES = 32
_POWERS = 20


class Tuning(NamedTuple):
    """What the kernels read.

    Attributes:
        scale: ``S`` [dim].
        noise: ``V`` [dim], the variance of ``S g`` over minibatches; 0 where all rows are read.
        step: scalar.
    """

    scale: jax.Array
    noise: jax.Array
    step: jax.Array


def tuning(rows: Rows, data: Data, positions: np.ndarray, words: jax.Array) -> Tuning:
    """Return the tuning by what is seen at ``positions`` [chain, dim]; its step is 1."""
    found = [
        _look(rows, data, on_host(at), words, on_host(np.uint32(i))) for i, at in _each(positions)
    ]
    lengths = np.mean([np.asarray(length) for length, _ in found], axis=0)
    spread = np.mean([np.asarray(variance) for _, variance in found], axis=0)
    is_known = np.isfinite(lengths) & (lengths > 0)
    scale = np.where(is_known, np.where(is_known, lengths, 1.0) ** -0.25, 1.0)
    sharpest = max(
        float(_sharpness(rows, data, on_host(at), on_host(scale), words, on_host(np.uint32(i))))
        for i, at in _each(positions)
    )
    scale = scale / np.sqrt(max(sharpest, 1.0) if np.isfinite(sharpest) else 1.0)
    noise = np.where(np.isfinite(spread), spread, 0.0) * scale**2
    return Tuning(*map(on_host, (scale, noise, np.ones((), scale.dtype))))


def distances(rows: Rows, data: Data, positions: np.ndarray, words: jax.Array) -> np.ndarray:
    """Return how far from an optimum ``positions`` [member, dim] are, in sds: [member].

    That is the root mean square of ``S g`` over the coordinates, each with its own scale.
    """
    found = [
        _slope(rows, data, on_host(at), words, on_host(np.uint32(i))) for i, at in _each(positions)
    ]
    return np.array([float(distance) for distance in found])


def _each(positions: np.ndarray) -> Any:
    return enumerate(np.asarray(positions, jnp.result_type(float)))


@stored("rows")
def _look(
    rows: Rows, data: Data, position: jax.Array, words: jax.Array, index: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Squared lengths of the Hessian's rows [dim], and the variances of estimates [dim]."""
    for_probes, for_batches = Stream(words, index).parts(2)
    size = len(position)

    def product(draws: Draws) -> jax.Array:
        probe = jnp.where(draws.uniforms(size, position.dtype) < 0.5, -1.0, 1.0)
        return _times_hessian(rows, data, position, probe)

    lengths = jnp.mean(for_probes.map(product, _PROBES) ** 2, axis=0)
    if rows.part is None:
        return lengths, jnp.zeros_like(position)
    slopes = for_batches.map(lambda draws: rows.slope(draws, data, position)[1], _BATCHES)
    return lengths, jnp.var(slopes, axis=0, ddof=1)


def _times_hessian(rows: Rows, data: Data, position: jax.Array, direction: jax.Array) -> jax.Array:
    """The Hessian of the whole log density times a direction [dim] of entries of about 1."""
    whole = jax.grad(rows.target.log_density, 1)
    stride = float(np.cbrt(np.finfo(position.dtype).eps)) * jnp.maximum(
        1.0, jnp.max(jnp.abs(position))
    )
    ahead, behind = position + stride * direction, position - stride * direction
    apart: jax.Array = whole(data, ahead) - whole(data, behind)
    return apart / (2.0 * stride)


@stored("rows")
def _sharpness(
    rows: Rows,
    data: Data,
    position: jax.Array,
    scale: jax.Array,
    words: jax.Array,
    index: jax.Array,
) -> jax.Array:
    """The largest eigenvalue of the Hessian in the coordinates z / scale, in absolute value."""
    start = Stream(words, index).parts(3)[2].normals(len(position), position.dtype)

    tiny = float(np.finfo(position.dtype).tiny)

    def again(_: int, carried: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        moved = scale * carried[0]
        size = jnp.maximum(jnp.max(jnp.abs(moved)), tiny)
        curved = scale * size * _times_hessian(rows, data, position, moved / size)
        length = jnp.sqrt(jnp.sum(curved**2))
        return curved / jnp.maximum(length, tiny), length

    first = start / jnp.sqrt(jnp.sum(start**2))
    found: jax.Array = jax.lax.fori_loop(0, _POWERS, again, (first, jnp.zeros((), first.dtype)))[1]
    return found


@stored("rows")
def _slope(
    rows: Rows, data: Data, position: jax.Array, words: jax.Array, index: jax.Array
) -> jax.Array:
    lengths, _ = _look.jitted(Rows(rows.whole), data, position, words, index)
    slope = jax.grad(rows.target.log_density, 1)(data, position)
    scale = jnp.where(lengths > 0, lengths, 1.0) ** -0.25
    return jnp.sqrt(jnp.mean((scale * slope) ** 2))
