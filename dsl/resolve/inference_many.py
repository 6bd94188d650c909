"""How many chains there are: enough to learn from together, and as many in each superchain."""

from __future__ import annotations

from collections.abc import Iterable

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.wording import counted
from gendsl.ir.program import InferenceCall
from gendsl.resolve.inference_piece import RUN
from gendsl.resolve.inference_table import PIECES

_CHAINS_EACH = 4
"""What a superchain has in the example."""


def too_few_chains(pieces: Iterable[InferenceCall]) -> Diagnostic | None:
    """Say which kernel of a program has too few chains to learn from, if one has."""
    for piece in pieces:
        chains = dict(piece.settings).get("chains")
        learner = learns_together(piece)
        if learner is None or not isinstance(chains, int | float):
            continue
        least = PIECES[learner.name].least_chains
        if chains < least:
            return Diagnostic(
                "G0450",
                f"`{learner.name}` learns from several chains together, and there is {chains}",
                learner.span,
                f"needs {least} chains or more",
                help="run many, `chains = 64`; of few chains, `nuts()` learns as much",
            )
    return None


def uneven_superchains(pieces: Iterable[InferenceCall]) -> Diagnostic | None:
    """Say that the chains of a program can't be divided into its superchains, if they can't."""
    for piece in pieces:
        settings = dict(piece.settings)
        chains, superchains = settings.get("chains"), settings.get("superchains")
        if not isinstance(chains, int) or not isinstance(superchains, int):
            continue
        if chains % superchains:
            most = next(s.upper for s in RUN if s.name == "chains")
            enough = superchains * min(_CHAINS_EACH, int(most) // superchains)
            return Diagnostic(
                "G0453",
                f"{counted(chains, 'chain')} can't be divided into {superchains} superchains of"
                " one size",
                piece.span,
                f"{chains} is not a multiple of {superchains}",
                help=f"such as `chains = {enough}, superchains = {superchains}`",
            )
    return None


def learns_together(call: InferenceCall) -> InferenceCall | None:
    """The first kernel of a call that learns from several chains together, if there is one."""
    if call.name in PIECES and PIECES[call.name].least_chains > 1:
        return call
    settings = (value for _, value in call.settings if isinstance(value, InferenceCall))
    inside = (learns_together(part) for part in (*call.parts, *settings))
    return next((found for found in inside if found is not None), None)
