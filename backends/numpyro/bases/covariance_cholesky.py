"""The Cholesky factor of a covariance that rounding may have left without one."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp


def covariance_cholesky(covariance):
    """L with L L' = covariance; where rounding leaves none, with a little on the diagonal."""
    return factor_and_share(covariance)[0]


def diagonal_added(covariance):
    """What `covariance_cholesky` adds to the diagonal, relative to its mean: 0 as a rule."""
    return factor_and_share(covariance)[1]


@jax.custom_batching.custom_vmap
def searched(covariance):
    # 1e-9, 1e-8, ..., 1e-2 of the mean of the diagonal, until there is a factor.
    def is_lost(found):
        factor, share = found
        return jnp.isnan(factor[..., 0, 0]) & (share < 5e-3)

    def raise_diagonal(found):
        factor, share = found
        lost = is_lost(found)
        share = jnp.where(lost, jnp.maximum(10 * share, 1e-9), share)
        raised = jnp.linalg.cholesky(raised_by(share, covariance))
        return jnp.where(lost[..., None, None], raised, factor), share

    def search(found):
        return jax.lax.while_loop(lambda found: is_lost(found).any(), raise_diagonal, found)

    first = jnp.linalg.cholesky(covariance), jnp.zeros(covariance.shape[:-2], covariance.dtype)
    return jax.lax.cond(is_lost(first).any(), search, lambda found: found, first)


@searched.def_vmap
def searched_all(size, is_batched, covariance):
    # A branch for all of them: under `vmap` both branches of each would be run.
    return searched(covariance), (True, True)


@jax.custom_jvp
def factor_and_share(covariance):
    return searched(covariance)


@factor_and_share.defjvp
def factor_and_share_jvp(primals, tangents):
    # dL = L phi(L^-1 dA L^-T), phi the lower triangle with half of the diagonal.
    factor, share = factor_and_share(*primals)
    (change,) = tangents
    change = raised_by(share, (change + jnp.swapaxes(change, -1, -2)) / 2)
    right = jax.lax.linalg.triangular_solve(factor, change, lower=True, transpose_a=True)
    whole = jax.lax.linalg.triangular_solve(factor, right, lower=True, left_side=True)
    halves = jnp.tril(whole) / (1 + jnp.eye(whole.shape[-1], dtype=whole.dtype))
    moved = jnp.matmul(factor, halves, precision=jax.lax.Precision.HIGHEST)
    return (factor, share), (moved, jnp.zeros_like(share))


def raised_by(share, matrix):
    n = matrix.shape[-1]
    mean = jnp.trace(matrix, axis1=-2, axis2=-1) / n
    return matrix + (share * mean)[..., None, None] * jnp.eye(n, dtype=matrix.dtype)
