"""Whether transports and flows stand where they can: before one kernel, and over real numbers."""

from __future__ import annotations

from collections.abc import Sequence

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.frontend import ast
from gendsl.ir.program import InferenceCall
from gendsl.resolve.inference_piece import (
    LOW_RANK,
    Moves,
    PieceRow,
    Result,
)
from gendsl.resolve.inference_table import PIECES


def behind_transport(before: InferenceCall, piece: InferenceCall) -> Diagnostic | None:
    """What is wrong with a piece that comes after a transport, if anything."""
    row = PIECES[piece.name]
    if row.moves is Moves.DISCRETE:
        return Diagnostic(
            "G0446",
            f"`{before.name}` maps real numbers, and `{row.name}` moves discrete quantities",
            piece.span,
            "no real numbers",
            help=f"discrete latents are summed out exactly: `{before.name}() >> nuts()`",
        )
    if not row.sees_through:
        able = [f"`{r.name}()`" for r in PIECES.values() if r.sees_through]
        return Diagnostic(
            "G0447",
            f"`{row.name}` can't draw through `{before.name}`",
            piece.span,
            "sees no transport",
            help=f"after `{before.name}` comes {', '.join(able[:-1])} or {able[-1]}",
        )
    if piece.sites:
        return Diagnostic(
            "G0449",
            f"behind `{before.name}` a kernel moves all quantities together",
            piece.sites[0].span,
            "one of them",
            help=f"leave the names out: `{before.name}() >> {row.name}()`",
        )
    if dict(piece.settings).get("metric") == LOW_RANK:
        return Diagnostic(
            "G0452",
            f"`{row.name}` learns a metric of low rank only as a whole program",
            piece.span,
            f"behind `{before.name}`",
            help="write `metric = dense`, or leave it out for a diagonal one",
        )
    return None


def ends_in_transport(pieces: Sequence[InferenceCall]) -> Diagnostic | None:
    """Say that no kernel draws through the last piece, where that is a transport."""
    last = pieces[-1]
    if PIECES[last.name].returns is not Result.TRANSPORT:
        return None
    return Diagnostic(
        "G0447",
        f"`{last.name}` returns a transport, and nothing draws through it",
        last.span,
        "no draws",
        help=f"write `{last.name}() >> nuts()`",
    )


def inside_another(row: PieceRow, call: ast.Call) -> Diagnostic | None:
    """What is wrong with a piece that is a whole program, inside another piece."""
    if not row.is_whole:
        return None
    if not row.trains_flow:
        return Diagnostic(
            "G0448",
            f"`{row.name}` is a whole program, and no kernel inside another one",
            call.span,
            "inside another piece",
            notes=("it does not keep the posterior, and beside it no other kernel would",),
            help=f"write `infer by_{row.name} = {row.name}(...)`",
        )
    return Diagnostic(
        "G0448",
        f"`{row.name}` is a whole program, and no kernel inside another one",
        call.span,
        "inside another piece",
        notes=("its flow is of all continuous quantities together, trained by all chains",),
        help=f"write `{row.name}(local = ...)` with the other kernel for its local one",
    )


def not_local(kernel: InferenceCall) -> Diagnostic:
    """Say that a kernel can't be the local one beside a flow."""
    return Diagnostic(
        "G0446",
        f"a flow is of real numbers: `{kernel.name}` can't be the kernel of `local`",
        kernel.span,
        f"moves {PIECES[kernel.name].moves} only",
        help="such as `local = nuts()`; discrete latents are summed out exactly",
    )


def over_discrete(row: PieceRow, argument: ast.Argument) -> Diagnostic | None:
    """Say that a piece with a flow is of no single quantities."""
    if not row.trains_flow:
        return None
    return Diagnostic(
        "G0446",
        f"the flow of `{row.name}` is of all continuous quantities together, and of no others",
        argument.span,
        "one of them, or a discrete one",
        help=f"leave it out: `{row.name}()`; discrete latents are summed out exactly",
    )
