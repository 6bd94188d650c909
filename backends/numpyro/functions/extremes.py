"""The largest and the smallest entry, whose slope is that entry's.

The slope of `jnp.max` goes to the entries that equal the result. In a compiled program both may be
computed twice, rounded otherwise, and then no entry does: the slope is 0.
"""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
from jax import lax


def largest(x, axis=None):
    """The largest entry along an axis, several, or all; the slope is that of the first of them."""
    return _taken(x, axis, jnp.argmax)


def smallest(x, axis=None):
    """The smallest entry along an axis, several, or all."""
    return _taken(x, axis, jnp.argmin)


def _taken(x, axis, argument):
    x = jnp.asarray(x)
    axes = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    rest = [i for i in range(x.ndim) if i not in axes]
    flat = jnp.transpose(x, (*rest, *axes)).reshape(*(x.shape[i] for i in rest), -1)
    at = argument(lax.stop_gradient(flat), -1)
    return jnp.take_along_axis(flat, at[..., None], -1)[..., 0]


def largest_by_group(values, index, num_segments):
    """The largest entry of each group along the first axis; for an empty one the least there is."""
    if not jnp.issubdtype(values.dtype, jnp.floating):
        return jax.ops.segment_max(values, index, num_segments)
    return jax.vmap(_largest_by_group, (1, None, None), 1)(
        values.reshape(len(values), -1), index, num_segments
    ).reshape(num_segments, *values.shape[1:])


def smallest_by_group(values, index, num_segments):
    """The smallest entry of each group along the first axis; for an empty one the largest."""
    if not jnp.issubdtype(values.dtype, jnp.floating):
        return jax.ops.segment_min(values, index, num_segments)
    return -largest_by_group(-values, index, num_segments)


def _largest_by_group(values, index, num_segments):
    order = jnp.lexsort((lax.stop_gradient(values), index))
    last = jnp.searchsorted(index[order], jnp.arange(num_segments), side="right") - 1
    found = order[jnp.maximum(last, 0)]
    return jnp.where(index[found] == jnp.arange(num_segments), values[found], -jnp.inf)
