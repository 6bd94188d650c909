"""Weights of networks by one name: `last_layer`, or the network's own for all of them."""

from __future__ import annotations

from dataclasses import replace

from gendsl.analysis.latents import latent_sites
from gendsl.analysis.quadratic import not_quadratic
from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.wording import listed
from gendsl.ir.program import InferenceCall, InferenceProgram, InferenceSite, Program
from gendsl.resolve.inference_piece import LAST_LAYER
from gendsl.resolve.inference_table import PIECES


def with_last_layer(inference: InferenceProgram, program: Program) -> InferenceProgram:
    """The program with weights in the place of such names; and what is wrong with that.

    A quantity of the model that is called `last_layer` is meant by it. A piece that names
    nothing is of what its row says.
    """
    pieces: list[InferenceCall] = []
    problems = [*inference.problems]
    for piece in inference.pieces:
        filled = _filled(piece, program)
        if isinstance(filled, Diagnostic):
            problems.append(filled)
            filled = replace(piece, sites=())  # Nothing else is to be said of the name.
        elif (problem := _problem(filled, program)) is not None:
            problems.append(problem)
        pieces.append(filled)
    return replace(inference, pieces=tuple(pieces), problems=tuple(problems))


def _filled(call: InferenceCall, program: Program) -> InferenceCall | Diagnostic:
    """The call and those inside it with names of weights."""
    own = {site.name for site in latent_sites(program)}
    sites: list[InferenceSite] = []
    named = call.sites
    default = PIECES[call.name].default_site
    if default is not None and not named:
        named = (InferenceSite(default, call.span),)
    for site in named:
        network = next((n for n in program.networks if n.name == site.name), None)
        found: tuple[InferenceSite, ...] | Diagnostic = (site,)
        if network is not None:
            inside = (InferenceSite(name, site.span) for name in network.sites)
            found = tuple(weight for weight in inside if weight.name in own)
        elif site.name == LAST_LAYER and site.name not in own:
            found = _weights(call, site.span, program)
        if isinstance(found, Diagnostic):
            return found
        sites += [each for each in found if each not in sites]
    parts: list[InferenceCall] = []
    for part in call.parts:
        filled = _filled(part, program)
        if isinstance(filled, Diagnostic):
            return filled
        parts.append(filled)
    return replace(call, sites=tuple(sites), parts=tuple(parts))


def _weights(
    call: InferenceCall, span: Span, program: Program
) -> tuple[InferenceSite, ...] | Diagnostic:
    """The weights of the one network's last layer that have priors, or why there are none."""
    if len(program.networks) != 1:
        several = [network.name for network in program.networks]
        first = program.networks[0].layers[-1].sites if several else ("w", "b")
        return Diagnostic(
            "G0485",
            f"`{program.name}` has {len(several)} networks: which last layer?"
            if several
            else f"`{program.name}` has no network, so no last layer",
            span,
            f"of {listed(several)}" if several else "of what?",
            help=f"name its quantities: `{call.name}({', '.join(first)})`",
        )
    network = program.networks[0]
    latent = {site.name for site in latent_sites(program)}
    found = tuple(name for name in network.layers[-1].sites if name in latent)
    if not found:
        return Diagnostic(
            "G0485",
            f"the weights of the last layer of `{network.name}` are given, not inferred",
            span,
            "nothing is left to infer there",
            (Label(network.span, "its last layer has no prior"),),
            help="give the layer a prior, or name quantities of another one",
        )
    return tuple(InferenceSite(name, span) for name in found)


def _problem(call: InferenceCall, program: Program) -> Diagnostic | None:
    """What keeps a piece from being in closed form, or `laplace` from being tuned."""
    if dict(call.settings).get("points") == "evidence" and not call.sites:
        return Diagnostic(
            "G0489",
            "`points` says where quantities stand that are not named, and none is named",
            call.span,
            "of all quantities",
            help="name what is to be normal: `laplace(w, points = evidence)`, or `laplace(f, points"
            " = evidence)` for all weights of a network `f`",
        )
    latent = {site.name for site in latent_sites(program)}
    names = frozenset(site.name for site in call.sites)
    if not PIECES[call.name].is_quadratic or not names <= latent:
        return None
    why = not_quadratic(program, names)
    if why is None:
        return None
    return Diagnostic(
        "G0488",
        f"`{call.name}` is in closed form where the log density is quadratic, and {why.reason}",
        call.span,
        f"not of {listed(sorted(names))}",
        () if why.span is None else (Label(why.span, "here"),),
        help="`laplace(last_layer)` or `vi()` is for any prior and likelihood;"
        f" `{call.name}` needs Normal priors, and a Normal likelihood whose mean alone depends on"
        " the last layer",
    )
