"""Ordered categories, precise in the tails."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from torch.nn.functional import logsigmoid

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals
from gendsl.backends.pyro.distributions.log1mexp import log1mexp


def OrderedLogistic(eta, cutpoints):
    """Category k where eta + logistic noise falls between cutpoints k - 1 and k.

    sigmoid(u) - sigmoid(l) = sigmoid(u) sigmoid(-l) (1 - exp(l - u)), so no two close numbers
    are subtracted. A cutpoint may be infinite: no category lies beyond it.
    """
    (eta,), (cutpoints,) = broadcast_reals(eta), broadcast_reals(cutpoints)
    shape = torch.broadcast_shapes(eta.shape, cutpoints.shape[:-1])
    gaps = cutpoints.expand(*shape, cutpoints.shape[-1])
    away = gaps - eta.unsqueeze(-1)
    zero = away.new_zeros(*shape, 1)
    log_below = torch.cat([logsigmoid(away), zero], -1)
    log_above = torch.cat([zero, logsigmoid(-away)], -1)
    lower, upper = gaps[..., :-1], gaps[..., 1:]
    between = log1mexp(torch.where(lower < upper, lower - upper, 0.0))
    return dist.Categorical(logits=log_below + log_above + torch.cat([zero, between, zero], -1))
