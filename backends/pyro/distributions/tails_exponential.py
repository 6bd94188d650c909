"""The tails of the exponential and its powers."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch

from gendsl.backends.pyro.distributions.log1mexp import log1mexp
from gendsl.backends.pyro.distributions.log_tails import log_tails


@log_tails.register(dist.Exponential)
def log_tails_exponential(base, x):
    log_survival = -base.rate * x
    return log1mexp(log_survival), log_survival


@log_tails.register(dist.Weibull)
def log_tails_weibull(base, x):
    log_survival = -((x / base.scale) ** base.concentration)
    return log1mexp(log_survival), log_survival


@log_tails.register(dist.Pareto)
def log_tails_pareto(base, x):
    log_survival = -base.alpha * torch.log(x / base.scale)
    return log1mexp(log_survival), log_survival
