"""A weighted sum over the whole past of a series."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
from jax import lax


def convolve(x, w):
    """The sum over k >= 1 of x[t - k] w[k - 1], as far as there are weights, at every t."""
    size = len(x)
    w = w[: size - 1]
    if size <= 512:  # a product with the matrix of weights, the faster way until it is large
        row = jnp.concatenate([jnp.zeros(size - 1 - len(w), w.dtype), w[::-1], jnp.zeros(size + 1)])
        matrix = jax.vmap(lambda t: lax.dynamic_slice_in_dim(row, size - 1 - t, size))
        return jnp.tensordot(matrix(jnp.arange(size)), x, 1)
    columns = jnp.reshape(x[:-1], (size - 1, 1, -1)).T.astype(w.dtype)
    summed = lax.conv_general_dilated(columns, w[None, None, ::-1], (1,), [(len(w), 0)])
    return jnp.reshape(summed[:, 0].T, x.shape)
