"""The multivariate Student t by its scale matrix."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch


def MultiStudentT(df, loc, scale):
    """MultivariateStudentT by its scale matrix; the covariance is df / (df - 2) times it."""
    return dist.MultivariateStudentT(df, loc, torch.linalg.cholesky(scale))
