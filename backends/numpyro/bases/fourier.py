"""Waves of a period and its fractions."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp


def fourier(x, period, n):
    """n waves along a new last axis: sine and cosine of period, of period / 2, and so on."""
    k = jnp.arange(n)
    angle = 2 * jnp.pi * jnp.asarray(x / period)[..., None] * (k // 2 + 1)
    return jnp.where(k % 2 == 0, jnp.sin(angle), jnp.cos(angle))
