"""What a sampler of the comparison is: prepared once for a case, then run as often as wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from peers.case import Values
from peers.clock import Seconds


class NoProgramError(Exception):
    """A sampler that needs a program of its own has none of the model."""


@dataclass(frozen=True, slots=True)
class Once:
    """One run.

    Attributes:
        values: draws [chain, draw, ...] of the model's quantities by our names.
        gradients: leapfrog steps of the kept draws, over all chains.
        divergences: among the kept draws.
        warmup: the time of warm-up, starts included, compilation not.
        sampling: the time from the end of warm-up to constrained draws, compilation not.
    """

    values: Values
    gradients: int
    divergences: int
    warmup: Seconds
    sampling: Seconds


Prepared = Callable[[bool], Once]
"""Runs the sampler; told whether this is the first run, which pays for compilation.

A sampler that can't tell warm-up from sampling in one program lumps them in the first run, and
takes them apart in later ones.
"""
