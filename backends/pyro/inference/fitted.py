"""A guide that has been fitted: its draws, and their weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyro
import torch
from numpy.typing import NDArray
from pyro.infer.autoguide import AutoContinuous
from pyro.infer.importance import vectorized_importance_weights

from gendsl.backends.pyro.inference.flat import LOG_DENSITY, MOST_PLATES, POSITION, FlatModel
from gendsl.backends.pyro.visit import double_precision

Array = NDArray[Any]


class Weighed(NamedTuple):
    """Draws of a guide [draw, dim], the target's log densities at them, the guide's [draw]."""

    positions: Array
    log_p: Array
    log_q: Array


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A guide of a model, where its fit ended.

    Attributes:
        steps: of the optimiser.
        is_settled: whether it stood still.
        num_bad: draws of the last window of steps at which the density was not finite.
        is_stopped: whether it was stopped on the way.
    """

    target: FlatModel
    guide: AutoContinuous
    steps: int
    is_settled: bool
    num_bad: int = 0
    is_stopped: bool = False

    def weigh(self, count: int, seed: int) -> Weighed:
        """Draws of the guide with their log densities, by Pyro's importance weights."""
        with alone(seed), torch.no_grad():
            batches = [self._batch() for _ in range(0, count, _BATCH)]
        return Weighed(*(np.concatenate(parts)[:count] for parts in zip(*batches, strict=True)))

    def _batch(self) -> Weighed:
        log_weights, model, _ = vectorized_importance_weights(
            self.target, self.guide, num_samples=_BATCH, max_plate_nesting=MOST_PLATES
        )
        log_p = model.nodes[LOG_DENSITY]["log_prob"].reshape(_BATCH)
        positions = model.nodes[POSITION]["value"].reshape(_BATCH, -1)
        return Weighed(
            positions.numpy(), log_p.numpy(), (log_p - log_weights.reshape(_BATCH)).numpy()
        )


_BATCH = 250
"""Draws at once: of one number, so that a density is compiled for it once."""


@contextmanager
def alone(seed: int) -> Iterator[None]:
    """Doubles, a generator begun at `seed`, and a store of parameters that is put back after."""
    with (
        double_precision(),
        torch.random.fork_rng(devices=[]),
        pyro.get_param_store().scope(),
    ):
        torch.manual_seed(seed)
        yield
