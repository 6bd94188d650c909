"""Quantities whose prior is `Flat`: it has no draws, and the evidence no constant."""

from __future__ import annotations

from gendsl.analysis.latents import latent_sites
from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.distributions.support import SupportKind
from gendsl.ir.program import Distribution, InferenceProgram, Program, Sample
from gendsl.resolve.inference_piece import Result
from gendsl.resolve.inference_table import PIECES


def flat_sites(program: Program) -> tuple[Sample, ...]:
    """The latent sites that are `Flat`, or a mixture with such a component."""
    return tuple(site for site in latent_sites(program) if is_flat(site.distribution))


def is_flat(distribution: Distribution) -> bool:
    """Whether a distribution is `Flat`, or a mixture with such a component."""
    if distribution.family.support.kind is SupportKind.ANY:
        return True
    inner = (
        part
        for _, argument in distribution.arguments
        for part in (argument if isinstance(argument, tuple) else (argument,))
    )
    return any(isinstance(part, Distribution) and is_flat(part) for part in inner)


def no_start(inference: InferenceProgram, program: Program) -> Diagnostic | None:
    """Say that a program starts from draws of the prior, and a quantity's prior has none."""
    first = inference.pieces[0] if inference.pieces else None
    if first is None or PIECES[first.name].returns is not Result.POPULATION:
        return None
    flat = flat_sites(program)
    if not flat:
        return None
    site = flat[0]
    return Diagnostic(
        "G0454",
        f"`{first.name}` starts from draws of the prior, and that of `{site.name}` has none",
        first.span,
        "nowhere to start",
        tuple(Label(each.span, "`Flat` can't be drawn from") for each in flat[:3]),
        help=f"give `{site.name}` a proper prior; or `nuts()`, which needs no draws of it",
    )
