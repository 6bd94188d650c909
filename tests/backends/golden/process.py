"""The model process, from process.gen."""

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist


def model(
    *,
    n_point: int,
    n_grid: int,
    n_grid_twin: int,
    n_point_twin: int,
    x,
    grid_x,
    y=None,
    predict: bool = False,
):
    len_ = numpyro.sample("len", dist.Gamma(5.0, 5.0))  # len ~ Gamma(5, 5)   process.gen:7
    amp = numpyro.sample("amp", dist.HalfNormal(1.0))  # amp ~ HalfNormal(1)   process.gen:8
    sigma = numpyro.sample("sigma", dist.HalfNormal(1.0))  # sigma ~ HalfNormal(1)   process.gen:9
    # GP(mean = 0.5, kernel = k)   process.gen:11
    y_covariance = (
        amp ** 2 * jnp.exp(-0.5 * ((x[:, None] - x) / len_) ** 2)
        + (0.3 ** 2 * x)[:, None] * x
        + sigma ** 2 * (jnp.arange(n_point)[:, None] == jnp.arange(n_point_twin))
    )
    y_cholesky = covariance_cholesky(y_covariance)
    # y[point] ~ Normal(f(x), sigma)   process.gen:12
    y = numpyro.sample(
        "y",
        dist.MultivariateNormal(loc=jnp.full(n_point, 0.5), scale_tril=y_cholesky),
        obs=y,
    )
    if predict:
        f_x_across = jax.scipy.linalg.solve_triangular(
            y_cholesky,
            amp ** 2 * jnp.exp(-0.5 * ((x[:, None] - x) / len_) ** 2) + (0.3 ** 2 * x)[:, None] * x,
            lower=True,
        )
        # GP(mean = 0.5, kernel = k)   process.gen:11
        f_x_covariance = (
            amp ** 2 * jnp.exp(-0.5 * ((x[:, None] - x) / len_) ** 2)
            + (0.3 ** 2 * x)[:, None] * x
        )
        f_x_jitter = 1e-10 * jnp.trace(f_x_covariance) / n_point
        f_x_cholesky = covariance_cholesky(
            (
                f_x_covariance
                - f_x_across.T @ f_x_across
                + f_x_jitter * (jnp.arange(n_point)[:, None] == jnp.arange(n_point_twin))
            ),
        )
        y_white = jax.scipy.linalg.solve_triangular(y_cholesky, y - 0.5, lower=True)
        f_x_mean = 0.5 + f_x_across.T @ y_white
        # GP(mean = 0.5, kernel = k)   process.gen:11
        f_x = numpyro.sample("f(x)", dist.MultivariateNormal(loc=f_x_mean, scale_tril=f_x_cholesky))
        with numpyro.plate("point", n_point):
            # predict y_new[point] ~ Normal(f(x), sigma)   process.gen:15
            numpyro.sample("y_new", dist.Normal(f_x, sigma))
        f_x_white = jax.scipy.linalg.solve_triangular(f_x_cholesky, f_x - f_x_mean, lower=True)
        # GP(mean = 0.5, kernel = k)   process.gen:11
        f_grid_x_covariance = (
            amp ** 2 * jnp.exp(-0.5 * ((grid_x[:, None] - grid_x) / len_) ** 2)
            + (0.3 ** 2 * grid_x)[:, None] * grid_x
        )
        f_grid_x_across = jax.scipy.linalg.solve_triangular(
            y_cholesky,
            (
                amp ** 2 * jnp.exp(-0.5 * ((x[:, None] - grid_x) / len_) ** 2)
                + (0.3 ** 2 * x)[:, None] * grid_x
            ),
            lower=True,
        )
        f_grid_x_across_2 = jax.scipy.linalg.solve_triangular(
            f_x_cholesky,
            (
                amp ** 2 * jnp.exp(-0.5 * ((x[:, None] - grid_x) / len_) ** 2)
                + (0.3 ** 2 * x)[:, None] * grid_x
                - f_x_across.T @ f_grid_x_across
            ),
            lower=True,
        )
        f_grid_x_jitter = 1e-10 * jnp.trace(f_grid_x_covariance) / n_grid
        f_grid_x_cholesky = covariance_cholesky(
            (
                f_grid_x_covariance
                - f_grid_x_across.T @ f_grid_x_across
                - f_grid_x_across_2.T @ f_grid_x_across_2
                + f_grid_x_jitter * (jnp.arange(n_grid)[:, None] == jnp.arange(n_grid_twin))
            ),
        )
        f_grid_x_mean = 0.5 + f_grid_x_across.T @ y_white + f_grid_x_across_2.T @ f_x_white
        # predict g[grid] = f(grid_x)   process.gen:14
        numpyro.sample(
            "g",
            dist.MultivariateNormal(loc=f_grid_x_mean, scale_tril=f_grid_x_cholesky),
        )


# --- bases of functions ---


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
