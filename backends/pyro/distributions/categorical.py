"""Categories by their probabilities, some of which may be zero."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals
from gendsl.backends.pyro.distributions.log_or_impossible import log_or_impossible


class Categorical(dist.TorchDistribution):
    """Log density -inf where a probability is 0, with a gradient of 0: Pyro's takes 1e-16 for 0."""

    arg_constraints = {"probs": constraints.simplex}

    def __init__(self, probs, *, validate_args=None):
        (self.probs,) = broadcast_reals(probs)
        super().__init__(self.probs.shape[:-1], validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self):
        return constraints.integer_interval(0, self.probs.shape[-1] - 1)

    def sample(self, sample_shape=()):
        return torch.distributions.Categorical(self.probs, validate_args=False).sample(sample_shape)

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        log = log_or_impossible(self.probs)
        shape = torch.broadcast_shapes(value.shape, self.batch_shape)
        log = log.expand(*shape, log.shape[-1])
        return log.gather(-1, value.expand(shape)[..., None].long())[..., 0]
