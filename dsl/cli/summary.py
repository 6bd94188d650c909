"""`gendsl summary`: the table of a saved fit."""

from __future__ import annotations

from typing import Annotated

import typer

from gendsl.cli.guard import guarded
from gendsl.cli.options import FitFile, Json, Var


@guarded
def summary(
    fit: FitFile,
    var: Var = None,
    all_: Annotated[bool, typer.Option("--all", help="Print every row.")] = False,
    json: Json = False,
) -> None:
    """Summarise a saved fit: mean, sd, 90% interval, effective sample sizes, R-hat, E-BFMI."""
    from gendsl.api.fit import load
    from gendsl.cli.trust import show_fit

    loaded = load(fit)
    chosen = loaded.summary(var)
    warnings = loaded.warnings(chosen)
    show_fit(
        loaded,
        chosen,
        warnings,
        path=fit,
        json=json,
        is_complete=all_ or var is not None,
        has_energy=True,
    )
