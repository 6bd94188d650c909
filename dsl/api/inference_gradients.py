"""Programs that draw by stochastic gradients: chains that are not exact, and say by how much."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gendsl.api.devices import chain_devices
from gendsl.api.inference_chains import (
    check_any,
    of_chains,
    starts_of,
    starts_that_are_said,
    stopped_early,
)
from gendsl.api.inference_drawn import Array, Drawn
from gendsl.api.inference_kernels import check_moved
from gendsl.api.inference_posterior import Posterior
from gendsl.api.inference_rows import rows_of
from gendsl.api.log_densities import log_densities_of
from gendsl.api.progress import Report
from gendsl.api.resuming import Resumption
from gendsl.api.settings import Plan

if TYPE_CHECKING:
    from gendsl.inference.minibatch import Rows

_INFLATION = 0.05
"""By how much a step that is chosen makes variances too large, about."""
_SHORTER = 0.5
"""The share of the longest step whose gradient noise can be made up for."""
_MOST_STEPS = 1024
_CYCLE = 4
"""A cycle explores, and falls to nothing, in as many times the steps of a transition."""


@dataclass(frozen=True, slots=True)
class _Steps:
    """The size of a step, how many a transition has, and what they do to variances."""

    size: float
    count: int
    inflation: float


def draw_by_gradients(
    posterior: Posterior,
    plan: Plan,
    seed: int,
    progress: Report | None,
    stream: Resumption | None = None,
) -> Drawn:
    """Climb towards modes, and run chains from there.

    Raises:
        InferenceError: if no start is found, or the run is stopped before the first draw.
        DiagnosticError: if the program can't be read in minibatches, where that is asked for.
    """
    from gendsl.inference.approximations import ascend
    from gendsl.inference.arrays import on_host
    from gendsl.inference.chain_sampler import ChainSampler
    from gendsl.inference.interrupts import interruptible
    from gendsl.inference.randomness import chain_words
    from gendsl.inference.run import run
    from gendsl.inference.stochastic_scale import tuning

    settings = plan.settings
    rate = settings["rate"]
    assert isinstance(rate, int | float)
    check_moved(plan, posterior.target)
    rows, data = rows_of(posterior, plan.outer)
    starts, copies = _starts(posterior, plan, seed)
    with interruptible() as is_stopped:
        climbed = ascend(
            rows,
            data,
            starts,
            seed,
            num_steps=plan.number("climb"),
            rate=float(rate),
            progress=progress,
            should_stop=is_stopped,
        )
    if climbed.is_stopped:
        raise stopped_early()
    words = chain_words(int(np.random.SeedSequence(seed, spawn_key=(13,)).generate_state(1)[0]), 1)
    tuned = tuning(rows, data, climbed.positions, on_host(words[0]))
    method = BY_GRADIENTS[plan.outer.name]
    steps = method.steps(settings, float(np.max(tuned.noise)))
    size = np.asarray(steps.size, climbed.positions.dtype)
    chains = run(
        ChainSampler(
            method.kernel(rows, steps.count, settings),
            plan.number("warmup"),
            chain_devices(plan.number("chains")),
        ),
        (*data, tuned._replace(step=on_host(size))),
        seed=seed,
        num_chains=plan.number("chains"),
        num_draws=plan.number("draws"),
        positions=np.repeat(climbed.positions, copies, axis=0),
        progress=progress,
        **({} if stream is None else stream.arguments),
    )
    check_any(chains.draws)
    drawn = of_chains(
        chains, posterior.program, kernels=frozenset({plan.outer.name}), is_exact=False
    )
    shape = chains.draws.shape
    log_densities = log_densities_of(posterior, chains.draws.reshape(-1, shape[-1])).reshape(
        shape[:2]
    )
    said = {
        "method": plan.outer.name,
        "step": steps.size,
        "steps": steps.count,
        "gradient_noise": float(np.max(tuned.noise)),
        "variance_inflation": steps.inflation,
    }
    return replace(
        drawn, said={**drawn.said, **said}, statistics={**drawn.statistics, "lp": log_densities}
    )


def _starts(posterior: Posterior, plan: Plan, seed: int) -> tuple[Array, int]:
    """Where climbs start [climb, dim], and how many chains go on from the end of each."""
    together = starts_that_are_said(posterior, plan, seed)
    if together is None:
        return starts_of(posterior, seed, plan.number("chains")), 1
    chains = plan.number("chains")
    copies = chains // plan.number("superchains", chains)
    return together[::copies], copies


Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Method:
    """A row: the steps for settings and a variance of whitened gradients, and the kernel."""

    steps: Callable[[Settings, float], _Steps]
    kernel: Callable[[Rows, int, Settings], Any]


def _langevin_steps(settings: Settings, noise: float) -> _Steps:
    """Along a direction of unit curvature a step e makes variances e (1 + V) / 4 too large."""
    size = settings["step"]
    size = 4.0 * _INFLATION / (1.0 + noise) if size is None else float(size)
    return _Steps(size, _count(settings, 1.0 / size), 0.25 * size * (1.0 + noise))


def _hamiltonian_steps(settings: Settings, noise: float) -> _Steps:
    """A step e makes variances e / (2 (2 - a)) too large, and more where e V is above 2 a."""
    friction = float(settings["friction"])
    size = settings["step"]
    if size is None:
        longest = 2.0 * friction / noise if noise > 0 else np.inf
        size = min(2.0 * _INFLATION * (2.0 - friction), _SHORTER * longest)
    size = float(size)
    excess = max(1.0, size * noise / (2.0 * friction))
    inflation = excess / max(1.0 - size / (2.0 * (2.0 - friction)), 1e-3) - 1.0
    return _Steps(size, _count(settings, max(friction / size, 2.0 / friction)), inflation)


def _count(settings: Settings, relaxing: float) -> int:
    """The steps of a transition, if not given those of about a relaxation, a power of 2."""
    if settings["steps"] is not None:
        return int(settings["steps"])
    times = _CYCLE if settings["schedule"] == "cyclical" else 1
    return int(min(_MOST_STEPS, 2 ** np.ceil(np.log2(max(1.0, relaxing * times)))))


def _sgld(rows: Rows, count: int, settings: Settings) -> Any:
    from gendsl.inference.kernels import Sgld
    from gendsl.inference.kernels.step_schedule import Schedule

    return Sgld(rows, count, Schedule(settings["schedule"]))


def _sghmc(rows: Rows, count: int, settings: Settings) -> Any:
    from gendsl.inference.kernels import Sghmc
    from gendsl.inference.kernels.step_schedule import Schedule

    return Sghmc(rows, count, float(settings["friction"]), Schedule(settings["schedule"]))


BY_GRADIENTS: Mapping[str, _Method] = MappingProxyType(
    {
        "sgld": _Method(_langevin_steps, _sgld),
        "sghmc": _Method(_hamiltonian_steps, _sghmc),
    }
)
"""The kernels of stochastic gradients by name."""
