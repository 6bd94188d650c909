"""Logarithms of one minus probabilities that may be one."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp


def log1m_or_impossible(p):
    """log(1 - p); -inf at 1, where the gradient is 0."""
    return jnp.where(p < 1, jnp.log1p(-jnp.where(p < 1, p, 0.0)), -jnp.inf)
