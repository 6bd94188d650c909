"""What warm-up does between transitions: its windows, the step size search and the new metric.

Everything here runs on the host, in numpy, at fixed transition counts, so it costs no compilation
and the result doesn't depend on how the run was cut into chunks.

Source: the windows, but for the early ones, and the search follow Stan (Stan Reference Manual, "HMC
algorithm parameters"; Hoffman & Gelman 2014, algorithm 4).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray

from gendsl.inference.arrays import on_host
from gendsl.inference.local import State
from gendsl.inference.low_rank_metric import LowRank

EARLY = (10, 20, 40)
"""Where the first part is cut."""
_FIRST, _BASE, _LAST = 75, 25, 50
_SEARCH_ACCEPTANCE = 0.8
_SMALLEST_STEP, _LARGEST_STEP = 1e-10, 1e7


class Window(NamedTuple):
    """A stretch of warm-up: it ends after transition ``stop``; ``is_learning`` feeds the metric."""

    stop: int
    is_learning: bool


def windows(num_warmup: int, last_share: float = 0.0) -> tuple[Window, ...]:
    """Return the windows that make up ``num_warmup`` transitions.

    The metric is learnt in windows of 25, 50, 100, ... doubling, from transition 75 on, the last
    stretched to leave 50 for a final tuning of the step size. Below 150 the three parts take 15%,
    75% and 10%; below 20 only the step size is tuned. The final tuning takes ``last_share`` of the
    warm-up where that is more: kernels that make one proposal a transition learn less from each.

    Stan learns nothing in the first part. Here it is cut after 10, 20 and 40 transitions, as the
    estimate is right for a Gaussian from draws that are still on their way, too. Where coordinates
    are correlated, that is where warm-up went: a regression of earnings on height and sex with
    their product took 147,000 gradients to warm up four chains with a dense metric, and takes
    21,000.

    Raises:
        ValueError: if ``num_warmup`` is negative.
    """
    if num_warmup < 0:
        raise ValueError(f"num_warmup must not be negative, got {num_warmup}")
    if num_warmup == 0:
        return ()
    if num_warmup < 20:
        return (Window(num_warmup, False),)
    first, base, last = _FIRST, _BASE, max(_LAST, int(last_share * num_warmup))
    if first + base + last > num_warmup:
        first, last = int(0.15 * num_warmup), int(max(0.1, last_share) * num_warmup)
        base = num_warmup - first - last
    plan = [Window(early, True) for early in EARLY if early < first]
    plan.append(Window(first, True))
    stop, end = first, num_warmup - last
    while stop < end:
        stop += base
        base *= 2
        if stop + base > end:
            stop = end
        plan.append(Window(stop, True))
    return (*plan, Window(num_warmup, False))


def search_step_size(
    evaluate: Callable[[jax.Array], State],
    state: State,
    scale: Any,
    words: jax.Array,
    transition: int,
    log_step: jax.Array,
) -> jax.Array:
    """Return the log step size [chain] at which one leapfrog step's acceptance crosses 0.8.

    Starting from ``log_step`` each chain doubles or halves until it crosses.

    Args:
        evaluate: maps positions [chain, dim] to their states.
        state: of all chains, finite.
        scale: as :class:`gendsl.inference.local.Params` has it.
        words: uint32 [chain, 2], with ``transition`` the seed of the momenta.
    """
    position, gradient, log_density = (np.asarray(field) for field in state)
    steps = np.asarray(log_step)
    dtype = position.dtype
    momentum = np.stack(
        [
            np.random.default_rng([transition, *map(int, chain)]).standard_normal(position.shape[1])
            for chain in np.asarray(words)
        ]
    ).astype(dtype)
    energy = 0.5 * np.sum(momentum**2, axis=-1) - log_density

    root = scale if isinstance(scale, LowRank) else np.asarray(scale)

    def whitened(rows: NDArray[Any]) -> NDArray[Any]:
        if isinstance(root, LowRank):
            return np.asarray(root.whiten(on_host(rows)))
        product: NDArray[Any] = rows * root if root.ndim == 1 else rows @ root
        return product

    def spread(rows: NDArray[Any]) -> NDArray[Any]:
        if isinstance(root, LowRank):
            return np.asarray(root.spread(on_host(rows)))
        product: NDArray[Any] = rows * root if root.ndim == 1 else rows @ root.T
        return product

    def is_accepted(steps: NDArray[Any]) -> NDArray[np.bool_]:
        half = 0.5 * np.exp(steps)[:, None]
        with np.errstate(all="ignore"):
            halfway = momentum + half * whitened(gradient)
            leaf = evaluate(on_host(position + 2.0 * half * spread(halfway)))
            after = halfway + half * whitened(np.asarray(leaf.gradient))
            error = 0.5 * np.sum(after**2, axis=-1) - np.asarray(leaf.log_density) - energy
            is_small = error < -np.log(_SEARCH_ACCEPTANCE)
            accepted: NDArray[np.bool_] = is_small & np.isfinite(error)
            return accepted

    steps = np.clip(steps, np.log(_SMALLEST_STEP), np.log(_LARGEST_STEP)).astype(dtype)
    is_growing = is_accepted(steps)
    change = np.where(is_growing, np.log(2.0), -np.log(2.0)).astype(dtype)
    is_searching = np.ones(len(steps), bool)
    while True:
        trial = steps + np.where(is_searching, change, 0).astype(dtype)
        is_inside = (trial > np.log(_SMALLEST_STEP)) & (trial < np.log(_LARGEST_STEP))
        is_searching &= is_inside
        if not is_searching.any():
            return on_host(steps)
        steps = np.where(is_searching, trial, steps)
        is_searching &= is_accepted(steps) == is_growing
