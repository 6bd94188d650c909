"""The model processes_of_counts, from processes_of_counts.gen."""

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from jax.scipy import special
from numpyro.distributions import constraints
from numpyro.distributions.util import validate_sample


def prepare(*, n_row: int, n_row_twin: int, t, t_new):
    """Compute what depends on data alone, once: the model takes it as arguments."""
    # GP(kernel = Cosine(2) + Matern12(1))   processes_of_counts.gen:14
    h_t_covariance = (
        jnp.cos(2 * 3.141592653589793 * ((t[:, None] - t) / 2))
        + jnp.exp(-(jnp.abs(t[:, None] - t) / 1))
    )
    h_t_jitter = 1e-10 * jnp.trace(h_t_covariance) / n_row
    h_t_cholesky = covariance_cholesky(
        h_t_covariance + h_t_jitter * (jnp.arange(n_row)[:, None] == jnp.arange(n_row_twin)),
    )
    exp_t = jnp.exp(-jnp.abs(t[:, None] - t))  # exp(-abs(a - b))   processes_of_counts.gen:11
    # exp(-abs(a - b))   processes_of_counts.gen:11
    exp_t_new = jnp.exp(-jnp.abs(t_new[:, None] - t_new))
    exp_t_ = jnp.exp(-jnp.abs(t[:, None] - t_new))  # exp(-abs(a - b))   processes_of_counts.gen:11
    return dict(exp_t=exp_t, exp_t_=exp_t_, exp_t_new=exp_t_new, h_t_cholesky=h_t_cholesky)


def model(
    *,
    n_row: int,
    n_region: int,
    n_col: int,
    n_grid: int,
    n_grid_twin: int,
    n_h_1_twin: int,
    n_row_twin: int,
    t,
    X,
    region_of,
    exp_t,
    h_t_cholesky,
    exp_t_new,
    exp_t_,
    n=None,
    n_h_1: int = 1,
    predict: bool = False,
):
    with numpyro.plate("col", n_col):
        # len[col] ~ Gamma(5, 5)   processes_of_counts.gen:9
        len_ = numpyro.sample("len", dist.Gamma(5.0, 5.0))
    with numpyro.plate("region", n_region):
        # amp[region] ~ HalfNormal(1)   processes_of_counts.gen:10
        amp = numpyro.sample("amp", dist.HalfNormal(1.0))
    with numpyro.plate("row", n_row):
        # GP(kernel = Cosine(2) + Matern12(1))   processes_of_counts.gen:14
        h_t_white = numpyro.sample("h(t).white", dist.Normal(0.0, 1.0))
    # GP(kernel = amp^2 * near)   processes_of_counts.gen:12
    f_t_covariance = jnp.transpose(amp ** 2 * exp_t[:, :, None], (2, 0, 1))
    f_t_jitter = 1e-10 * jnp.trace(f_t_covariance, axis1=-2, axis2=-1) / n_row
    f_t_cholesky = covariance_cholesky(
        (
            f_t_covariance
            + f_t_jitter[:, None, None] * (jnp.arange(n_row)[:, None] == jnp.arange(n_row_twin))
        ),
    )
    with numpyro.plate("region", n_region, dim=-2), numpyro.plate("row", n_row, dim=-1):
        # GP(kernel = amp^2 * near)   processes_of_counts.gen:12
        f_t_white = numpyro.sample("f(t).white", dist.Normal(0.0, 1.0))
    # GP(kernel = amp^2 * near)   processes_of_counts.gen:12
    f_t = numpyro.deterministic("f(t)", (f_t_cholesky @ f_t_white[Ellipsis, None])[Ellipsis, 0])
    # GP(mean = 1, kernel = Matern32(len) + Constant(0.2))   processes_of_counts.gen:13
    g_X_distance = jnp.sqrt(jnp.maximum(jnp.sum(((X[:, None] - X) / len_) ** 2, axis=2), 1e-36))
    # GP(mean = 1, kernel = Matern32(len) + Constant(0.2))   processes_of_counts.gen:13
    g_X_covariance = (
        (1 + jnp.sqrt(3) * g_X_distance) * jnp.exp(-jnp.sqrt(3) * g_X_distance)
        + 0.2 ** 2
    )
    g_X_jitter = 1e-10 * jnp.trace(g_X_covariance) / n_row
    g_X_cholesky = covariance_cholesky(
        g_X_covariance + g_X_jitter * (jnp.arange(n_row)[:, None] == jnp.arange(n_row_twin)),
    )
    with numpyro.plate("row", n_row):
        # GP(mean = 1, kernel = Matern32(len) + Constant(0.2))   processes_of_counts.gen:13
        g_X_white = numpyro.sample("g(X).white", dist.Normal(0.0, 1.0))
    # GP(mean = 1, kernel = Matern32(len) + Constant(0.2))   processes_of_counts.gen:13
    g_X = numpyro.deterministic("g(X)", 1 + g_X_cholesky @ g_X_white)
    # GP(kernel = Cosine(2) + Matern12(1))   processes_of_counts.gen:14
    h_t = numpyro.deterministic("h(t)", h_t_cholesky @ h_t_white)
    with numpyro.plate("row", n_row):
        # n[row] ~ Poisson(log_rate = f[region_of](t) + g(X) + h(t))   processes_of_counts.gen:15
        numpyro.sample("n", PoissonLog(f_t[region_of, jnp.arange(n_row)] + g_X + h_t), obs=n)
    if predict:
        # GP(kernel = Cosine(2) + Matern12(1))   processes_of_counts.gen:14
        h_0_5_point = jnp.full(n_h_1, 0.5)
        h_0_5_across = jax.scipy.linalg.solve_triangular(
            h_t_cholesky,
            (
                jnp.cos(2 * 3.141592653589793 * ((t[:, None] - h_0_5_point) / 2))
                + jnp.exp(-(jnp.abs(t[:, None] - h_0_5_point) / 1))
            ),
            lower=True,
        )
        # GP(kernel = Cosine(2) + Matern12(1))   processes_of_counts.gen:14
        h_0_5_covariance = (
            jnp.cos(2 * 3.141592653589793 * ((h_0_5_point[:, None] - h_0_5_point) / 2))
            + jnp.exp(-(jnp.abs(h_0_5_point[:, None] - h_0_5_point) / 1))
        )
        h_0_5_jitter = 1e-10 * jnp.trace(h_0_5_covariance) / n_h_1
        h_0_5_cholesky = covariance_cholesky(
            (
                h_0_5_covariance
                - h_0_5_across.T @ h_0_5_across
                + h_0_5_jitter * (jnp.arange(n_h_1)[:, None] == jnp.arange(n_h_1_twin))
            ),
        )
        h_0_5_mean = h_0_5_across.T @ h_t_white
        # GP(kernel = Cosine(2) + Matern12(1))   processes_of_counts.gen:14
        h_0_5 = numpyro.sample(
            "h(0.5)",
            dist.MultivariateNormal(loc=h_0_5_mean, scale_tril=h_0_5_cholesky),
        )
        # predict one = h(0.5)   processes_of_counts.gen:18
        one = numpyro.deterministic("one", h_0_5[0])
        # GP(kernel = amp^2 * near)   processes_of_counts.gen:12
        f_t_new_covariance = jnp.transpose(amp ** 2 * exp_t_new[:, :, None], (2, 0, 1))
        f_t_new_across = jax.scipy.linalg.solve_triangular(
            f_t_cholesky,
            jnp.transpose(amp ** 2 * exp_t_[:, :, None], (2, 0, 1)),
            lower=True,
        )
        f_t_new_jitter = 1e-10 * jnp.trace(f_t_new_covariance, axis1=-2, axis2=-1) / n_grid
        f_t_new_cholesky = covariance_cholesky(
            (
                f_t_new_covariance
                - jnp.einsum("abc,abd->acd", f_t_new_across, f_t_new_across)
                + (
                    f_t_new_jitter[:, None, None]
                    * (jnp.arange(n_grid)[:, None] == jnp.arange(n_grid_twin))
                )
            ),
        )
        f_t_new_mean = jnp.einsum("abc,ab->ac", f_t_new_across, f_t_white)
        with numpyro.plate("region", n_region):
            # predict later[region, grid] = f(t_new)   processes_of_counts.gen:17
            numpyro.sample(
                "later",
                dist.MultivariateNormal(loc=f_t_new_mean, scale_tril=f_t_new_cholesky),
            )


# --- distributions that NumPyro lacks ---
