"""The density of a Gaussian matrix on a grid, with slopes in closed form."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp


@jax.custom_jvp
def grid_log_density(residual, first, second, noise):
    """log N(vec(residual) | 0, first x second + noise I), x the Kronecker product."""
    return _with_slopes(residual, first, second, noise)[0]


@grid_log_density.defjvp
def _grid_log_density_jvp(primals, tangents):
    # In closed form: slopes of eigenvectors have poles where two eigenvalues are the same.
    value, slopes = _with_slopes(*primals)
    *matrices, by_noise = (s * t for s, t in zip(slopes, tangents, strict=True))
    return value, sum((m.sum((-2, -1)) for m in matrices), by_noise)


def _with_slopes(residual, first, second, noise):
    a, left = jnp.linalg.eigh(first)
    b, right = jnp.linalg.eigh(second)
    spread = a[:, None] * b + noise
    turned = left.T @ residual @ right
    solved = left @ (turned / spread) @ right.T
    both = jnp.log(2 * jnp.pi * spread) + turned**2 / spread
    by_first = solved @ second @ solved.mT - (left * (b / spread).sum(1)) @ left.T
    by_second = solved.mT @ first @ solved - (right * (a[:, None] / spread).sum(0)) @ right.T
    by_noise = (solved**2).sum((-2, -1)) - (1 / spread).sum()
    return -both.sum((-2, -1)) / 2, (-solved, by_first / 2, by_second / 2, by_noise / 2)
