"""What kind of draws a fit has, and what is to be said of those that are not chains.

Draws of an approximation are of another distribution than the posterior, and a population's are of
it in the limit of many particles only: every summary says so.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import Any

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.wording import listed
from gendsl.resolve.inference_table import PIECES
from gendsl.results.psis import good_k


class DrawKind(StrEnum):
    """What draws are of each other, which decides how they are judged."""

    CHAINS = "chains"
    INDEPENDENT = "independent draws"
    POPULATION = "a population"
    APPROXIMATION = "an approximation"
    OPTIMA = "optima"


INTERRUPTED = "it was interrupted"
"""What a fit says of itself that was stopped on the way."""

_LONGER = ("steps", "rounds", "starts", "paths")
"""Settings of which more may end a fit better."""
_MOST_NAMED = 3
_MOST_MODES = 5
_LEAST_SHARE = 0.1
_LEAST_ACCEPTANCE = 0.02
_LARGEST_ERROR = 1.0
_LARGEST_SHARE_LOST = 0.01
_LARGEST_GAP = 0.5
_LARGEST_SHIFT = 0.25
_LARGEST_INFLATION = 0.25
_WITHOUT_A_MEAN = 1.0
"""A k-hat from which on the mean of the weights is infinite."""


def kind_of_draws(attributes: Mapping[str, Any]) -> DrawKind:
    """What the draws of a fit are of each other; older fits have chains, or exact draws."""
    kind = attributes.get("draws_are")
    if kind is not None:
        return DrawKind(kind)
    return DrawKind.INDEPENDENT if attributes.get("is_exact") else DrawKind.CHAINS


def label_of(attributes: Mapping[str, Any], *, is_short: bool = False) -> str:
    """What stands under a summary where draws are not exact: of what they are, and how good.

    A short one leaves out the evidence. Of exact draws there is nothing to say.
    """
    evidence = "" if is_short else _evidence(attributes)
    match kind_of_draws(attributes):
        case DrawKind.APPROXIMATION:
            method, k = attributes.get("method", "an approximation"), float(attributes["pareto_k"])
            limit = good_k(int(attributes.get("checked_draws", 1000)))
            standing = attributes.get("standing", [])
            if standing:
                is_by_evidence = "evidence_of_points" in attributes
                at = "the highest evidence found" if is_by_evidence else "the mode"
                method = f"{method} with {listed(standing, _MOST_NAMED)} at {at}"
            if attributes.get("networks") == "linear":
                method = f"{method}, networks linear about the mode"
            what = f"approximate: {method}, not the posterior itself; {_k_hat(k, limit)}"
            return f"{what} is fine, if no mode is missed){evidence}"
        case DrawKind.POPULATION:
            size, of = float(attributes["effective_size"]), int(attributes["particles"])
            what = f"a population of {of} particles, worth {size:.0f} by their weights"
            return f"{what}: right in the limit of many{evidence}"
        case DrawKind.OPTIMA:
            count, of = int(attributes["members"]), attributes.get("objective", "posterior")
            return (
                f"approximate: an ensemble of {count} optima of the {of}, not the posterior itself"
            )
        case DrawKind.CHAINS | DrawKind.INDEPENDENT:
            if "draws_are" not in attributes or attributes.get("is_exact", True):
                return ""
            return f"approximate: {_unadjusted(attributes)}"


def _unadjusted(attributes: Mapping[str, Any]) -> str:
    """Why chains are not exact; of stochastic gradients, by how much about."""
    inflation = attributes.get("variance_inflation")
    if inflation is None:
        return "a kernel does not keep the posterior exactly"
    return (
        f"{attributes['method']} does not keep the posterior exactly; about a mode its steps make"
        f" variances too large by {float(inflation):.1%}"
    )


def _k_hat(k: float, limit: float) -> str:
    """k-hat and what of it is fine; without a tail there is none."""
    if k == -math.inf:
        return "the weights of its draws are about equal (which"
    return f"k-hat {k:.2f} (up to {limit:.2f}"


def label_of_refits(method: str, is_exact: bool) -> str:
    """What stands under a cross-validation whose folds are not drawn from their posteriors."""
    return "" if is_exact else f"approximate: each fold is fitted by `{method}(...)`"


def _evidence(attributes: Mapping[str, Any]) -> str:
    if "log_evidence" not in attributes:
        return ""
    improper = attributes.get("improper_priors", [])
    if improper:
        names = f"{listed(improper, _MOST_NAMED)} {'is' if len(improper) == 1 else 'are'} `Flat`"
        return f"\nlog evidence not known: {names}, a prior without a constant"
    if float(attributes.get("pareto_k", 0.0)) > _WITHOUT_A_MEAN:
        return "\nlog evidence not known: the weights have no mean"
    error = float(attributes.get("log_evidence_sd", float("nan")))
    spread = f" (sd {error:.2g})" if error == error else ""
    return f"\nlog evidence {float(attributes['log_evidence']):.3f}{spread}"


def judge_approximation(attributes: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """What speaks against an approximation."""
    method, k = attributes.get("method", "the approximation"), float(attributes["pareto_k"])
    limit = good_k(int(attributes.get("checked_draws", 1000)))
    if not k <= limit:
        yield Diagnostic(
            "G0722",
            f"the approximation ({method}) is far from the posterior: k-hat is {k:.2f}, above"
            f" {limit:.2f}",
            help=f"draw from the posterior itself, `nuts()`; or try {_another(method, attributes)}",
        )
    elif float(attributes.get("shift", 0.0)) > _LARGEST_SHIFT:
        yield Diagnostic(
            "G0737",
            f"the draws of {method} are off: their weights move a mean by"
            f" {float(attributes['shift']):.2f} sd",
            help=f"k-hat says that weights mend it: `{method}() >> importance() >> resample()`",
        )
    modes = attributes.get("mode_log_densities", [])
    if len(modes) > 1:
        shown = ", ".join(f"{height:.1f}" for height in modes[:_MOST_MODES])
        # Populations start from draws of the prior.
        has_start = not attributes.get("improper_priors")
        able = "`smc()` and `flow_mc()` draw" if has_start else "`flow_mc()` draws"
        rest = f", and {len(modes) - _MOST_MODES} more" if len(modes) > _MOST_MODES else ""
        yield Diagnostic(
            "G0738",
            f"`laplace` found {len(modes)} modes, of log densities {shown}{rest}",
            notes=("the approximation is of the first of them, and has no draws at the others",),
            help=f"{able} from several modes; where they differ in labels only, an `ordered` type"
            " leaves one",
        )
    yield from _draws_lost(attributes)
    problems = attributes.get("problems", [])
    if problems:
        yield Diagnostic(
            "G0723",
            f"the fit of {method} did not end well: {'; '.join(problems)}",
            help=_way_to_an_end(str(method).partition(",")[0], problems),
        )


def _draws_lost(attributes: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Draws of a network that have no weight, though they are not known to be impossible."""
    shares = {
        what: float(attributes.get(name, 0.0))
        for name, what in (
            ("share_without_position", "have values that no position of the model gives back"),
            ("share_without_density", "have a density that could not be computed"),
        )
    }
    if sum(shares.values()) > _LARGEST_SHARE_LOST:
        yield Diagnostic(
            "G1046",
            f"{sum(shares.values()):.1%} of the network's draws were lost to arithmetic: the"
            " evidence is too low",
            notes=tuple(f"{share:.1%} {what}" for what, share in shares.items() if share > 0),
            help="`nuts(init = NAME)` needs no weights; a network that is trained for longer may"
            " have fewer draws far out",
        )


def _way_to_an_end(method: str, problems: Collection[str]) -> str:
    """What may do where the fit of an approximation did not end well."""
    if INTERRUPTED in problems:
        return f"let `{method}()` run to its end"
    row = PIECES.get(method)
    has = {setting.name for setting in row.settings} if row is not None else set()
    more = " or ".join(f"`{name}`" for name in _LONGER if name in has)
    way = "a scale near 0 wants `as non_centred`"
    return f"allow more {more}; {way}" if more else way


def _another(method: str, attributes: Mapping[str, Any]) -> str:
    """What may do better than an approximation that is far off, and is another one."""
    match method.partition(",")[0]:
        case "vi" if "guide" in attributes:  # The name of a normal: a flow is a call.
            return "a guide that bends, `vi(guide = flow())`"
        case "vi":
            return "a flow with more `layers`, or `annealed_importance()`"
        case "annealed_importance":
            return "more `rounds`, or more `layers` of its flow"
        case "pathfinder":
            return "`vi(guide = flow())`"
        case _:
            return "`pathfinder() >> importance() >> resample()`"


def judge_gradients(attributes: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """What speaks against chains of stochastic gradients."""
    inflation = float(attributes.get("variance_inflation", 0.0))
    if inflation > _LARGEST_INFLATION:
        yield Diagnostic(
            "G0771",
            f"the steps of {attributes['method']} are too long: about a mode they make variances"
            f" too large by {inflation:.0%}",
            help="take a smaller `step` or a larger `batch`; without `step` one is chosen",
        )


def judge_optima(attributes: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """What speaks against an ensemble of optima."""
    problems = attributes.get("problems", [])
    if problems:
        yield Diagnostic(
            "G0723",
            f"the climbs of {attributes['method']} did not end well: {'; '.join(problems)}",
            help="allow more `steps`, or another `rate`",
        )


def judge_population(attributes: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """What speaks against a population."""
    size, of = float(attributes["effective_size"]), int(attributes["particles"])
    found = []
    if size < _LEAST_SHARE * of:
        found.append(f"its {of} particles are worth {size:.0f}")
    if float(attributes.get("least_acceptance", 1.0)) < _LEAST_ACCEPTANCE:
        found.append("at some temperature hardly a move was accepted")
    if float(attributes.get("log_evidence_sd", 0.0)) > _LARGEST_ERROR:
        found.append(f"the log evidence has an error of {attributes['log_evidence_sd']:.2g}")
    gap = float(attributes.get("log_evidence_gap", 0.0))
    if abs(gap) > _LARGEST_GAP:
        found.append(
            f"the log evidence differs by {gap:.2g} on the way back: moves reach what the particles"
            " before them lacked"
        )
    if found:
        yield Diagnostic(
            "G0724",
            f"the population is a poor one: {'; '.join(found)}",
            help="take more particles, more moves, or smaller steps in temperature:"
            " `temper = adaptive(ess = 0.9)`",
        )


def judge_transport(attributes: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """What is to be said of a transport that did not fit well."""
    transport: Mapping[str, Any] = attributes.get("transport", {})
    problems = transport.get("problems", [])
    if problems:
        yield Diagnostic(
            "G0739",
            f"the fit of the flow of `{transport['name']}` did not end well: {'; '.join(problems)}",
            notes=("the kernel behind it keeps the posterior with any flow, and may move badly",),
            help=f"allow more steps, `{transport['name']}(steps = 20_000)`; where R-hat or the"
            " effective draws are poor, `nuts()` needs no flow",
        )


def judge_flow(attributes: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """What is to be said of a flow that chains trained, where it was not used."""
    flow: Mapping[str, Any] = attributes.get("flow", {})
    if not flow or flow["is_used"]:
        return
    share, coverage = float(flow["effective_share"]), float(flow["coverage"])
    if share != share:
        why = "warm-up was too short to train it"
    else:
        why = (
            f"a draw of it is worth {share:.3f} of one from the posterior, and it has mass where"
            f" {coverage:.0%} of the draws of the worst chain are"
        )
    yield Diagnostic(
        "G0725",
        "the flow of `flow_mc` was not used: the local kernel made all moves",
        notes=(why,),
        help="warm up longer (`--warmup 2000`), or give the flow more layers; the draws are those"
        " of the local kernel, and as good",
    )
