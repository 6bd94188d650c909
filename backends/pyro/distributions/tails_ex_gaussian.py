"""The tails of the ex-Gaussian."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch

from gendsl.backends.pyro.distributions.ex_gaussian import ExGaussian
from gendsl.backends.pyro.distributions.log1mexp import log1mexp
from gendsl.backends.pyro.distributions.log_add_exp import log_add_exp
from gendsl.backends.pyro.distributions.log_ndtr import log_ndtr
from gendsl.backends.pyro.distributions.log_tails import log_tails


@log_tails.register(ExGaussian)
def log_tails_ex_gaussian(base, x):
    # P(X > x) = P(Gaussian part > x) + density / rate
    z = (x - base.loc) / base.scale
    log_other = base.log_prob(x) - torch.log(base.rate)
    log_survival = log_add_exp(log_ndtr(-z), log_other)
    is_left = log_survival > -0.5
    log_normal = log_ndtr(z)
    log_ratio = torch.where(is_left, (log_other - log_normal).clamp(max=-1e-30), -1.0)
    return (
        torch.where(
            is_left, log_normal + log1mexp(log_ratio), log1mexp(log_survival.clamp(max=-1e-30))
        ),
        log_survival,
    )
