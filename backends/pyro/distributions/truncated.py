"""A distribution restricted to an interval, normalised."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals
from gendsl.backends.pyro.distributions.feasible_like import feasible_like
from gendsl.backends.pyro.distributions.log_tails import log_between, log_tails_anywhere


def float_order(x):
    """Integers in the order of the floats, and back: its own inverse on each side."""
    bits = x.view(torch.int64) if x.is_floating_point() else x
    return torch.where(bits < 0, bits ^ torch.iinfo(torch.int64).max, bits)


def least_float(is_enough, low, high):
    """The least float in (low, high] where a monotone condition holds, by bisection of the bits."""
    below, above = float_order(low.double()), float_order(high.double())
    for _ in range(64):
        middle = (below & above) + ((below ^ above) >> 1)
        enough = is_enough(float_order(middle).view(torch.float64))
        below, above = torch.where(enough, below, middle), torch.where(enough, middle, above)
    return float_order(above).view(torch.float64)


class Truncated(dist.TorchDistribution):
    """`base` given low <= X <= high; the bounds may be arrays, and inferred; None is no bound.

    The mass between the bounds is taken from the tail that is small, so it keeps its precision
    however far out the bounds lie.
    """

    arg_constraints = {}

    def __init__(self, base, low=None, high=None, *, validate_args=None):
        self.base = base
        self.low, self.high = (
            bound if bound is None else broadcast_reals(bound)[0] for bound in (low, high)
        )
        shapes = [bound.shape for bound in (self.low, self.high) if bound is not None]
        shape = torch.broadcast_shapes(base.batch_shape, *shapes)
        super().__init__(shape, validate_args=validate_args)

    @property
    def limits(self):
        """The narrower of the bounds and the base's own; infinite where there is neither."""
        support = self.base.support
        (low,) = broadcast_reals(getattr(support, "lower_bound", -torch.inf))
        (high,) = broadcast_reals(getattr(support, "upper_bound", torch.inf))
        low = low if self.low is None else torch.maximum(self.low, low)
        high = high if self.high is None else torch.minimum(self.high, high)
        return (torch.ceil(low), torch.floor(high)) if support.is_discrete else (low, high)

    @constraints.dependent_property(event_dim=0)
    def support(self):
        low, high = self.limits
        has_low = self.low is not None or hasattr(self.base.support, "lower_bound")
        has_high = self.high is not None or hasattr(self.base.support, "upper_bound")
        if self.base.support.is_discrete:
            return constraints.integer_interval(low, high)
        if has_low and has_high:
            return constraints.interval(low, high)
        return constraints.greater_than(low) if has_low else constraints.less_than(high)

    def log_mass_below(self):
        """The function x -> log P(low <= base <= x)."""
        low, _ = self.limits
        first = low - 1 if self.base.support.is_discrete else low
        tails_low = log_tails_anywhere(self.base, first)
        return lambda x: log_between(tails_low, log_tails_anywhere(self.base, x))

    def log_prob(self, value):
        low, high = self.limits
        value = value.expand(torch.broadcast_shapes(value.shape, self.batch_shape))
        is_inside = (value >= low) & (value <= high)
        inside = torch.where(is_inside, value, feasible_like(self.support, value))
        log_density = self.base.log_prob(inside) - self.log_mass_below()(high)
        return torch.where(is_inside, log_density, -torch.inf)

    def cdf(self, value):
        low, high = self.limits
        value = torch.floor(value) if self.base.support.is_discrete else value
        log_mass_below = self.log_mass_below()
        return torch.exp(log_mass_below(value.clamp(low, high)) - log_mass_below(high))

    def sample(self, sample_shape=()):
        with torch.no_grad():
            shape = self._extended_shape(sample_shape)
            low, high = (bound.expand(shape) for bound in self.limits)
            chance = torch.rand(shape, dtype=torch.float64)
            log_mass_below = self.log_mass_below()
            goal = torch.log(1.0 - chance) + log_mass_below(high)
            if not self.base.support.is_discrete:
                draw = least_float(lambda x: log_mass_below(x) >= goal, low, high)
                return draw.to(low.dtype)
            draw = least_float(lambda x: log_mass_below(torch.floor(x)) >= goal, low - 1, high)
            return torch.floor(draw).long()
