"""Counts whose parameter may lie at an edge, where all of the mass is on one value."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals


class AtEdges(dist.TorchDistribution):
    """`family(**{name: argument}, **others)`, also where the argument is 0 or 1.

    There the draw is certain to be `at_0` or `at_1`: the log density is 0 or -inf, exactly, and
    its gradient is 0 where the family's own would be NaN. An edge that is None is none.
    """

    arg_constraints = {}

    def __init__(self, family, name, argument, at_0=None, at_1=None, **others):
        (argument,) = broadcast_reals(argument)
        self.at_0, self.at_1 = at_0, at_1
        nowhere = torch.zeros_like(argument, dtype=torch.bool)
        self.is_0 = nowhere if at_0 is None else argument == 0
        self.is_1 = nowhere if at_1 is None else argument == 1
        inside = torch.where(self.is_0 | self.is_1, 0.5, argument)
        self.base = family(**{name: inside}, **others)
        super().__init__(self.base.batch_shape, validate_args=False)

    @property
    def support(self):
        return self.base.support

    def log_prob(self, value):
        certain = torch.where(self.is_1, 0 if self.at_1 is None else self.at_1, self.at_0 or 0)
        at_edge = torch.where(value == certain, 0.0, -torch.inf)
        return torch.where(self.is_0 | self.is_1, at_edge, self.base.log_prob(value))
