"""The negative binomial by its mean and dispersion, precise up to the Poisson limit."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints
from torch.nn.functional import logsigmoid

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals
from gendsl.backends.pyro.distributions.log_or_impossible import log_or_impossible
from gendsl.backends.pyro.distributions.log_rising import log_rising


class NegativeBinomial(dist.TorchDistribution):
    """Counts with variance mean + mean^2 / dispersion; give `mean` or `log_mean`.

    At mean 0 it is certain of 0.
    """

    arg_constraints = {"dispersion": constraints.positive}
    support = constraints.nonnegative_integer

    def __init__(self, mean=None, dispersion=None, *, log_mean=None, validate_args=None):
        given = mean if log_mean is None else log_mean
        given, self.dispersion = broadcast_reals(given, dispersion)
        self.log_mean = log_or_impossible(given) if log_mean is None else given
        super().__init__(given.shape, validate_args=validate_args)

    @property
    def log_odds(self):
        """log(mean / dispersion)."""
        return torch.where(self.is_0, 0.0, self.log_mean) - torch.log(self.dispersion)

    @property
    def is_0(self):
        return self.log_mean == -torch.inf

    def sample(self, sample_shape=()):
        with torch.no_grad():
            gamma = torch.distributions.Gamma(self.dispersion, self.dispersion)
            return torch.poisson(torch.exp(self.log_mean) * gamma.sample(sample_shape)).long()

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        log_choose = log_rising(self.dispersion, value) - torch.lgamma(value + 1.0)
        log_success = value * logsigmoid(self.log_odds)
        log_mass = log_choose + log_success + self.dispersion * logsigmoid(-self.log_odds)
        certain = torch.where(value == 0, 0.0, -torch.inf)
        return torch.where(self.is_0, certain, log_mass)

    @property
    def mean(self):
        return torch.exp(self.log_mean)

    @property
    def variance(self):
        return self.mean + self.mean**2 / self.dispersion
