"""The predictive distribution of a trained network whose head is bars with half-normal tails.

Source: Müller et al. (2022), "Transformers can do Bayesian inference", section 4 and appendix E.
"""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.networks.network_outputs import network_number, network_outputs


def network_bars(network, x, y, new):
    """The bars that a trained network predicts at new inputs, given x and y."""
    centre, unit = network_number(network["y_centre"]), network_number(network["y_unit"])
    logits = network_outputs(network, x, y, new)
    return Bars(logits, centre + unit * network_number(network["head"]))


class Bars(dist.TorchDistribution):
    """A histogram with these borders; in place of its first and last bar are half normals.

    Each has its median where the bar's outer border is.
    """

    arg_constraints = {}
    support = constraints.real

    def __init__(self, logits, borders, *, validate_args=None):
        self.logits, self.borders = logits, borders
        super().__init__(logits.shape[:-1], validate_args=validate_args)

    def tails(self):
        """The inner ends of the tails, and their scales."""
        widths = self.borders.diff()[[0, -1]]
        left, right = widths / torch.special.ndtri(torch.tensor(0.75, dtype=widths.dtype))
        return self.borders[1], self.borders[-2], left, right

    def log_prob(self, value):
        low, high, left, right = self.tails()
        shares = torch.log_softmax(self.logits, -1)
        heights = shares - self.borders.diff().log()
        edges, place = self.borders[1:-1], value[..., None]
        always = torch.ones_like(place, dtype=torch.bool)
        is_above = torch.cat([always, place >= edges], -1)
        is_below = torch.cat([place < edges, always], -1)
        inside = torch.where(is_above & is_below, heights, 0.0).sum(-1)
        under = dist.HalfNormal(left).log_prob((low - value).abs()) + shares[..., 0]
        over = dist.HalfNormal(right).log_prob((value - high).abs()) + shares[..., -1]
        return torch.where(value < low, under, torch.where(value >= high, over, inside))

    def sample(self, sample_shape=()):
        with torch.no_grad():
            low, high, left, right = self.tails()
            shape = self._extended_shape(sample_shape)
            bar = torch.distributions.Categorical(logits=self.logits).sample(sample_shape)
            share = torch.rand(shape, dtype=self.logits.dtype)
            inside = self.borders[bar] + share * self.borders.diff()[bar]
            # A share this side of 1 may round to 1 here, where the quantile is infinite.
            most = 1.0 - torch.finfo(share.dtype).eps
            tail = torch.special.ndtri(0.5 + 0.5 * share.clamp(max=most))
            last = self.logits.shape[-1] - 1
            ends = torch.where(bar == 0, low - left * tail, high + right * tail)
            return torch.where((bar == 0) | (bar == last), ends, inside)
