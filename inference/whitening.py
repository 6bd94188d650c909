"""Products with ``S``, the square root of the inverse metric that ``Params.scale`` holds."""

import jax
import jax.numpy as jnp


def spread(scale: jax.Array, vector: jax.Array) -> jax.Array:
    """Return ``S v`` [dim]: a whitened vector in the units of the position."""
    if scale.ndim == 1:
        return scale * vector
    return jnp.dot(scale, vector, precision=jax.lax.Precision.HIGHEST)


def whiten(scale: jax.Array, gradient: jax.Array) -> jax.Array:
    """Return ``S^T g`` [dim]: a gradient in whitened coordinates."""
    if scale.ndim == 1:
        return scale * gradient
    return jnp.dot(scale.T, gradient, precision=jax.lax.Precision.HIGHEST)


def unspread(scale: jax.Array, vector: jax.Array) -> jax.Array:
    """Return ``S^{-1} v`` [dim]; a matrix must be lower triangular, as those that are learnt."""
    if scale.ndim == 1:
        return vector / scale
    return jax.scipy.linalg.solve_triangular(scale, vector, lower=True)
