"""Linear equations on a grid, by the eigenvectors of the covariances of both sides."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp


def grid_solve(residual, first, second, noise):
    """The X with first X second' + noise X = residual."""
    a, left = jnp.linalg.eigh(first)
    b, right = jnp.linalg.eigh(second)
    turned = left.T @ residual @ right
    return left @ (turned / (a[:, None] * b + noise)) @ right.T
