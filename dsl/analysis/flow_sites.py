"""Whether there is anything for a flow to be of: it maps real numbers, and needs one at least."""

from __future__ import annotations

from gendsl.analysis.latents import latent_sites
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.ir.program import InferenceCall, Program
from gendsl.ir.types import Kind
from gendsl.resolve.inference_table import PIECES


def has_flow_of_all(call: InferenceCall) -> bool:
    """Whether a piece trains a flow for chains."""
    return PIECES[call.name].trains_flow


def has_real_latent(program: Program) -> bool:
    """Whether a quantity that is inferred, or a missing entry of data, is a real number."""
    latents = any(site.type.kind is Kind.REAL for site in latent_sites(program))
    return latents or any(d.is_optional and d.type.kind is Kind.REAL for d in program.data)


def nothing_to_map(call: InferenceCall, program: Program) -> Diagnostic:
    """Say that a model has no continuous quantity."""
    return Diagnostic(
        "G0445",
        f"`{program.name}` has no continuous quantity for the flow of `{call.name}`",
        call.span,
        "nothing to map",
        help="leave it out: `nuts()` draws from discrete posteriors exactly",
    )
