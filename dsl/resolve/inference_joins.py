"""Whether pieces of an inference program fit each other: by `>>`, and one inside another."""

from __future__ import annotations

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.reporter import Reporter
from gendsl.frontend import ast
from gendsl.ir.program import InferenceCall
from gendsl.resolve.failure import refused
from gendsl.resolve.inference_table import PIECES, Moves, PieceRow, Result

_FITTED = (Result.APPROXIMATION, Result.POPULATION)


def check_join(before: InferenceCall | None, piece: InferenceCall, reporter: Reporter) -> None:
    """Whether a piece can take what the one before it returns."""
    row = PIECES[piece.name]
    if before is None:
        if row.takes:
            raise refused(
                reporter,
                Diagnostic(
                    "G0437",
                    f"`{row.name}` takes {_either(row)}, and nothing comes before it",
                    piece.span,
                    "nothing to take",
                    help=f"write `{_example(row)}`",
                ),
            )
        return
    given = PIECES[before.name].returns
    if given in row.takes:
        return
    if row.takes:
        message = f"`{row.name}` takes {_either(row)}; `{before.name}` returns {given.value}"
        between = next(
            (r for r in PIECES.values() if given in r.takes and r.returns in row.takes), None
        )
        way = f"{before.name}() >> {between.name}() >> {row.name}()" if between else _example(row)
        help = f"write `{way}`"
    else:
        message = f"`{row.name}` takes nothing from `{before.name}`, which returns {given.value}"
        last = [f"`{r.name}(...)`" for r in PIECES.values() if given in r.takes]
        after = f"after `{before.name}` comes {' or '.join(last)}; " if last else ""
        both = PIECES[before.name].is_kernel and row.is_kernel
        way = "kernels take turns in `cycle(...)`" if both else "run them as two programs"
        help = f"{after}{way}"
    raise refused(reporter, Diagnostic("G0437", message, piece.span, "does not fit", help=help))


def check_kernel(row: PieceRow, call: ast.Call, reporter: Reporter) -> None:
    """Whether a piece inside another one is a kernel."""
    if row.is_kernel:
        return
    if row.returns in _FITTED and not row.takes:
        raise refused(
            reporter,
            Diagnostic(
                "G0438",
                f"`{row.name}` would be trained inside sampling",
                call.span,
                "not a kernel",
                notes=(
                    "what is fitted anew along a chain depends on the chain's past, and the chain"
                    " no longer keeps the posterior",
                ),
                help=f"run it as a program of its own: `infer {row.name}_first = {row.name}()`",
            ),
        )
    raise refused(
        reporter,
        Diagnostic(
            "G0437",
            f"`{row.name}` returns {row.returns.value}: it is no kernel",
            call.span,
            "does not fit",
            help=f"write `{_example(row)}`",
        ),
    )


def cannot_move_all(call: InferenceCall) -> InferenceCall | None:
    """A kernel inside that does not move every continuous quantity, if there is one."""
    if not call.parts:
        return None if PIECES[call.name].moves is Moves.CONTINUOUS else call
    return next((c for part in call.parts if (c := cannot_move_all(part)) is not None), None)


def _either(row: PieceRow) -> str:
    return " or ".join(result.value for result in row.takes)


def _example(row: PieceRow) -> str:
    """A pipeline that ends in the piece, shortest first."""
    if not row.takes:
        return f"{row.name}()"
    before = next(r for r in PIECES.values() if r.returns is row.takes[0])
    return f"{_example(before)} >> {row.name}()"
