"""`gendsl kfold`: fits without each part of the data, and how well they predict it."""

from __future__ import annotations

from typing import Annotated

import typer

from gendsl.cli.guard import guarded
from gendsl.cli.options import (
    Chains,
    DataFiles,
    Do,
    Draws,
    Json,
    ModelFile,
    ModelName,
    Quiet,
    Seed,
    Set,
    Site,
    Warmup,
    With,
)
from gendsl.cli.prepare import prepared, progress_line
from gendsl.cli.result import show_result


@guarded
def kfold(
    file: ModelFile,
    data: DataFiles = None,
    folds: Annotated[int, typer.Option("--folds", min=2, help="How many.")] = 10,
    group: Annotated[
        str | None,
        typer.Option("--group", metavar="NAME", help="Data or a dimension: groups stay whole."),
    ] = None,
    stratify: Annotated[
        str | None,
        typer.Option("--stratify", metavar="NAME", help="Data: spread evenly over the folds."),
    ] = None,
    site: Site = None,
    seed: Seed = 0,
    with_: With = None,
    model: ModelName = None,
    set_: Set = None,
    do: Do = None,
    chains: Chains = None,
    warmup: Warmup = None,
    draws: Draws = None,
    all_: Annotated[bool, typer.Option("--all", help="Print every observation.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fit without each part of the data in turn; score how well that part is predicted."""
    compiled, bound = prepared(file, model, set_, do, data, with_)
    with progress_line(quiet=quiet) as line:
        result = compiled.kfold(
            bound,
            folds=folds,
            group=group,
            stratify=stratify,
            site=site,
            seed=seed,
            name=with_,
            chains=chains,
            warmup=warmup,
            draws=draws,
            progress=line,
        )
    show_result(result, json=json, is_complete=all_, model=file)
