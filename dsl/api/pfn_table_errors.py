"""Errors of the tables that a network reads, and their ways out."""

from __future__ import annotations

from collections.abc import Sequence

from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import counted, listed


def refused(code: str, message: str, help: str | None = None) -> DiagnosticError:
    """Return an error of the data."""
    return DiagnosticError((Diagnostic(code, message, help=help),))


def no_column(
    name: str, origin: str, candidates: Sequence[str], is_latent: bool = False
) -> DiagnosticError:
    """Return the error of a column that is not among the candidates."""
    close = nearest(name, tuple(candidates))
    help = f"did you mean `{close}`?" if close else None
    if help is None and is_latent:
        help = for_all_rows(name)
    if help is None and candidates:
        help = (
            f"there are {listed(candidates, 6)}; `--columns A,B` names those of the inputs in"
            " their order, and `--target C` that of the target (in Python `columns=`, `target=`)"
        )
    return refused("G1025", f"{origin} has no column `{name}`", help)


def for_all_rows(name: str) -> str:
    """Return the way out where a latent that is given has no column."""
    return f"give `{name}` for all rows: `--set {name}=1`, or in Python `given={{...}}`"


def too_many(
    name: str | None, count: int, widths: Sequence[int], columns: Sequence[str] = ()
) -> DiagnosticError:
    """Return the error of more columns, or fewer, than an input may have."""
    least, most = min(widths), max(widths)
    has = f"{least}" if least == most else f"{least} to {most}"
    of = f" for `{name}`" if name is not None else ""
    shown = f" ({listed(columns, 6)})" if columns else ""
    return refused(
        "G1025",
        f"there {'is' if count == 1 else 'are'} {counted(max(count, 0), 'column')}{of}{shown}, and"
        f" the network has {has}",
        "`--columns A,B` (in Python `columns=`) names those that are inputs; or train a network on"
        " a prior with as many",
    )
