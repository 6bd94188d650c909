"""Points of a chain: in which order they stand, and how far each is from the one before."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp


def sort_order(x):
    """The places of the points from the smallest on; of equal ones the first comes first."""
    return jnp.argsort(x, stable=True)


def sorted_gaps(x):
    """How far each of the sorted points is from the one before; 0 for the first."""
    points = jnp.sort(x)
    return jnp.diff(points, prepend=points[:1])


def joined(first, second):
    """The entries of both, one after the other along the last axis."""
    return jnp.concatenate([first, second], -1)


def first_part(x, n):
    """The first n entries."""
    return x[:n]


def last_part(x, n):
    """The last n entries."""
    return x[x.shape[0] - n :]
