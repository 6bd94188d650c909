"""Windows of a signal or an image, for convolutions and pools."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
from jax import lax


def windows(x, sizes, strides, is_padded=False):
    """Windows along the last axes of x: [..., *places of windows, *places in a window].

    With `is_padded` there are zeros beyond the ends, as many as give -(-n // stride) windows.
    """
    first = x.ndim - len(sizes)
    if is_padded:
        beyond = [(0, 0)] * first
        for n, size, stride in zip(x.shape[first:], sizes, strides, strict=True):
            total = max((-(-n // stride) - 1) * stride + size - n, 0)
            beyond.append((total // 2, total - total // 2))
        x = jnp.pad(x, beyond)
    for axis, (size, stride) in enumerate(zip(sizes, strides, strict=True), first):
        stop = x.shape[axis] - size + 1
        parts = [lax.slice_in_dim(x, i, i + stop, stride, axis) for i in range(size)]
        x = jnp.stack(parts, axis=-1)
    return x
