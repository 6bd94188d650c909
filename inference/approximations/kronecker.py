"""Normals that are independent between blocks, and a Kronecker product within each.

A block's precision is ``(P (x) Q) diag(l) (P (x) Q)^T``, with ``P`` [left, left] and ``Q`` [right,
right] orthogonal and ``l`` [left, right] positive, so that a draw of it is, as a matrix,

    M + P (e / sqrt(l)) Q^T,   e ~ N(0, I).

Sources: Ritter, Botev & Barber (2018), "A scalable Laplace approximation for neural networks",
section 3; Immer, Bauer, Fortuin, Rätsch & Khan (2021), "Scalable marginal likelihood estimation for
model selection in deep learning", section 3.2 (the prior in the eigenbasis, without damping).
"""

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.approximations.fisher import Block, Factors
from gendsl.inference.arrays import on_host
from gendsl.inference.randomness import Draws

_LOG_TWO_PI = float(np.log(2.0 * np.pi))


class Basis(NamedTuple):
    """Of one block: ``left`` and ``right``, orthogonal, and ``precision`` [left, right] in them."""

    left: jax.Array
    right: jax.Array
    precision: jax.Array


class Blocks(NamedTuple):
    """``mean`` [dim], and the basis of each block."""

    mean: jax.Array
    bases: tuple[Basis, ...]


def basis_of(found: Factors, prior: float) -> Basis:
    """Return the basis of ``A (x) B / t + prior I``."""
    (left, along), (right, across) = (
        np.linalg.eigh(np.asarray(f)) for f in (found.left, found.right)
    )
    trace = float(found.trace)
    spread = np.outer(np.maximum(left, 0.0), np.maximum(right, 0.0)) / (trace if trace > 0 else 1.0)
    return Basis(on_host(along), on_host(across), on_host(spread + prior))


@dataclass(frozen=True, slots=True)
class BlockNormal:
    """The family; the blocks are all coordinates, in order."""

    blocks: tuple[Block, ...]

    @property
    def size(self) -> int:
        """See :class:`gendsl.inference.approximations.guide.Guide`."""
        return self.blocks[-1].stop if self.blocks else 0

    def draw(self, draws: Draws, params: Blocks, count: int) -> tuple[jax.Array, jax.Array]:
        """See :class:`gendsl.inference.approximations.guide.Guide`."""
        dtype = params.mean.dtype
        noise = draws.normals(count * self.size, dtype).reshape(count, self.size)

        def one(noise: jax.Array) -> jax.Array:
            parts = [
                (basis.left @ (block.of(noise) / jnp.sqrt(basis.precision)) @ basis.right.T).ravel()
                for block, basis in zip(self.blocks, params.bases, strict=True)
            ]
            return params.mean + jnp.concatenate(parts)

        positions = jax.vmap(one)(noise)
        return positions, jax.vmap(self.log_density, (None, 0))(params, positions)

    def log_density(self, params: Blocks, position: jax.Array) -> jax.Array:
        """See :class:`gendsl.inference.approximations.guide.Guide`."""
        total = jnp.full((), -0.5 * _LOG_TWO_PI * self.size, position.dtype)
        for block, basis in zip(self.blocks, params.bases, strict=True):
            apart = basis.left.T @ block.of(position - params.mean) @ basis.right
            total += 0.5 * jnp.sum(jnp.log(basis.precision) - basis.precision * apart**2)
        return total
