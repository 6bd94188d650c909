"""log(1 - exp(x)) without cancellation."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp


def log1mexp(x):
    """log(1 - exp(x)) for x <= 0, precise at both ends (Maechler 2012)."""
    is_small = x > -0.6931471805599453
    near = jnp.where(is_small, x, -0.5)
    far = jnp.where(is_small, -1.0, x)
    return jnp.where(is_small, jnp.log(-jnp.expm1(near)), jnp.log1p(-jnp.exp(far)))
