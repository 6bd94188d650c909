"""`gendsl loo`: how well a fit predicts each observation from the others."""

from __future__ import annotations

from typing import Annotated

import typer

from gendsl.cli.guard import guarded
from gendsl.cli.options import FitFile, Json, Quiet, Site
from gendsl.cli.prepare import progress_line
from gendsl.cli.result import show_result


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

    loaded = load(fit)
    with progress_line(quiet=quiet, begins=None) as line:
        result = loaded.loo(site=site, refit=refit, progress=line)
    show_result(result, json=json, is_complete=all_, fit=fit)
