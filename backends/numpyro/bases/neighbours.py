"""Of each point those near it that come before it."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp


def before_in_order(order, n):
    """Of each point the n before it in the order, the last first; itself where there are fewer."""
    place = jnp.arange(order.shape[0])[:, None] - 1 - jnp.arange(n)
    near = jnp.where(place < 0, order[:, None], order[jnp.maximum(place, 0)])
    return jnp.zeros_like(near).at[order].set(near)


def nearest_before(x, order, n):
    """Of each of the last points, which follow each other by `order`, the n nearest before it."""
    # Points that stand before the last ones come before them. Coordinates are in units of their
    # standard deviations. Where there are fewer than n points, the rest are the point itself.
    points = jax.lax.stop_gradient(jnp.asarray(x).reshape(len(x), -1) * 1.0)
    spread = points.std(0)
    points = (points - points.mean(0)) / jnp.where(spread > 0, spread, 1.0)
    first = len(points) - len(order)
    rank = jnp.zeros(len(points), order.dtype).at[first + order].set(1 + jnp.arange(len(order)))

    def neighbours_of(i):
        distance = jnp.sum((points - points[i]) ** 2, -1)
        distance = jnp.where(rank < rank[i], distance, jnp.inf)

        def take_next(distance, _):
            nearest = jnp.argmin(distance)
            found = jnp.where(jnp.isinf(distance[nearest]), i, nearest)
            return distance.at[nearest].set(jnp.inf), found

        return jax.lax.scan(take_next, distance, None, length=n)[1]

    return jax.lax.map(neighbours_of, first + jnp.arange(len(order)))
