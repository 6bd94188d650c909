"""Programs that return an approximation, or draws of one weighted by the posterior."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gendsl.api.bad_start import bad_starts_explained
from gendsl.api.failure import InferenceError, UsageError
from gendsl.api.inference_chains import has_solver
from gendsl.api.inference_drawn import Array, Drawn
from gendsl.api.inference_flows import annealed, flow_of
from gendsl.api.inference_information import fit_by_information
from gendsl.api.inference_posterior import Posterior
from gendsl.api.inference_problems import problems
from gendsl.api.inference_rows import rows_of
from gendsl.api.over_rows import LogDensity, over_rows
from gendsl.api.progress import Report
from gendsl.api.settings import Plan
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.ir.program import InferenceCall
from gendsl.results.trust import DrawKind

if TYPE_CHECKING:
    from gendsl.inference.approximations import (
        Approximation,
        Laplace,
        Objective,
        Outcome,
        Pathfinder,
        Trainable,
        Variational,
    )
    from gendsl.inference.target import Target

_SHARES = 6
"""Windows of the second step size are five times as long as those of the first."""
_FEWEST_WINDOWS = 4
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
        Standing,
        importance,
    )

    target, data = posterior.target, posterior.data
    call = _Call(plan.outer, posterior, seed, has_solver(posterior.program), progress)
    try:
        with bad_starts_explained(posterior):
            found = _FITS[plan.outer.name](call)
    except NothingFoundError as error:
        raise nothing_found(plan.outer, str(error)) from None
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
        if isinstance(found.details, Standing):
            positions = found.details.whole(positions)
            said = {**said, "standing": _standing(posterior, plan.outer)}
            # What is integrated over is a part of the quantities.
            del said["log_evidence"], said["elbo"], said["elbo_mcse"]
        judged_by = _CHECK_DRAWS
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
        raise nothing_found(plan.outer, _reason(status))
    said |= {"checked_draws": judged_by, "problems": problems(status)}
    return Drawn(
        DrawKind.APPROXIMATION,
        positions[None],
        {"lp": heights_of(posterior, positions)[None]},
        found.is_exact,
        said,
        is_interrupted=bool(found.status & Outcome.INTERRUPTED),
    )


def _standing(posterior: Posterior, call: InferenceCall) -> list[str]:
    """The quantities that stand at the mode, where a call names those that do not."""
    named = {site.name for site in call.sites}
    return [s.name for s in posterior.target.sites if s.name not in named and s.stop > s.start]


_CHECK_DRAWS = 2000
_BLOCK, _MOST_NUMBERS = 256, 20_000_000
"""Draws whose log density is computed at a time, and numbers of data that they read together."""


def _other_modes(found: Approximation) -> dict[str, Any]:
    """The log densities of the modes that were found, where they are several."""
    from gendsl.inference.approximations import LaplaceDetails

    details = found.details
    if not isinstance(details, LaplaceDetails) or len(details.peaks) < 2:
        return {}
    return {"mode_log_densities": details.peak_heights.tolist()}


def heights_of(posterior: Posterior, positions: Array) -> Array:
    """The log density at positions [draw, dim]; -inf where it could not be computed."""
    import jax

    height = over_rows(LogDensity(posterior.target), (None, 0))
    read = sum(np.size(leaf) for leaf in jax.tree.leaves(posterior.data))
    block = max(1, min(_BLOCK, _MOST_NUMBERS // max(read, 1), len(positions)))
    parts = []
    for start in range(0, len(positions), block):
        # The last block is filled up, so that it compiles nothing.
        places = np.minimum(np.arange(start, start + block), len(positions) - 1)
        parts.append(np.asarray(height(posterior.data, positions[places])))
    heights = np.concatenate(parts)[: len(positions)]
    # The lowest number is how a target says that it could not be computed.
    return np.where(heights > np.finfo(heights.dtype).min, heights, -np.inf)


@dataclass(frozen=True, slots=True)
class _Call:
    """What a fit is told: the call, and of what it is to be an approximation."""

    call: InferenceCall
    posterior: Posterior
    seed: int
    is_solved: bool
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
            self.data, self.seed, num_check_draws=_CHECK_DRAWS, progress=self.progress
        )


def _laplace(asked: _Call) -> Approximation:
    from gendsl.inference.approximations import Laplace, conditional_laplace

    call = asked.call
    if call.setting("covariance") != "full":
        return fit_by_information(asked.posterior, call, asked.seed, _CHECK_DRAWS, asked.progress)
    # A solver's steps are differentiated backwards only.
    method = Laplace(
        asked.target, num_starts=asked.whole("starts"), has_differences=asked.is_solved
    )
    if not call.sites:
        return asked.fit(method)
    return conditional_laplace(
        method,
        (site.name for site in call.sites),
        asked.data,
        asked.seed,
        num_check_draws=_CHECK_DRAWS,
        progress=asked.progress,
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
    rows, (data, part_data) = rows_of(asked.posterior, call)
    # Where rows are noisy too, iterates forget where they were more slowly.
    longest = _LONGEST_WINDOW if rows.part is None else 4 * _LONGEST_WINDOW
    window = max(2, min(longest, steps // (_SHARES * _FEWEST_WINDOWS)))
    method = Variational(
        target,
        guides[str(guide)](),
        objectives[str(call.setting("objective"))],
        window=window,
        max_windows=max(_FEWEST_WINDOWS, steps // (_SHARES * window)),
        part=rows.part,
    )
    return method.fit(
        data,
        asked.seed,
        num_check_draws=_CHECK_DRAWS,
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
    return method.fit(data, asked.seed, num_check_draws=_CHECK_DRAWS, progress=asked.progress)


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


def nothing_found(call: InferenceCall, reason: str) -> InferenceError:
    """The error of an approximation that came to nothing."""
    return InferenceError(
        Diagnostic(
            "G0708",
            f"`{call.name}` found no approximation: {reason}",
            call.span,
            "fails on this posterior",
            help="`nuts()` needs no approximation; priors that are proper and not too wide help",
        )
    )
