"""`gendsl compare`: fits of the same data, from the best to the worst."""

from __future__ import annotations

from typing import Annotated

import typer

from gendsl.cli.console import as_json, report_below, say, say_json
from gendsl.cli.guard import guarded
from gendsl.cli.options import Json, Site


@guarded
def compare(
    fits: Annotated[
        list[str], typer.Argument(metavar="FIT...", help="Fits that `gendsl infer --out` wrote.")
    ],
    site: Site = None,
    json: Json = False,
) -> None:
    """Compare fits of the same data by leave-one-out: differences, their errors, weights."""
    from gendsl.api.crossvalidation import compare, names_of_files
    from gendsl.api.fit import load

    names = names_of_files(fits)
    results = {name: load(fit).loo(site=site) for name, fit in zip(names, fits, strict=True)}
    comparison = compare(results)
    warnings = [warning for result in results.values() for warning in result.warnings()]
    if json:
        say_json({"models": comparison.rows(), "warnings": as_json(warnings)})
        return
    say(str(comparison))
    report_below(warnings)
