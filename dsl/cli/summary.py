"""`gendsl summary`: the table of a saved fit."""

from __future__ import annotations

from typing import Annotated

import typer

from gendsl.cli.guard import guarded
from gendsl.cli.options import FitFile, Json


@guarded
def summary(
    fit: FitFile,
    var: Annotated[
        list[str] | None,
        typer.Option("--var", metavar="NAME", help="Only this quantity; may be repeated."),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Print every row.")] = False,
    json: Json = False,
) -> None:
    """Summarise a saved fit: mean, sd, 90% interval, effective sample sizes, R-hat."""
    from gendsl.api.fit import load
    from gendsl.cli.trust import show_fit

    loaded = load(fit)
    chosen = loaded.summary(var)
    warnings = loaded.warnings(chosen)
    show_fit(loaded, chosen, warnings, path=fit, json=json, is_complete=all_ or var is not None)
