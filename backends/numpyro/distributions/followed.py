"""Values that follow from those of neighbours, one point after another."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp


def followed(start, weights, near, order):
    """v = start + sum_j weights_j v[near_j] at the last points, by `order`; v = start before."""
    n, first = weights.shape[-2], start.shape[-1] - weights.shape[-2]
    batch = jnp.broadcast_shapes(start.shape[:-1], weights.shape[:-2])
    values = jnp.broadcast_to(start, (*batch, start.shape[-1]))
    lines = jnp.moveaxis(weights, -2, 0)

    def step(values, i):
        moved = jnp.sum(lines[i] * values[..., near[i]], -1)
        return values.at[..., first + i].add(moved), None

    return jax.lax.scan(step, values, order, length=n)[0]
