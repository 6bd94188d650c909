"""Kernels that learn from many chains together, and whether there are as many."""

from __future__ import annotations

from collections.abc import Iterable

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.ir.program import InferenceCall
from gendsl.resolve.inference_table import PIECES


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


def learns_together(call: InferenceCall) -> InferenceCall | None:
    """The first kernel of a call that learns from several chains together, if there is one."""
    if call.name in PIECES and PIECES[call.name].least_chains > 1:
        return call
    settings = (value for _, value in call.settings if isinstance(value, InferenceCall))
    inside = (learns_together(part) for part in (*call.parts, *settings))
    return next((found for found in inside if found is not None), None)
