"""Whether pieces of an inference program fit each other: by `>>`, and one inside another."""

from __future__ import annotations

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.reporter import Reporter
from gendsl.frontend import ast
from gendsl.ir.program import InferenceCall
from gendsl.resolve.failure import refused
from gendsl.resolve.inference_flows import behind_transport, inside_another
from gendsl.resolve.inference_piece import (
    LOW_RANK,
    Moves,
    PieceRow,
    Result,
)
from gendsl.resolve.inference_table import PIECES

_FITTED = (Result.APPROXIMATION, Result.OPTIMA, Result.POPULATION, Result.TRANSPORT)


def check_join(before: InferenceCall | None, piece: InferenceCall, reporter: Reporter) -> None:
    """Whether a piece can take what the one before it returns."""
    row = PIECES[piece.name]
    has_own = row.instead is not None and piece.setting(row.instead) is not None
    if before is None:
        if row.takes and not has_own:
            own = f", or `{row.name}({row.instead} = NAME)`" if row.instead else ""
            raise refused(
                reporter,
                Diagnostic(
                    "G0437",
                    f"`{row.name}` takes {_either(row)}, and nothing comes before it",
                    piece.span,
                    "nothing to take",
                    help=f"write `{_example(row)}`{own}",
                ),
            )
        return
    given = PIECES[before.name].returns
    if has_own and row.takes:
        raise refused(
            reporter,
            Diagnostic(
                "G0437",
                f"`{row.name}({row.instead} = ...)` takes nothing from `{before.name}`: the"
                " network is what it draws from",
                piece.span,
                "draws from two",
                help=f"leave out `{before.name}(...) >>`, or `{row.instead}`",
            ),
        )
    if given in row.takes:
        return
    if given is Result.TRANSPORT:
        unfit = behind_transport(before, piece)
        if unfit is not None:
            raise refused(reporter, unfit)
        return
    if row.takes:
        message = f"`{row.name}` takes {_either(row)}; `{before.name}` returns {given.value}"
        between = next(
            (r for r in PIECES.values() if given in r.takes and r.returns in row.takes), None
        )
        taker = next((r for r in PIECES.values() if given in r.takes), None)
        if between is not None:
            help = f"write `{before.name}() >> {between.name}() >> {row.name}()`"
        elif taker is not None:
            help = f"write `{before.name}() >> {taker.name}()`, or `{_example(row)}`"
        else:
            help = f"`{before.name}()` needs nothing after it; or write `{_example(row)}`"
    else:
        message = f"`{row.name}` takes nothing from `{before.name}`, which returns {given.value}"
        last = [f"`{r.name}(...)`" for r in PIECES.values() if given in r.takes]
        after = f"after `{before.name}` comes {' or '.join(last)}; " if last else ""
        both = PIECES[before.name].is_kernel and row.is_kernel
        way = "kernels take turns in `cycle(...)`" if both else "run them as two programs"
        if row.returns is Result.TRANSPORT:
            way = f"a transport comes first: `{row.name}() >> nuts()`"
        help = f"{after}{way}"
    raise refused(reporter, Diagnostic("G0437", message, piece.span, "does not fit", help=help))


def check_kernel(row: PieceRow, call: ast.Call, reporter: Reporter) -> None:
    """Whether a piece inside another one is a kernel."""
    whole = inside_another(row, call)
    if whole is not None:
        raise refused(reporter, whole)
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
                help=f"train it before sampling: `{row.name}() >> nuts()`"
                if row.returns is Result.TRANSPORT
                else f"run it as a program of its own: `infer {row.name}_first = {row.name}()`",
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


def check_metric(kernel: InferenceCall, reporter: Reporter) -> None:
    """Whether a kernel that is no program of its own learns a metric that it can learn there."""
    if dict(kernel.settings).get("metric") != LOW_RANK:
        return
    raise refused(
        reporter,
        Diagnostic(
            "G0452",
            f"`{kernel.name}` learns a metric of low rank only as a whole program",
            kernel.span,
            "part of a larger one",
            help="write `metric = dense`, or leave it out",
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
