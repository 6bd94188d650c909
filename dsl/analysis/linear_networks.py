"""Whether networks can be linear in their weights, where an inference program wants them to be."""

from __future__ import annotations

from dataclasses import replace

from gendsl.analysis.hidden_data import hidden_scores
from gendsl.analysis.latents import latent_sites
from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.source import Span
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import InferenceCall, InferenceProgram, Program, Recurrence
from gendsl.ir.types import Kind
from gendsl.ir.walk import names_of


def is_of_linear(call: InferenceCall) -> bool:
    """Whether a call is of a program whose networks are linear, for draws or for a covariance."""
    return _asking(call) is not None


def can_be_linear(program: Program) -> bool:
    """Whether a program has networks that can be linear in their weights."""
    return bool(program.networks) and _in_the_way(program) is None


def with_linear_networks(inference: InferenceProgram, program: Program) -> InferenceProgram:
    """The inference program with what is wrong with networks that it wants linear."""
    problems = [*inference.problems]
    for call in inference.pieces:
        asking = _asking(call)
        problem = None if asking is None else _problem(call, asking, inference, program)
        if problem is not None:
            problems.append(problem)
    return replace(inference, problems=tuple(problems))


def _asking(call: InferenceCall) -> str | None:
    """The setting that takes networks as linear, as it is written."""
    settings = dict(call.settings)
    for name, value in (("networks", "linear"), ("covariance", "gauss_newton")):
        if settings.get(name) == value:
            return f"{name} = {value}"
    return None


def _problem(
    call: InferenceCall, asking: str, inference: InferenceProgram, program: Program
) -> Diagnostic | None:
    if not program.networks:
        return Diagnostic(
            "G0790",
            f"`{call.name}({asking})` takes networks as linear, and `{program.name}` has none",
            call.span,
            "no network",
            help=f"leave `{asking.partition(' ')[0]}` out; a network is declared by `net f = ...`"
            " or `f ~ BNN(...)`",
        )
    settings = dict(call.settings)
    if settings.get("covariance") == "gauss_newton" and settings.get("points") == "evidence":
        return Diagnostic(
            "G0790",
            f"`{call.name}(covariance = gauss_newton)` is of networks linear about one mode, and"
            " `points = evidence` moves it",
            call.span,
            "one of the two",
            help="leave `covariance` out: the points are found by the Hessian",
        )
    others = [piece for piece in inference.pieces if piece is not call]
    if settings.get("networks") == "linear" and others:
        return Diagnostic(
            "G0790",
            f"`{others[0].name}` weights draws by the posterior of networks as they are written",
            others[0].span,
            "not of linear ones",
            (Label(call.span, "linear here"),),
            help=f"leave `>> {others[0].name}(...)` out, or `networks = linear`",
        )
    return _inside(call, asking, program)


def _inside(call: InferenceCall, asking: str, program: Program) -> Diagnostic | None:
    """What of the program a network that is linear can't be part of."""
    found = _in_the_way(program)
    if found is None:
        return None
    what, span, way = found
    return Diagnostic(
        "G0791",
        f"`{call.name}({asking})` can't take networks as linear beside {what}",
        call.span,
        "linear in the weights",
        (Label(span, "here"),),
        help=f"leave `{asking.partition(' ')[0]}` out: networks are as written then{way}",
    )


def _in_the_way(program: Program) -> tuple[str, Span, str] | None:
    """What networks can't be linear beside, where it is, and another way out of it."""
    weights = {site for network in program.networks for site in network.sites}
    for node in program.nodes:
        if isinstance(node, OdeSystem):
            return "differential equations", node.span, ""
        if isinstance(node, Recurrence) and names_of(node) & weights:
            return "a recurrence that calls them step by step", node.span, ""
    for site in latent_sites(program):
        if site.type.kind is not Kind.REAL:
            return f"`{site.name}`, which is discrete", site.span, ""
    for datum in program.data:
        if hidden_scores(datum, program):
            what = f"`{datum.name}`, of which missing values are summed out"
            return what, datum.span, "; or leave `?` out if none is missing"
    return None
