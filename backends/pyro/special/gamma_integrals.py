"""The regularised incomplete gamma functions, with slopes along the shape, which torch lacks."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch

from gendsl.backends.pyro.distributions.log_gamma_tails import log_gamma_tails


def gammainc(shape, x):
    """P(shape, x), from 0 at 0 to 1."""
    is_inside = (x > 0) & (x < torch.inf)
    log_below, _ = log_gamma_tails(1.0 * shape, torch.where(is_inside, x, 1.0))
    return torch.where(is_inside, torch.exp(log_below), torch.where(x > 0, 1.0, 0.0))


def gammaincc(shape, x):
    """Q(shape, x) = 1 - P(shape, x), to all digits where it is small."""
    is_inside = (x > 0) & (x < torch.inf)
    _, log_above = log_gamma_tails(1.0 * shape, torch.where(is_inside, x, 1.0))
    return torch.where(is_inside, torch.exp(log_above), torch.where(x > 0, 0.0, 1.0))
