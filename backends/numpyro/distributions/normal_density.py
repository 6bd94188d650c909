"""The density of a Gaussian vector by its covariance, with slopes in closed form."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp


@jax.custom_jvp
def normal_log_density(residual, covariance, factor):
    """log N(residual | 0, covariance); `factor` is its Cholesky factor."""
    return _with_solution(residual, factor)[0]


@normal_log_density.defjvp
def _normal_log_density_jvp(primals, tangents):
    # d log N = tr((a a' - K^-1) dK) / 2 - a' dr, a = K^-1 r: half of the work of slopes through
    # the factor.
    residual, covariance, factor = primals
    by_residual, change, _ = tangents
    value, solution = _with_solution(residual, factor)
    identity = jnp.broadcast_to(jnp.eye(factor.shape[-1], dtype=factor.dtype), factor.shape)
    inverse = jax.scipy.linalg.cho_solve((factor, True), identity)
    slope = (solution[..., :, None] * solution[..., None, :] - inverse) / 2
    # What the factor has more on its diagonal than the covariance is a share of the mean of that.
    trace = jnp.trace(covariance, axis1=-2, axis2=-1)
    more = jax.lax.stop_gradient((factor**2).sum((-2, -1)) / trace - 1)
    mean = jnp.trace(change, axis1=-2, axis2=-1) / factor.shape[-1]
    moved = (slope * change).sum((-2, -1)) + more * mean * jnp.trace(slope, axis1=-2, axis2=-1)
    return value, moved - (solution * by_residual).sum(-1)


def _with_solution(residual, factor):
    batch = jnp.broadcast_shapes(residual.shape[:-1], factor.shape[:-2])
    factor = jnp.broadcast_to(factor, batch + factor.shape[-2:])
    residual = jnp.broadcast_to(residual, batch + residual.shape[-1:])[..., None]
    white = jax.scipy.linalg.solve_triangular(factor, residual, lower=True)
    solution = jax.scipy.linalg.solve_triangular(factor, white, lower=True, trans=1)[..., 0]
    diagonal = jnp.diagonal(factor, axis1=-2, axis2=-1)
    constant = residual.shape[-2] * jnp.log(2 * jnp.pi) / 2
    return -(white[..., 0] ** 2).sum(-1) / 2 - jnp.log(diagonal).sum(-1) - constant, solution
