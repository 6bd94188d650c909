"""`gendsl loo`: how well a fit predicts each observation from the others."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gendsl.cli.cache import compilation_cache
from gendsl.cli.console import as_json, report, say, say_json
from gendsl.cli.guard import guarded
from gendsl.cli.options import FitFile, Json, Quiet, Site
from gendsl.cli.progress import ProgressLine


@guarded
def loo(
    fit: FitFile,
    site: Site = None,
    refit: Annotated[
        bool,
        typer.Option("--refit", help="Fit again without each observation for which PSIS fails."),
    ] = False,
    all_: Annotated[bool, typer.Option("--all", help="Print every observation.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Leave each observation out in turn, by weighting the draws of a saved fit (PSIS)."""
    from gendsl.api.fit import load

    line = ProgressLine()
    loaded = load(fit)
    with compilation_cache():
        try:
            result = loaded.loo(site=site, refit=refit, progress=None if quiet else line)
        finally:
            line.close()
    if json:
        say_json({"fit": fit, **result.to_dict(), "warnings": as_json(result.warnings())})
        return
    say(result.table(is_complete=all_))
    if result.warnings():
        say("")
        report(result.warnings(), sys.stdout)
