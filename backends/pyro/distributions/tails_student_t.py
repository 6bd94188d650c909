"""The tails of Student's t."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

import pyro.distributions as dist
import torch

from gendsl.backends.pyro.distributions.log1mexp import log1mexp
from gendsl.backends.pyro.distributions.log_beta_tails import log_beta_tails
from gendsl.backends.pyro.distributions.log_tails import log_tails
from gendsl.backends.pyro.distributions.sloped_tails import sloped_tails


def log_student_t_survival(df, z):
    """log P(T > z), for z >= 0."""
    z = z.clamp(min=1e-12)
    half = torch.full_like(z, 0.5)
    log_both, _ = log_beta_tails(df / 2.0, half, 1.0 / (1.0 + z**2 / df), 1.0 / (1.0 + df / z**2))
    return log_both - math.log(2.0)


def both_student_t_tails(z, _, df):
    log_small = log_student_t_survival(df, z.abs())
    log_large = log1mexp(log_small)
    return torch.where(z < 0, log_small, log_large), torch.where(z < 0, log_large, log_small)


def log_student_t_density(z, _, df):
    return dist.StudentT(df, validate_args=False).log_prob(z)


def log_student_t_tails(df, z):
    """log P(T <= z) and log P(T > z)."""
    return sloped_tails(both_student_t_tails, log_student_t_density, z, z, df)


@log_tails.register(dist.StudentT)
def log_tails_student_t(base, x):
    return log_student_t_tails(base.df, (x - base.loc) / base.scale)
