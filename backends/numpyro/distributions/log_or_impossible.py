"""Logarithms of probabilities that may be zero."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp


def log_or_impossible(p):
    """log p; -inf at 0, where the gradient is 0."""
    return jnp.where(p > 0, jnp.log(jnp.where(p > 0, p, 1.0)), -jnp.inf)
