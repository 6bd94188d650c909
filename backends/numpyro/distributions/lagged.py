"""Windows of a series' past."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
from jax import lax


def lagged(x, first, last, start):
    """x[t - k] by lag k, from `first` to `last`, and by t from `start` on; zeros before x[0]."""
    padding = max(last - start, 0)
    padded = jnp.concatenate([jnp.zeros((padding, *x.shape[1:]), x.dtype), x])
    count = len(x) - start
    window = jax.vmap(lambda k: lax.dynamic_slice_in_dim(padded, padding + start - k, count))
    return window(jnp.arange(first, last + 1))
