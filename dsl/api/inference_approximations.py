"""Programs that return an approximation, or draws of one weighted by the posterior."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gendsl.analysis.linear_networks import can_be_linear
from gendsl.api.bad_start import bad_starts_explained
from gendsl.api.failure import InferenceError, UsageError
from gendsl.api.inference_chains import has_solver
from gendsl.api.inference_drawn import Drawn
from gendsl.api.inference_flows import annealed, flow_of
from gendsl.api.inference_information import fit_by_information
from gendsl.api.inference_last_layer import fit_last_layer
from gendsl.api.inference_posterior import Posterior
from gendsl.api.inference_problems import problems
from gendsl.api.inference_rows import rows_of, rows_with_draws
from gendsl.api.linear_networks import judged_as_linear, linear_density, place_of
from gendsl.api.log_densities import log_densities_of
from gendsl.api.progress import Report
from gendsl.api.settings import Plan
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.distributions.grids import GRID_NORMAL
from gendsl.ir.program import InferenceCall, Program
from gendsl.ir.walk import sites
from gendsl.results.trust import DrawKind

if TYPE_CHECKING:
    from gendsl.inference.approximations import (
        Approximation,
        Laplace,
        Objective,
        Outcome,
        Pathfinder,
        Standing,
        Trainable,
        Variational,
    )
    from gendsl.inference.target import Target

_LONGEST_WINDOW = 100


def draw_approximation(
    posterior: Posterior,
    plan: Plan,
    seed: int,
    progress: Report | None = None,
) -> Drawn:
    """Fit an approximation, and draw from it; with `importance`, in proportion to the weights.

    A fit that is interrupted is as good as it was by then, and says so.

    Raises:
        InferenceError: if no start is found, or there is nothing to draw from.
    """
    from gendsl.inference.approximations import (
        NothingFoundError,
        Outcome,
        importance,
    )

    target, data = posterior.target, posterior.data
    checked = min(_MOST_CHECKED, max(_FEWEST_CHECKED, plan.number("draws")))
    call = _Call(
        plan.outer,
        posterior,
        seed,
        checked,
        _without_second_derivative(posterior.program),
        progress,
    )
    try:
        with bad_starts_explained(posterior):
            found = _FITS[plan.outer.name](call)
    except NothingFoundError as error:
        raise nothing_found(plan.outer, str(error)) from None
    place, of = place_of(plan.outer, found), posterior
    if place is not None:
        of, found = judged_as_linear(posterior, found, place, seed, checked)
    said: dict[str, Any] = {
        "method": plan.outer.name,
        "elbo": found.elbo,
        "elbo_mcse": found.elbo_mcse,
        "log_evidence": found.log_evidence,
        "pareto_k": found.pareto_k,
        "evaluations": found.num_evaluations,
    }
    said |= _other_modes(found)
    second = next((p for p in plan.program.pieces if p.name == "importance"), None)
    if second is None:
        positions = found.draw(seed, plan.number("draws"))
        standing = _standing(found)
        if standing is not None:
            positions = standing.whole(positions)
            said = {**said, "standing": _names_of_points(posterior, plan.outer)}
            # What is integrated over is a part of the quantities.
            del said["log_evidence"]
            del said["elbo"], said["elbo_mcse"]
            if standing.log_evidence is not None:
                said["evidence_of_points"] = standing.log_evidence
        judged_by = checked
        status = found.status
        said["shift"] = found.shift
    else:
        count = dict(second.settings)["draws"]
        assert isinstance(count, int)
        weighted = importance(target, data, found, seed=seed, num_draws=count)
        positions = weighted.resample(plan.number("draws"))
        judged_by, status = count, found.status | weighted.status
        said |= {
            "method": f"{plan.outer.name}, weighted",
            "log_evidence": weighted.log_evidence,
            "pareto_k": weighted.pareto_k,
            "effective_size": weighted.effective_size,
        }
    if not np.isfinite(positions).all():
        raise nothing_found(plan.outer, _reason(status), _way_to_a_normal(posterior, plan, status))
    said |= {"checked_draws": judged_by, "problems": problems(status)}
    if place is not None:
        said["networks"] = "linear"
    return Drawn(
        DrawKind.APPROXIMATION,
        positions[None],
        {"lp": log_densities_of(of, positions)[None]},
        found.is_exact,
        said,
        is_interrupted=bool(found.status & Outcome.INTERRUPTED),
        place=place,
    )


def _standing(found: Approximation) -> Standing | None:
    """What stands beside the quantities that an approximation is of; None where it is of all."""
    from gendsl.inference.approximations import Standing

    return found.details if isinstance(found.details, Standing) else None


def _names_of_points(posterior: Posterior, call: InferenceCall) -> list[str]:
    """The quantities that stand at the mode, where a call names those that do not."""
    named = {site.name for site in call.sites}
    return [s.name for s in posterior.target.sites if s.name not in named and s.stop > s.start]


_FEWEST_CHECKED, _MOST_CHECKED = 500, 2000
"""Bounds of how many draws a fit is judged by, which are as many as it is asked for.

Each is a density, which for a Gaussian process of many points is dear; 500 leave 67 in the tail.
"""


def _other_modes(found: Approximation) -> dict[str, Any]:
    """The log densities of the modes that were found, where they are several."""
    from gendsl.inference.approximations import LaplaceDetails

    details = found.details
    if not isinstance(details, LaplaceDetails) or len(details.peaks) < 2:
        return {}
    return {"mode_log_densities": details.peak_log_densities.tolist()}


@dataclass(frozen=True, slots=True)
class _Call:
    """What a fit is told: the call, and of what it is to be an approximation."""

    call: InferenceCall
    posterior: Posterior
    seed: int
    checked: int
    without_second_derivative: str | None
    progress: Report | None

    @property
    def target(self) -> Target:
        """The target of the posterior."""
        return self.posterior.target

    @property
    def data(self) -> Any:
        """The target's data."""
        return self.posterior.data

    def whole(self, name: str) -> int:
        """A setting that is a count."""
        value = self.call.setting(name)
        assert isinstance(value, int)
        return value

    def fit(self, method: Laplace | Pathfinder | Variational) -> Approximation:
        """Fit by a method of the inference core."""
        return method.fit(
            self.data, self.seed, num_check_draws=self.checked, progress=self.progress
        )


def _laplace(asked: _Call) -> Approximation:
    from gendsl.inference.approximations import Laplace, conditional_laplace, tuned_laplace

    call = asked.call
    if call.setting("covariance") in ("diagonal", "kronecker"):
        return fit_by_information(asked.posterior, call, asked.seed, asked.checked, asked.progress)
    has_differences = asked.without_second_derivative is not None
    method = Laplace(
        asked.target,
        num_starts=asked.whole("starts"),
        max_steps=asked.whole("steps"),
        has_differences=has_differences,
        linear=linear_density(asked.posterior, call),
    )
    if not call.sites:
        return asked.fit(method)
    is_tuned = call.setting("points") == "evidence"
    if is_tuned and (has_differences or asked.target.is_hosted):
        raise _differentiated_thrice(asked)
    return (tuned_laplace if is_tuned else conditional_laplace)(
        method,
        (site.name for site in call.sites),
        asked.data,
        asked.seed,
        num_check_draws=asked.checked,
        progress=asked.progress,
    )


def _without_second_derivative(program: Program) -> str | None:
    """What of a program has a slope and no second one that can be trusted, if anything has.

    A solver's steps are differentiated backwards only; the slope of a density on a grid is exact,
    but differentiated again it divides by differences of eigenvalues.
    """
    if has_solver(program):
        return "a solver of differential equations"
    if any(site.distribution.family is GRID_NORMAL for site in sites(program)):
        return "a function on a grid that is integrated out"
    return None


def _differentiated_thrice(asked: _Call) -> UsageError:
    """The error of `points = evidence` where the density has no third derivatives."""
    call, is_hosted = asked.call, asked.target.is_hosted
    what = "a program for Pyro" if is_hosted else asked.without_second_derivative
    return UsageError(
        Diagnostic(
            "G0777",
            f"`{call.name}(points = evidence)` takes third derivatives, which {what} has not",
            call.span,
            "follows how the curvature changes",
            help="leave `points` out: the others stand at the mode"
            + ("; or leave `backend` out" if is_hosted else ""),
        )
    )


def _pathfinder(asked: _Call) -> Approximation:
    from gendsl.inference.approximations import Pathfinder

    return asked.fit(Pathfinder(asked.target, num_paths=asked.whole("paths")))


def _variational(asked: _Call) -> Approximation:
    from gendsl.inference.approximations import (
        ChiSquared,
        FullRank,
        Iwae,
        LowRank,
        MeanField,
        ReverseKl,
        Variational,
        windows_within,
    )

    call, target = asked.call, asked.target
    size = target.size
    objectives: dict[str, Objective] = {
        "elbo": ReverseKl(), "iwae": Iwae(), "chi_squared": ChiSquared(),
    }  # fmt: skip
    guide, steps = call.setting("guide"), asked.whole("steps")
    if isinstance(guide, InferenceCall):
        from gendsl.inference.flows import variational_flow

        flow = flow_of(guide, size)
        objective = str(call.setting("objective"))
        several = None if objective == "elbo" else objectives[objective]
        return asked.fit(variational_flow(target, flow, several, num_steps=steps))
    guides: dict[str, Callable[[], Trainable]] = {
        "mean_field": lambda: MeanField(size),
        "full_rank": lambda: FullRank(size),
        "low_rank": lambda: LowRank(size, min(asked.whole("rank"), size)),
    }
    aim = objectives[str(call.setting("objective"))]
    if call.setting("noise") == "local":
        rows, (data, part_data) = rows_with_draws(asked.posterior, call)
    else:
        rows, (data, part_data) = rows_of(asked.posterior, call)
    part = rows.part
    if part is not None and part.has_draws_of_its_own:
        aim = ReverseKl(part.batch)
    # Where rows are noisy too, iterates forget where they were more slowly.
    longest = _LONGEST_WINDOW if part is None else 4 * _LONGEST_WINDOW
    window, max_windows = windows_within(steps, longest)
    method = Variational(
        target,
        guides[str(guide)](),
        aim,
        window=window,
        max_windows=max_windows,
        part=part,
    )
    return method.fit(
        data,
        asked.seed,
        num_check_draws=asked.checked,
        progress=asked.progress,
        part_data=part_data,
    )


def _swag(asked: _Call) -> Approximation:
    from gendsl.inference.approximations import Swag

    rows, data = rows_of(asked.posterior, asked.call)
    if rows.part is None:
        raise few_rows(asked.call)
    rate = asked.call.setting("rate")
    assert isinstance(rate, int | float)
    method = Swag(
        rows, asked.whole("rank"), asked.whole("snapshots"), asked.whole("climb"), float(rate)
    )
    return method.fit(data, asked.seed, num_check_draws=asked.checked, progress=asked.progress)


def _last_layer(asked: _Call) -> Approximation:
    return fit_last_layer(asked.posterior, asked.call, asked.seed, asked.checked, asked.progress)


def _annealed(asked: _Call) -> Approximation:
    from gendsl.inference.approximations import NothingFoundError
    from gendsl.inference.populations import NoMassError, StoppedError

    try:
        return annealed(asked.target, asked.call, asked.data, asked.seed, asked.progress)
    except NoMassError as error:
        raise NothingFoundError(str(error)) from None
    except StoppedError:
        message = "the run was stopped in its first round: there is nothing to keep"
        raise InferenceError(Diagnostic("G0703", message)) from None


Fit = Callable[[_Call], "Approximation"]
"""Fits an approximation to a target."""

_FITS: Mapping[str, Fit] = MappingProxyType(
    {
        "laplace": _laplace,
        "pathfinder": _pathfinder,
        "vi": _variational,
        "swag": _swag,
        "vbll": _last_layer,
        "annealed_importance": _annealed,
    }
)


def _reason(status: Outcome) -> str:
    return "; ".join(problems(status)) or "its draws are not finite"


def few_rows(call: InferenceCall) -> UsageError:
    """The error of stochastic gradients that are not: there are no more rows than a batch has."""
    return UsageError(
        Diagnostic(
            "G0772",
            f"`{call.name}` needs more rows than a `batch` has, and there are as many or fewer",
            call.span,
            "reads all rows",
            help="take a smaller `batch`; `laplace()` is a normal about a mode without one",
        )
    )


def _way_to_a_normal(posterior: Posterior, plan: Plan, status: Outcome) -> str | None:
    """The ways out where `laplace` came to no maximum, or to no positive Hessian of networks."""
    from gendsl.inference.approximations import Outcome

    call = plan.outer
    if call.name != "laplace" or not status & Outcome.NOT_A_MAXIMUM:
        return None
    ways = []
    if status & Outcome.NOT_CONVERGED:
        ways.append(f"allow more `steps` than {call.setting('steps')}")
    is_hessian = call.setting("covariance") == "full" and call.setting("points") != "evidence"
    is_able = is_hessian and not posterior.target.is_hosted
    if is_able and can_be_linear(posterior.program):
        ways.append(
            "`laplace(covariance = gauss_newton)` leaves out the curvature of networks, which need"
            " not be positive"
        )
    return "; ".join((*ways, "`nuts()` needs no approximation"))


def nothing_found(call: InferenceCall, reason: str, way: str | None = None) -> InferenceError:
    """The error of an approximation that came to nothing; `way` is one out of it."""
    return InferenceError(
        Diagnostic(
            "G0708",
            f"`{call.name}` found no approximation: {reason}",
            call.span,
            "fails on this posterior",
            help=way
            or "`nuts()` needs no approximation; priors that are proper and not too wide help",
        )
    )
