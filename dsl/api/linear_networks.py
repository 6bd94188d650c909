"""Networks that are linear in their weights about a mode, in what is made of a fit's draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.analysis.linear_networks import is_of_linear
from gendsl.api.failure import UsageError
from gendsl.api.inference_posterior import Posterior, target_of
from gendsl.api.members import Positions, gather, known_entries
from gendsl.api.settings import Plan
from gendsl.api.shapes import dims_of
from gendsl.backends.places import PLACE
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.ir.bound import BoundData
from gendsl.ir.program import InferenceCall, Program
from gendsl.results.groups import Quantity, given_group
from gendsl.results.labelled import Group
from gendsl.transforms.shown_outputs import hidden_outputs

if TYPE_CHECKING:
    from gendsl.api.fit import Fit
    from gendsl.inference.approximations import Approximation, LinearDensity

GROUP = "linear_about"
"""The group of a fit with the weights about which its networks are linear."""

Weights = Mapping[str, NDArray[Any]]


def shows_outputs(plan: Plan) -> bool:
    """Whether what networks give is to be named, so that linear ones can take their place."""
    return is_of_linear(plan.outer)


def linear_density(posterior: Posterior, call: InferenceCall) -> LinearDensity | None:
    """The log density with networks linear about a place, where the covariance is of its Hessian.

    Raises:
        UsageError: if the target is another backend's.
    """
    if call.setting("covariance") != "gauss_newton":
        return None
    if posterior.target.is_hosted:
        raise UsageError(
            Diagnostic(
                "G0792",
                f"`{call.name}(covariance = gauss_newton)` is not for a program for Pyro",
                call.span,
                "differentiates its networks alone",
                help="leave `backend` out; or leave `covariance` out for the Hessian",
            )
        )
    density: Any = posterior.density
    found: LinearDensity = density.log_density_about
    return found


def place_of(call: InferenceCall, found: Approximation) -> NDArray[Any] | None:
    """The mode [dim] of all quantities, where a call says that networks are linear there."""
    from gendsl.inference.approximations import Standing

    if dict(call.settings).get("networks") != "linear":
        return None
    mode = np.asarray(found.params.mean)
    details = found.details
    return details.whole(mode[None])[0] if isinstance(details, Standing) else mode


def weights_at(density: Any, place: NDArray[Any]) -> Weights:
    """The weights of a program's networks at a position."""
    import jax

    return {n: np.asarray(v) for n, v in jax.jit(density.weights)(density.data, place).items()}


def about(density: Any, weights: Weights) -> Any:
    """The data of a density whose networks are linear about these weights; all of them if none."""
    return {**density.data, PLACE: dict(weights)} if weights else density.data


def judged_as_linear(
    posterior: Posterior, found: Approximation, place: NDArray[Any], seed: int, checked: int
) -> tuple[Posterior, Approximation]:
    """The posterior of networks linear about a place, and an approximation judged by that.

    k-hat, the evidence and the shift of draws are those of what is made of them.
    """
    from gendsl.inference.approximations import Outcome, Standing, judged
    from gendsl.inference.arrays import on_host

    density = posterior.density
    whole = about(density, weights_at(density, place))
    linear = replace(posterior, target=target_of(density), data=whole)
    target, data, details = linear.target, whole, found.details
    if isinstance(details, Standing):
        target = target.restrict({target.site_of(i) for i in details.places})
        data = (whole, on_host(details.mode))
    again = judged(
        target,
        found.guide,
        data,
        found.params,
        seed,
        num_draws=checked,
        status=found.status & ~(Outcome.HEAVY_TAILS | Outcome.NON_FINITE),
        num_evaluations=found.num_evaluations,
        trace=found.trace,
        details=details,
    )
    return linear, again


def without_outputs(
    derived: Mapping[str, Mapping[str, NDArray[Any]]], program: Program
) -> dict[str, Mapping[str, NDArray[Any]]]:
    """What was derived of draws without the outputs that the program does not show."""
    hidden = hidden_outputs(program)
    return {
        group: {name: values for name, values in arrays.items() if name not in hidden}
        for group, arrays in derived.items()
    }


def group_of(weights: Weights, program: Program, bound: BoundData) -> dict[str, Group]:
    """The group of a fit that keeps the weights; none where networks are as written."""
    if not weights:
        return {}
    dims = dims_of(program)
    return {
        GROUP: given_group(
            {name: Quantity(dims[name], values) for name, values in weights.items()}, bound.labels
        )
    }


def weights_of(fit: Fit, program: Program, positions: Mapping[str, Positions]) -> Weights:
    """The weights about which a fit's networks are linear, on the dimensions of new data.

    Those of new members are not numbers: they are linear about what is drawn.
    """
    if GROUP not in fit.groups:
        return {}
    group, dims = fit[GROUP], dims_of(program)
    found = {}
    for name in map(str, group.data_vars):
        places = tuple(positions[dim] for dim in dims[name])
        values = gather(np.asarray(group[name].values)[None], places)[0]
        found[name] = np.where(known_entries(places), values, np.nan)
    return found
