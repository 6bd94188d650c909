"""Running an inference program by Pyro's own algorithms: the engine `pyro`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gendsl.api.engine_approximations import draw_from_guide
from gendsl.api.engine_refusals import check_engine
from gendsl.api.engine_seeds import SeedUse, seed_for
from gendsl.api.inference_chains import check_any, starts_of, starts_that_are_said
from gendsl.api.inference_drawn import Drawn
from gendsl.api.inference_kernels import check_moved
from gendsl.api.inference_posterior import Posterior
from gendsl.api.inference_weighted import draw_weighted
from gendsl.api.progress import Report
from gendsl.api.settings import Plan
from gendsl.resolve.inference_piece import Result
from gendsl.results.trust import DrawKind

if TYPE_CHECKING:
    from gendsl.backends.pyro.inference.chains import Make, Transitions, Turn
    from gendsl.backends.pyro.inference.flat import FlatModel

_SECONDS_BETWEEN_REPORTS = 0.25


def draw_by_engine(
    posterior: Posterior, plan: Plan, *, seed: int, progress: Report | None
) -> Drawn:
    """Draw from the posterior by Pyro's kernels and guides, on the posterior's density in torch.

    Raises:
        UsageError: if Pyro lacks a piece of the program or a setting.
        InferenceError: if no start is found, or the run is stopped before the first draw.
    """
    from gendsl.backends.pyro.inference.flat import FlatModel
    from gendsl.inference.hosts import as_raised

    check_engine(plan)
    if plan.returns is Result.WEIGHTED:  # The posterior's target is the program in torch.
        return draw_weighted(posterior, plan, seed)
    target = FlatModel(posterior.density.size, posterior.host.compiled)
    make = _draw_chains if plan.returns is Result.CHAINS else draw_from_guide
    with as_raised():
        return make(posterior, target, plan, seed, progress)


def _draw_chains(
    posterior: Posterior, target: FlatModel, plan: Plan, seed: int, progress: Report | None
) -> Drawn:
    from gendsl.backends.pyro.inference.chains import run_chains
    from gendsl.inference.interrupts import interruptible

    check_moved(plan, posterior.target)
    starts = starts_that_are_said(posterior, plan, seed)
    if starts is None:
        starts = starts_of(posterior, seed, plan.number("chains"))
    wanted = plan.number("draws")
    with interruptible() as is_stopped:
        found = run_chains(
            target,
            _KERNELS[plan.outer.name](plan.settings, target.size),
            np.asarray(starts, np.float64),
            num_warmup=plan.number("warmup"),
            num_draws=wanted,
            seeds=[seed_for(seed, SeedUse.CHAIN, chain) for chain in range(len(starts))],
            tell=_teller(progress, is_stopped),
        )
    check_any(found.draws)
    return Drawn(
        DrawKind.CHAINS,
        found.draws,
        _statistics(found, plan),
        said={"evaluations": target.num_evaluations},
        is_interrupted=found.draws.shape[1] < wanted,
    )


def _statistics(found: Transitions, plan: Plan) -> dict[str, Any]:
    """What Pyro knows of each transition; it does not keep the energy."""
    columns = {
        "lp": found.log_density,
        "acceptance_rate": found.acceptance_rate,
        "diverging": found.is_divergent,
        "n_steps": found.num_gradients,
        "step_size": found.step_size,
    }
    if plan.outer.name == "nuts":
        # A tree that is doubled k times has at least 2^(k - 1) steps, and 2^k - 1 at most.
        depth = np.frexp(found.num_gradients.astype(float))[1]
        full = 2 ** plan.number("max_depth") - 1
        columns |= {
            "tree_depth": depth,
            "reached_max_treedepth": found.num_gradients >= full,
        }
    return columns


def _teller(progress: Report | None, is_stopped: Callable[[], bool]) -> Callable[[Turn], bool]:
    """What passes reports on, a few times a second, and says whether to stop."""
    from gendsl.inference.run import Progress

    last = -_SECONDS_BETWEEN_REPORTS

    def tell(turn: Turn) -> bool:
        nonlocal last
        now = time.monotonic()
        is_over = turn.done == turn.total
        if progress is not None and (is_over or now - last >= _SECONDS_BETWEEN_REPORTS):
            last = now
            progress(Progress(*turn))
        return is_stopped()

    return tell


def _nuts(settings: Mapping[str, Any], size: int) -> Make:
    from gendsl.backends.pyro.inference.chains import nuts
    from gendsl.inference.sampler import DENSE_UP_TO

    metric = settings["metric"]
    is_dense = size <= DENSE_UP_TO if metric == "auto" else metric == "dense"
    return nuts(
        target_accept_prob=settings["target_accept"],
        max_tree_depth=settings["max_depth"],
        full_mass=is_dense,
    )


def _hmc(settings: Mapping[str, Any], size: int) -> Make:
    from gendsl.backends.pyro.inference.chains import hmc

    return hmc(
        settings["steps"],
        target_accept_prob=settings["target_accept"],
        full_mass=settings["metric"] == "dense",
    )


_KERNELS: Mapping[str, Callable[[Mapping[str, Any], int], Make]] = MappingProxyType(
    {"nuts": _nuts, "hmc": _hmc}
)
