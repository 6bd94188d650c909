"""Densities of programs that solve equations, where the solver may fail.

A failure has no density, and its slope is no number: both would spoil what they are added to. It is
told apart from other ends: the log likelihood is then the lowest number that there is.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gendsl.backends.pyro.visit import Values

LOWEST = torch.finfo(torch.float64).min
"""The log likelihood of a failure."""


def is_solved(terms: Values, sites: frozenset[str]) -> bool:
    """Whether none of the sites that stand for a solution rules the position out."""
    return all(bool((terms[site] == 0.0).all()) for site in sites)


def flat(value: float, position: Tensor) -> Tensor:
    """A number as a function of a position: with a gradient, of 0, wherever the position is."""
    return torch.where(torch.zeros(position.shape, dtype=torch.bool), position, 0.0).sum() + value
