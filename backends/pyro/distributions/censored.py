"""A distribution seen through a detector with limits."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals
from gendsl.backends.pyro.distributions.feasible_like import feasible_like
from gendsl.backends.pyro.distributions.log_tails import log_tails_anywhere


class Censored(dist.TorchDistribution):
    """`base` clipped to [lower, upper]: a value at a bound carries the mass beyond it.

    The bounds may differ by row; an infinite bound is none.
    """

    arg_constraints = {}

    def __init__(self, base, lower=-torch.inf, upper=torch.inf, *, validate_args=None):
        self.base = base
        self.lower, self.upper = broadcast_reals(lower, upper)
        shape = torch.broadcast_shapes(base.batch_shape, self.lower.shape)
        super().__init__(shape, validate_args=validate_args)

    @property
    def support(self):
        return self.base.support

    def sample(self, sample_shape=()):
        draw = self.base.expand(self.batch_shape).sample(sample_shape)
        return draw.clamp(self.lower, self.upper).to(draw.dtype)

    def log_prob(self, value):
        is_low, is_high = value <= self.lower, value >= self.upper
        value = value.expand(torch.broadcast_shapes(value.shape, self.batch_shape))
        feasible = feasible_like(self.base.support, value)
        seen = torch.where(is_low | is_high, feasible, value)
        at_most = torch.where(is_low, self.lower, seen)
        # P(X >= upper), so from just below it where X is an integer
        above = torch.ceil(self.upper) - 1 if self.base.support.is_discrete else self.upper
        log_below, _ = log_tails_anywhere(self.base, at_most)
        _, log_above = log_tails_anywhere(self.base, torch.where(is_high, above, seen))
        log_seen = self.base.log_prob(seen)
        return torch.where(is_low, log_below, torch.where(is_high, log_above, log_seen))
