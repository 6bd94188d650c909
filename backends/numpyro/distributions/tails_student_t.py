"""The tails of Student's t."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist

from gendsl.backends.numpyro.distributions.log1mexp import log1mexp
from gendsl.backends.numpyro.distributions.log_beta_tails import log_beta_tails
from gendsl.backends.numpyro.distributions.log_tails import log_tails


def log_student_t_survival(df, z):
    """log P(T > z), for z >= 0."""
    z = jnp.maximum(z, 1e-12)
    log_both, _ = log_beta_tails(df / 2.0, 0.5, 1.0 / (1.0 + z**2 / df), 1.0 / (1.0 + df / z**2))
    return log_both - jnp.log(2.0)


def both_student_t_tails(df, z):
    log_small = log_student_t_survival(df, jnp.abs(z))
    log_large = log1mexp(log_small)
    return jnp.where(z < 0, log_small, log_large), jnp.where(z < 0, log_large, log_small)


@jax.custom_jvp
def log_student_t_tails(df, z):
    """log P(T <= z) and log P(T > z)."""
    return both_student_t_tails(df, z)


@log_student_t_tails.defjvp
def log_student_t_tails_jvp(primals, tangents):
    df, z = jnp.broadcast_arrays(*primals)
    (log_cdf, log_survival), (by_df_cdf, by_df_survival) = jax.jvp(
        lambda df: both_student_t_tails(df, z), (df,), (jnp.ones_like(df),)
    )
    log_density = dist.StudentT(df).log_prob(z)
    df_dot, z_dot = tangents
    return (log_cdf, log_survival), (
        by_df_cdf * df_dot + jnp.exp(log_density - log_cdf) * z_dot,
        by_df_survival * df_dot - jnp.exp(log_density - log_survival) * z_dot,
    )


@log_tails.register(dist.StudentT)
def log_tails_student_t(base, x):
    return log_student_t_tails(1.0 * base.df, (x - base.loc) / base.scale)
