"""A whole run: starts, warm-up, draws, with progress and a clean stop."""

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gendsl.inference.advance import Stats
from gendsl.inference.arrays import on_host
from gendsl.inference.initial import NoFiniteStartError, find_starts
from gendsl.inference.probation import Restart
from gendsl.inference.protocol import Status
from gendsl.inference.sampler import Carry, NutsSampler
from gendsl.inference.target import Data

_SECONDS_BETWEEN_REPORTS = 0.25
_FIRST_CHUNK = 10


class Progress(NamedTuple):
    """How far a run is.

    Attributes:
        phase: ``"warmup"`` or ``"sampling"``.
        done: transitions made in this phase by every chain, of ``total``.
        num_divergent: divergent transitions of this phase, over all chains.
        step_size: geometric mean over chains of the latest step sizes.
        mean_gradients: gradients a transition took, over the latest chunk.
    """

    phase: str
    done: int
    total: int
    num_divergent: int
    step_size: float
    mean_gradients: float


class Chains(NamedTuple):
    """What a run brings home; every stat is [chain, draw].

    A divergent transition keeps its draw, marked in ``is_divergent``.

    Attributes:
        draws: [chain, draw, dim], unconstrained.
        acceptance_rate: mean acceptance probability along each trajectory.
        num_gradients: leapfrog steps.
        tree_depth: doublings begun.
        is_divergent: whether the energy error passed its threshold.
        is_non_finite: whether it did so by not being a number.
        has_reached_max_depth: whether the trajectory was cut.
        energy: the Hamiltonian of each trajectory, at its start.
        step_size: used for the transition.
        log_density: at the draw.
        warmup_divergences: number of divergent transitions in warm-up.
        has_failed: whether it did so because the density could not be computed; a failure ends its
            transition, so there is one in each of these.
        warmup_failures: number of such transitions in warm-up.
        num_evaluations: gradients in warm-up and sampling.
        restarts: chains that were replaced in warm-up.
        scale: square root of the inverse metric, [dim] or [dim, dim].
        is_interrupted: whether the run was stopped before all draws were made.
        carry: where the run stands; ``NutsSampler.chunk`` continues it.
    """

    draws: np.ndarray
    acceptance_rate: np.ndarray
    num_gradients: np.ndarray
    tree_depth: np.ndarray
    is_divergent: np.ndarray
    is_non_finite: np.ndarray
    has_reached_max_depth: np.ndarray
    energy: np.ndarray
    step_size: np.ndarray
    log_density: np.ndarray
    warmup_divergences: int
    scale: np.ndarray
    is_interrupted: bool
    carry: Carry
    has_failed: np.ndarray
    warmup_failures: int
    num_evaluations: int
    restarts: tuple[Restart, ...] = ()


def run(
    sampler: NutsSampler,
    data: Data,
    *,
    seed: int,
    num_chains: int = 4,
    num_draws: int = 1000,
    positions: np.ndarray | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Chains:
    """Warm up and draw; a keyboard interrupt ends the run and keeps what was drawn.

    Args:
        positions: starts [chain, dim]; found at random when absent.
        progress: called a few times a second.

    Raises:
        NoFiniteStartError: if a chain finds no finite start.
        ValueError: if a number is out of range or ``positions`` is of no use.
    """
    if num_draws < 0:
        raise ValueError(f"num_draws must not be negative, got {num_draws}")
    if positions is None:
        starts = find_starts(sampler.kernel, data, seed, num_chains)
        if not starts.is_found.all():
            raise NoFiniteStartError(starts)
        positions = starts.positions
    carry = sampler.init(data, seed, positions)
    phases = (("warmup", sampler.num_warmup), ("sampling", num_draws))
    kept: dict[str, list[tuple[np.ndarray, Stats]]] = {"warmup": [], "sampling": []}
    length = _FIRST_CHUNK
    is_interrupted = False
    try:
        for phase, total in phases:
            done = num_divergent = 0
            while done < total:
                started = time.perf_counter()
                carry, draws, stats = sampler.chunk(data, carry, min(length, total - done))
                elapsed = time.perf_counter() - started
                kept[phase].append((draws if phase == "sampling" else draws[:, :0], stats))
                done += draws.shape[1]
                num_divergent += int(np.sum(_has(stats, Status.DIVERGENT)))
                if progress is not None:
                    step_size = float(np.exp(np.mean(np.log(np.asarray(stats.step_size)[:, -1]))))
                    mean_gradients = float(np.mean(np.asarray(stats.num_gradients)))
                    progress(Progress(phase, done, total, num_divergent, step_size, mean_gradients))
                length = _next_length(length, elapsed)
    except KeyboardInterrupt:
        is_interrupted = True
    return _gather(kept, carry, is_interrupted)


def _next_length(length: int, elapsed: float) -> int:
    fitting = length * _SECONDS_BETWEEN_REPORTS / max(elapsed, 1e-6)
    return int(min(max(fitting, length / 4, 1), length * 4, 100_000))


def _has(stats: Stats, bit: Status) -> np.ndarray:
    is_set: NDArray[np.bool_] = (np.asarray(stats.status).astype(np.int32) & int(bit)) != 0
    return is_set


def _gather(
    kept: dict[str, list[tuple[np.ndarray, Stats]]], carry: Carry, is_interrupted: bool
) -> Chains:
    position = np.asarray(carry.chains.state.position)
    nothing = np.zeros((len(position), 0), position.dtype)
    table = [
        np.concatenate([nothing, *(stats[field] for _, stats in kept["sampling"])], axis=1)
        for field in range(len(Stats._fields))
    ]
    stats = Stats(*(on_host(column) for column in table))
    draws = [nothing[..., None] * position[:, None, :], *(draws for draws, _ in kept["sampling"])]
    return Chains(
        draws=np.concatenate(draws, axis=1),
        acceptance_rate=np.asarray(stats.acceptance_rate),
        num_gradients=np.asarray(stats.num_gradients).astype(np.int32),
        tree_depth=np.asarray(stats.tree_depth).astype(np.int32),
        is_divergent=_has(stats, Status.DIVERGENT),
        is_non_finite=_has(stats, Status.NON_FINITE),
        has_reached_max_depth=_has(stats, Status.DEPTH),
        energy=np.asarray(stats.energy),
        step_size=np.asarray(stats.step_size),
        log_density=np.asarray(stats.log_density),
        warmup_divergences=sum(
            int(np.sum(_has(stats, Status.DIVERGENT))) for _, stats in kept["warmup"]
        ),
        scale=np.asarray(carry.scale),
        is_interrupted=is_interrupted,
        carry=carry,
        has_failed=_has(stats, Status.FAILED),
        warmup_failures=sum(int(np.sum(_has(stats, Status.FAILED))) for _, stats in kept["warmup"]),
        num_evaluations=int(
            sum(np.sum(np.asarray(s.num_gradients)) for part in kept.values() for _, s in part)
        ),
        restarts=carry.restarts,
    )
