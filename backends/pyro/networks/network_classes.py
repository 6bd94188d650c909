"""The predictive distribution of a trained network whose target is one of some classes."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.networks.network_outputs import network_number, network_outputs


def network_classes(network, x, y, new, first=0):
    """The probabilities that a trained network gives to classes, which are numbered from first."""
    outputs = network_outputs(network, x, network_number(y) - first, new)
    return NetworkClasses(network_number(network["head"]) + outputs, first)


class NetworkClasses(dist.TorchDistribution):
    """Classes with these logits, which are numbered from first on."""

    arg_constraints = {}
    has_enumerate_support = True

    def __init__(self, logits, first, *, validate_args=None):
        self.logits, self.first = logits, first
        super().__init__(logits.shape[:-1], validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self):
        return constraints.integer_interval(self.first, self.first + self.logits.shape[-1] - 1)

    def log_prob(self, value):
        classes = torch.distributions.Categorical(logits=self.logits, validate_args=False)
        return classes.log_prob(torch.as_tensor(value).long() - self.first)

    def sample(self, sample_shape=()):
        classes = torch.distributions.Categorical(logits=self.logits, validate_args=False)
        return self.first + classes.sample(sample_shape)

    def enumerate_support(self, expand=True):
        classes = torch.distributions.Categorical(logits=self.logits, validate_args=False)
        return self.first + classes.enumerate_support(expand)
