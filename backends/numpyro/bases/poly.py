"""Orthogonal polynomials of a variable."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp


def poly(x, n):
    """Polynomials of degree 1 to n along a new last axis, orthonormal over the last axis of x."""
    # Their values are those of R's poly (Kennedy & Gentle 1980, p. 343): leading terms positive.
    centred = jnp.asarray(x) * 1.0
    centred = centred - jnp.mean(centred, axis=-1, keepdims=True)
    scaled = centred / jnp.max(jnp.abs(centred), axis=-1, keepdims=True)
    q, r = jnp.linalg.qr(scaled[..., None] ** jnp.arange(n + 1))
    signs = jnp.sign(jnp.diagonal(r, axis1=-2, axis2=-1))
    return (q * signs[..., None, :])[..., 1:]
