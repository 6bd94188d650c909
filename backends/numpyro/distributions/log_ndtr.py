"""The logarithm of the Gaussian CDF, precise far in the tail."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
from jax.scipy import special


def log_scaled_ndtr(z):
    """log Phi(z) + z^2 / 2, for z <= 0 (Abramowitz & Stegun 26.2.12 below -12)."""
    is_far = z < -12.0
    near = jnp.where(is_far, -1.0, z)
    far = jnp.where(is_far, z, -20.0)
    series = jnp.ones_like(far)
    for k in range(10, 0, -1):
        series = 1.0 - (2 * k - 1) / far**2 * series
    tail = jnp.log(series) - jnp.log(-far) - 0.9189385332046727
    return jnp.where(is_far, tail, jnp.log(special.ndtr(near)) + near**2 / 2)


def log_ndtr(z):
    """log Phi(z), to a few ulps at any z."""
    z = jnp.asarray(z, jnp.result_type(float))
    lower = jnp.where(z < 0, z, -1.0)
    upper = jnp.where(z < 0, 0.0, z)
    return jnp.where(z < 0, log_scaled_ndtr(lower) - lower**2 / 2, jnp.log1p(-special.ndtr(-upper)))
