"""The Poisson by the logarithm of its rate."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals
from gendsl.backends.pyro.distributions.poisson import Poisson


class PoissonLog(Poisson):
    """Poisson(exp(log_rate)), exact where exp(log_rate) underflows, or is 0."""

    arg_constraints = {"log_rate": constraints.real}

    def __init__(self, log_rate, *, validate_args=None):
        (self.log_rate,) = broadcast_reals(log_rate)
        super().__init__(torch.exp(self.log_rate), validate_args=validate_args)

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        log_rates = torch.where(value == 0, 0.0, value * self.log_rate)
        return log_rates - torch.exp(self.log_rate) - torch.lgamma(value + 1.0)
