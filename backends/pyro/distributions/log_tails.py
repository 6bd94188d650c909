"""Both tails of a distribution on the log scale, and the mass of an interval."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import functools

import torch

from gendsl.backends.pyro.distributions.feasible_like import feasible_like
from gendsl.backends.pyro.distributions.log1mexp import log1mexp
from gendsl.backends.pyro.distributions.log_add_exp import log_add_exp


@functools.singledispatch
def log_tails(base, x):
    """log P(X <= x) and log P(X > x), for x inside the support of `base`."""
    raise TypeError(f"{type(base).__name__} has no rule for its tails")


def log_tails_anywhere(base, x):
    """The same at any x: beyond the support a tail is 0 or 1, and every gradient is finite."""
    support = base.support
    low = torch.as_tensor(getattr(support, "lower_bound", -torch.inf))
    high = torch.as_tensor(getattr(support, "upper_bound", torch.inf))
    x, low, high = torch.broadcast_tensors(torch.as_tensor(x), low, high)
    is_below = x < low if support.is_discrete else x <= low
    is_above = x >= high
    is_outside = is_below | is_above
    inside = torch.where(is_outside, feasible_like(support, x), x)
    log_cdf, log_survival = log_tails(base, inside)
    if_below, if_above = (
        torch.where(is_below, -torch.inf, 0.0),
        torch.where(is_below, 0.0, -torch.inf),
    )
    return (
        torch.where(is_outside, if_below, log_cdf),
        torch.where(is_outside, if_above, log_survival),
    )


def log_between(tails_low, tails_high):
    """log P(low < X <= high), as a difference of the tails on the side where they are small."""
    log_cdf_low, log_survival_low = tails_low
    log_cdf_high, log_survival_high = tails_high
    is_right = log_survival_low < log_cdf_low
    is_left = log_cdf_high < log_survival_high
    top = torch.where(is_right, log_survival_low, torch.where(is_left, log_cdf_high, 0.0))
    both = log_add_exp(log_cdf_low, log_survival_high)
    gone = torch.where(is_right, log_survival_high, torch.where(is_left, log_cdf_low, both))
    is_empty = gone >= top
    gap = torch.where(is_empty, -1.0, gone) - torch.where(is_empty, 0.0, top)
    return torch.where(is_empty, -torch.inf, top + log1mexp(gap))


def log_interval(base, low, high):
    """log P(low < X <= high)."""
    return log_between(log_tails_anywhere(base, low), log_tails_anywhere(base, high))
