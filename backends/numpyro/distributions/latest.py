"""The past of a series at one position."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp


def latest(x, count):
    """The last `count` entries, the newest first; zeros where there are none."""
    newest = x[::-1][:count]
    return jnp.concatenate([newest, jnp.zeros((count - len(newest), *x.shape[1:]), x.dtype)])
