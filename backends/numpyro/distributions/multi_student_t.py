"""The multivariate Student t by its scale matrix."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
import numpyro.distributions as dist


def MultiStudentT(df, loc, scale):
    """MultivariateStudentT by its scale matrix; the covariance is df / (df - 2) times it."""
    return dist.MultivariateStudentT(df, loc, jnp.linalg.cholesky(scale))
