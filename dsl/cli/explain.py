"""`gendsl explain`: what an error code means."""

from __future__ import annotations

from typing import Annotated

import typer

from gendsl.api.failure import UsageError
from gendsl.cli.console import say, say_json
from gendsl.cli.guard import guarded
from gendsl.diagnostics.catalogue import CATALOGUE, CatalogueRow
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.wording import listed

_MOST_SUGGESTED = 3


@guarded
def explain(
    code: Annotated[
        str | None, typer.Argument(metavar="[CODE]", help="As in `error[G0203]`.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Explain an error code, or list them all."""
    rows = list(CATALOGUE.values()) if code is None else [_row(code)]
    if json:
        say_json([_fields(row) for row in rows] if code is None else _fields(rows[0]))
    elif code is None:
        say("\n".join(f"{row.code}  {row.severity.value:7}  {row.title}" for row in rows))
    else:
        (row,) = rows
        say(f"{row.severity.value}[{row.code}]: {row.title}\n\n{row.explanation.rstrip()}")


def _row(code: str) -> CatalogueRow:
    wanted = code.strip().strip("[]").upper()
    wanted = wanted if wanted.startswith("G") else f"G{wanted.zfill(4)}"
    row = CATALOGUE.get(wanted)
    if row is not None:
        return row
    nearest = sorted(CATALOGUE, key=lambda known: (_distance(wanted, known), known))
    known = listed(nearest[:_MOST_SUGGESTED])
    raise UsageError(
        Diagnostic("G0808", f"there is no code `{code}`", help=f"the nearest are {known}")
    )


def _distance(a: str, b: str) -> int:
    if len(a) != len(b):
        return len(b)
    return sum(x != y for x, y in zip(a, b, strict=True))


def _fields(row: CatalogueRow) -> dict[str, str]:
    return {
        "code": row.code,
        "severity": row.severity.value,
        "title": row.title,
        "explanation": row.explanation,
    }
