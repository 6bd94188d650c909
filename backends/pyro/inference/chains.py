"""Chains by Pyro's Hamiltonian kernels.

Chains take turns, a transition each: a run that is stopped has as many draws of every chain, and
what is said on the way is of all. Each chain has a state of torch's generator to itself, so that
its draws do not depend on how many others there are. All run in one process: one that is forked
beside threads of torch or JAX may wait for a lock for ever, and one that is spawned imports and
compiles everything again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from pyro.infer.mcmc import HMC, NUTS
from torch import Tensor

from gendsl.backends.pyro.inference.flat import POSITION, FlatModel
from gendsl.backends.pyro.visit import double_precision

Array = NDArray[Any]

Make = Callable[[FlatModel], HMC]
"""A kernel of Pyro for a model; NUTS is an HMC too."""


class Turn(NamedTuple):
    """How far the chains are: each has made `done` of `total` transitions of the phase."""

    phase: str
    done: int
    total: int
    num_divergent: int
    step_size: float
    mean_gradients: float


@dataclass(frozen=True, slots=True)
class Transitions:
    """What chains bring home; every array but `draws` is [chain, draw].

    Attributes:
        draws: positions [chain, draw, dim].
        acceptance_rate: mean acceptance probability along each trajectory.
        num_gradients: leapfrog steps.
        step_size: used for the transition.
        is_divergent: whether the energy error passed Pyro's threshold.
        log_density: at the draw.
    """

    draws: Array
    acceptance_rate: Array
    num_gradients: Array
    step_size: Array
    is_divergent: Array
    log_density: Array


class _FixedSteps(HMC):
    """HMC whose trajectories have a number of steps.

    Those of Pyro have a length: `num_steps` times the step size at first, so that how many steps
    there are depends on the step size that warm-up comes to.
    """

    def __init__(self, steps: int, **options: Any) -> None:
        super().__init__(**options)
        self._steps = steps

    @property
    def num_steps(self) -> int:
        """The steps of a trajectory."""
        return self._steps


def nuts(**options: Any) -> Make:
    """Pyro's NUTS; `options` are those of its constructor."""
    return lambda target: NUTS(potential_fn=target.potential, **options)


def hmc(steps: int, **options: Any) -> Make:
    """Pyro's HMC with trajectories of `steps` steps."""
    return lambda target: _FixedSteps(steps, potential_fn=target.potential, **options)


def run_chains(
    target: FlatModel,
    make: Make,
    starts: Array,
    *,
    num_warmup: int,
    num_draws: int,
    seeds: Sequence[int],
    tell: Callable[[Turn], bool],
) -> Transitions:
    """Run a kernel from each of `starts` [chain, dim], until `tell` says to stop.

    A run that is stopped has the draws that were made; in warm-up there are none.
    """
    with double_precision(), torch.random.fork_rng(devices=[]):
        chains = [
            _Chain(target, make(target), num_warmup, seed, torch.tensor(start))
            for start, seed in zip(starts, seeds, strict=True)
        ]
        for turn in range(num_warmup + num_draws):
            rows = [chain.step(is_kept=turn >= num_warmup) for chain in chains]
            if tell(_turn(turn, num_warmup, num_draws, rows, chains)):
                break
    return Transitions(
        draws=np.array([[row.position for row in chain.rows] for chain in chains]).reshape(
            len(chains), -1, target.size
        ),
        acceptance_rate=_column(chains, "acceptance_rate"),
        num_gradients=_column(chains, "num_gradients"),
        step_size=_column(chains, "step_size"),
        is_divergent=_column(chains, "is_divergent"),
        log_density=_column(chains, "log_density"),
    )


class _Row(NamedTuple):
    """A transition."""

    position: Array
    acceptance_rate: float
    num_gradients: int
    step_size: float
    is_divergent: bool
    log_density: float


@dataclass(slots=True)
class _Chain:
    """A kernel of Pyro, and where it stands.

    A kernel shows what its progress bar needs; what a fit records of each transition is read where
    the kernel keeps it.
    """

    target: FlatModel
    kernel: HMC
    num_warmup: int
    seed: int
    start: Tensor
    rows: list[_Row] = field(default_factory=list, init=False)
    num_divergent: int = field(default=0, init=False)
    _latents: dict[str, Tensor] = field(default_factory=dict, init=False)
    _generator: Tensor = field(init=False)
    _mean: float = field(default=0.0, init=False)
    _made: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        torch.manual_seed(self.seed)
        self.kernel.initial_params = {POSITION: self.start}
        self.kernel.setup(self.num_warmup)
        self._latents = self.kernel.initial_params
        self._generator = torch.get_rng_state()

    def step(self, *, is_kept: bool) -> _Row:
        """Make a transition."""
        torch.set_rng_state(self._generator)
        before, step_size = self.target.num_evaluations, float(self.kernel.step_size)
        self._latents = self.kernel.sample(self._latents)
        self._generator = torch.get_rng_state()
        num_gradients = self.target.num_evaluations - before
        divergences, energy = len(self.kernel._divergences), self.kernel._potential_energy_last
        assert energy is not None
        row = _Row(
            self._latents[POSITION].detach().numpy().copy(),
            self._acceptance_rate(),
            num_gradients,
            step_size,
            divergences > self.num_divergent,
            -float(energy),
        )
        self.num_divergent = divergences
        if is_kept:
            self.rows.append(row)
        return row

    def _acceptance_rate(self) -> float:
        """That of the last transition: Pyro keeps the mean, which begins anew after warm-up."""
        self._made = 1 if self._made == self.num_warmup else self._made + 1
        mean = float(self.kernel._mean_accept_prob)
        last = self._mean + self._made * (mean - self._mean)
        self._mean = mean
        return min(max(last, 0.0), 1.0)


def _turn(
    turn: int, num_warmup: int, num_draws: int, rows: Sequence[_Row], chains: Sequence[_Chain]
) -> Turn:
    is_sampling = turn >= num_warmup
    return Turn(
        "sampling" if is_sampling else "warmup",
        turn + 1 - num_warmup * is_sampling,
        num_draws if is_sampling else num_warmup,
        sum(chain.num_divergent for chain in chains),
        float(np.exp(np.mean(np.log([row.step_size for row in rows])))),
        float(np.mean([row.num_gradients for row in rows])),
    )


def _column(chains: Sequence[_Chain], name: str) -> Array:
    return np.array([[getattr(row, name) for row in chain.rows] for chain in chains])
