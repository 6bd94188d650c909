"""A few points that lie among all."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp


def farthest(x, n):
    """Positions of n points: the first is nearest to the mean, each next farthest from those."""
    # Gonzalez (1985), with coordinates in units of their standard deviations.
    points = jnp.asarray(x).reshape(len(x), -1) * 1.0
    spread = points.std(0)
    points = (points - points.mean(0)) / jnp.where(spread > 0, spread, 1.0)

    def step(carry, _):
        distance, chosen = carry
        near = jnp.sum((points - points[chosen]) ** 2, -1)
        distance = jnp.minimum(distance, near).at[chosen].set(-1.0)
        return (distance, jnp.argmax(distance)), chosen

    first = jnp.argmin(jnp.sum(points**2, -1))
    start = (jnp.full(len(x), jnp.inf), first)
    return jax.lax.scan(step, start, None, length=n)[1]
