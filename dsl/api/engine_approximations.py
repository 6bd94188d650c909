"""Approximations by Pyro's automatic guides, judged like those of the inference core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gendsl.api.engine_seeds import SeedUse, seed_for
from gendsl.api.inference_approximations import nothing_found
from gendsl.api.inference_chains import starts_of
from gendsl.api.inference_drawn import Drawn
from gendsl.api.inference_posterior import Posterior
from gendsl.api.inference_problems import problems
from gendsl.api.progress import Report
from gendsl.api.settings import Plan
from gendsl.ir.program import InferenceCall
from gendsl.results.trust import DrawKind

if TYPE_CHECKING:
    from gendsl.backends.pyro.inference.fitted import Fitted, Weighed
    from gendsl.backends.pyro.inference.flat import FlatModel
    from gendsl.inference.milestones import Watch

_CHECK_DRAWS = 2000


def draw_from_guide(
    posterior: Posterior, target: FlatModel, plan: Plan, seed: int, progress: Report | None
) -> Drawn:
    """Fit a guide, and draw from it; with `importance`, in proportion to the weights.

    A fit that is stopped is as good as it was by then, and says so.

    Raises:
        InferenceError: if no start is found, or there is nothing to draw from.
    """
    from gendsl.inference.approximations import Outcome, smooth
    from gendsl.inference.approximations.importance import ImportanceSample
    from gendsl.inference.approximations.result import shift

    fitted = _fitted(posterior, target, plan.outer, seed, progress)
    second = next((p for p in plan.program.pieces if p.name == "importance"), None)
    count = _CHECK_DRAWS if second is None else second.setting("draws")
    assert isinstance(count, int)
    checked = fitted.weigh(count, seed_for(seed, SeedUse.CHECK))
    smoothed = smooth(checked.log_p, checked.log_q)
    status = _status(fitted, checked)
    said: dict[str, Any] = {
        "method": plan.outer.name,
        **_bounds(checked),
        "log_evidence": smoothed.log_evidence,
        "pareto_k": smoothed.pareto_k,
    }
    if second is None:
        drawn = fitted.weigh(plan.number("draws"), seed_for(seed, SeedUse.DRAW))
        positions, log_densities = drawn.positions, drawn.log_p
        said["shift"] = shift(checked.positions, smoothed.log_weights)
    else:
        rows = np.column_stack([checked.positions, checked.log_p])
        weighted = ImportanceSample(rows, *smoothed, status, seed)
        chosen = weighted.resample(plan.number("draws"))
        positions, log_densities = chosen[:, :-1], chosen[:, -1]
        said |= {
            "method": f"{plan.outer.name}, weighted",
            "effective_size": weighted.effective_size,
        }
    if not np.isfinite(positions).all():
        raise nothing_found(plan.outer, "its draws are not finite")
    said |= {
        "checked_draws": count,
        "evaluations": target.num_evaluations,
        "problems": problems(status),
    }
    return Drawn(
        DrawKind.APPROXIMATION,
        positions[None],
        {"lp": log_densities[None]},
        False,
        said,
        is_interrupted=bool(status & Outcome.INTERRUPTED),
    )


def _fitted(
    posterior: Posterior, target: FlatModel, call: InferenceCall, seed: int, progress: Report | None
) -> Fitted:
    """The guide of a call, fitted."""
    from gendsl.backends.pyro.inference.laplace import NoMaximumError, fit_laplace
    from gendsl.inference.interrupts import interruptible
    from gendsl.inference.milestones import Watch

    with interruptible() as is_stopped:
        own = seed_for(seed, SeedUse.FIT)
        if call.name == "vi":
            watch = Watch("vi", _whole(call, "steps"), progress, is_stopped)
            return _variational(target, call, starts_of(posterior, seed, 1)[0], own, watch)
        starts = starts_of(posterior, seed, _whole(call, "starts"))
        watch = Watch("climbs", len(starts), progress, is_stopped)
        try:
            steps = _whole(call, "steps")
            return fit_laplace(target, starts, num_steps=steps, seed=own, tell=watch.tell)
        except NoMaximumError as error:
            raise nothing_found(call, str(error)) from None


def _variational(
    target: FlatModel, call: InferenceCall, start: Any, seed: int, watch: Watch
) -> Fitted:
    from gendsl.backends.pyro.inference.guides import NORMALS
    from gendsl.backends.pyro.inference.variational import fit, fit_flow

    guide = call.setting("guide")
    asked: dict[str, Any] = {
        "objective": str(call.setting("objective")),
        "num_steps": _whole(call, "steps"),
        "seed": seed,
        "tell": watch.tell,
    }
    if isinstance(guide, InferenceCall):
        shape: dict[str, Any] = dict(guide.settings)
        return fit_flow(target, start, **shape, **asked)
    options = {"rank": min(_whole(call, "rank"), target.size)} if guide == "low_rank" else {}
    return fit(target, NORMALS[str(guide)](**options), start, **asked)


def _whole(call: InferenceCall, name: str) -> int:
    value = call.setting(name)
    assert isinstance(value, int)
    return value


def _status(fitted: Fitted, checked: Weighed) -> Any:
    """What is wrong with a fit, as the inference core says it."""
    from gendsl.inference.approximations import Outcome

    status = Outcome.OK if fitted.is_settled else Outcome.NOT_CONVERGED
    if fitted.num_bad or np.isnan(checked.log_p).any() or not np.isfinite(checked.positions).all():
        status |= Outcome.NON_FINITE
    if fitted.is_stopped:
        status |= Outcome.INTERRUPTED
    return status


def _bounds(checked: Weighed) -> dict[str, float]:
    """The evidence lower bound from fresh draws, and its Monte Carlo error."""
    with np.errstate(invalid="ignore"):
        ratio = checked.log_p - checked.log_q
        error = np.std(ratio, ddof=1) / np.sqrt(len(ratio)) if len(ratio) > 1 else np.inf
        return {"elbo": float(np.mean(ratio)), "elbo_mcse": float(error)}
