"""Programs that return an approximation, or draws of one weighted by the posterior."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gendsl.api.bad_start import explain_bad_start
from gendsl.api.failure import InferenceError
from gendsl.api.inference_chains import has_solver, target_of
from gendsl.api.inference_drawn import Array, Drawn
from gendsl.api.settings import Plan
from gendsl.backends.protocol import Density
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.ir.bound import BoundData
from gendsl.ir.program import InferenceCall, Program
from gendsl.results.trust import DrawKind

if TYPE_CHECKING:
    from gendsl.inference.approximations import Approximation, Objective, Outcome, Trainable
    from gendsl.inference.target import Target

_SHARES = 6
"""Windows of the second step size are five times as long as those of the first."""
_FEWEST_WINDOWS = 4
_LONGEST_WINDOW = 100


def draw_approximation(
    program: Program, density: Density, bound: BoundData, plan: Plan, seed: int
) -> Drawn:
    """Fit an approximation, and draw from it; with `importance`, in proportion to the weights.

    Raises:
        InferenceError: if no start is found, or there is nothing to draw from.
    """
    from gendsl.inference.approximations import importance
    from gendsl.inference.initial import NoFiniteStartError

    target = target_of(density)
    try:
        fit = _FITS[plan.outer.name]
        found = fit(plan.outer, target, density.data, seed, has_solver(program))
    except NoFiniteStartError as error:
        raise explain_bad_start(
            program, density, error.starts, bound.arrays, bound.labels
        ) from None
    except ValueError as error:
        raise _nothing_found(plan.outer, str(error)) from None
    said: dict[str, Any] = {
        "method": plan.outer.name,
        "elbo": found.elbo,
        "elbo_mcse": found.elbo_mcse,
        "log_evidence": found.log_evidence,
        "pareto_k": found.pareto_k,
        "evaluations": found.num_evaluations,
        "is_interrupted": False,
    }
    second = next((p for p in plan.program.pieces if p.name == "importance"), None)
    if second is None:
        positions = found.draw(seed, plan.number("draws"))
        judged_by = _CHECK_DRAWS
        status = found.status
    else:
        count = dict(second.settings)["draws"]
        assert isinstance(count, int)
        weighted = importance(target, density.data, found, seed=seed, num_draws=count)
        positions = weighted.resample(plan.number("draws"))
        judged_by, status = count, found.status | weighted.status
        said |= {
            "method": f"{plan.outer.name}, weighted",
            "log_evidence": weighted.log_evidence,
            "pareto_k": weighted.pareto_k,
            "effective_size": weighted.effective_size,
        }
    if not np.isfinite(positions).all():
        raise _nothing_found(plan.outer, _reason(status))
    said |= {"checked_draws": judged_by, "problems": _problems(status)}
    return Drawn(
        DrawKind.APPROXIMATION,
        positions[None],
        {"lp": _heights(density, positions)[None]},
        found.is_exact,
        said,
    )


_CHECK_DRAWS = 2000


def _heights(density: Density, positions: Array) -> Array:
    import jax

    return np.asarray(
        jax.jit(jax.vmap(density.log_density, in_axes=(None, 0)))(density.data, positions)
    )


def _laplace(
    call: InferenceCall, target: Target, data: Any, seed: int, is_solved: bool
) -> Approximation:
    from gendsl.inference.approximations import Laplace

    # A solver's steps are differentiated backwards only.
    method = Laplace(target, num_starts=_whole(call, "starts"), has_differences=is_solved)
    return method.fit(data, seed, num_check_draws=_CHECK_DRAWS)


def _pathfinder(
    call: InferenceCall, target: Target, data: Any, seed: int, is_solved: bool
) -> Approximation:
    from gendsl.inference.approximations import Pathfinder

    method = Pathfinder(target, num_paths=_whole(call, "paths"))
    return method.fit(data, seed, num_check_draws=_CHECK_DRAWS)


def _variational(
    call: InferenceCall, target: Target, data: Any, seed: int, is_solved: bool
) -> Approximation:
    from gendsl.inference.approximations import (
        ChiSquared,
        FullRank,
        Iwae,
        LowRank,
        MeanField,
        ReverseKl,
        Variational,
    )

    size = target.size
    guides: dict[str, Trainable] = {
        "mean_field": MeanField(size),
        "full_rank": FullRank(size),
        "low_rank": LowRank(size, min(_whole(call, "rank"), size)),
    }
    objectives: dict[str, Objective] = {
        "elbo": ReverseKl(), "iwae": Iwae(), "chi_squared": ChiSquared(),
    }  # fmt: skip
    steps = _whole(call, "steps")
    window = max(2, min(_LONGEST_WINDOW, steps // (_SHARES * _FEWEST_WINDOWS)))
    method = Variational(
        target,
        guides[str(call.setting("guide"))],
        objectives[str(call.setting("objective"))],
        window=window,
        max_windows=max(_FEWEST_WINDOWS, steps // (_SHARES * window)),
    )
    return method.fit(data, seed, num_check_draws=_CHECK_DRAWS)


Fit = Callable[[InferenceCall, "Target", Any, int, bool], "Approximation"]
"""Fits an approximation to a target; says whether equations are solved on the way."""

_FITS: Mapping[str, Fit] = MappingProxyType(
    {"laplace": _laplace, "pathfinder": _pathfinder, "vi": _variational}
)


def _whole(call: InferenceCall, name: str) -> int:
    value = call.setting(name)
    assert isinstance(value, int)
    return value


def _problems(status: Outcome) -> list[str]:
    """What is wrong with an approximation, in words, apart from k-hat."""
    from gendsl.inference.approximations import Outcome

    words = {
        Outcome.NOT_CONVERGED: "the optimiser stopped before it was done",
        Outcome.NOT_A_MAXIMUM: "the mode is no strict maximum",
        Outcome.NON_FINITE: "the density could not be computed at some draws",
    }
    return [text for bit, text in words.items() if status & bit]


def _reason(status: Outcome) -> str:
    return "; ".join(_problems(status)) or "its draws are not finite"


def _nothing_found(call: InferenceCall, reason: str) -> InferenceError:
    return InferenceError(
        Diagnostic(
            "G0708",
            f"`{call.name}` found no approximation: {reason}",
            call.span,
            "fails on this posterior",
            help="`nuts()` needs no approximation; priors that are proper and not too wide help",
        )
    )
