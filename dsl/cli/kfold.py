"""`gendsl kfold`: fits without each part of the data, and how well they predict it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from gendsl.cli.cache import compilation_cache
from gendsl.cli.console import as_json, report, say, say_json
from gendsl.cli.fixing import fixed
from gendsl.cli.guard import guarded
from gendsl.cli.options import DataFiles, Do, Json, ModelFile, ModelName, Quiet, Seed, Set, Site
from gendsl.cli.progress import ProgressLine


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
    with_: Annotated[
        str | None, typer.Option("--with", metavar="NAME", help="Which inference program.")
    ] = None,
    model: ModelName = None,
    set_: Set = None,
    do: Do = None,
    chains: Annotated[int | None, typer.Option("--chains", min=1, help="How many.")] = None,
    warmup: Annotated[int | None, typer.Option("--warmup", min=0, help="Of each chain.")] = None,
    draws: Annotated[int | None, typer.Option("--draws", min=1, help="Of each chain.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Print every observation.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fit without each part of the data in turn; score how well that part is predicted."""
    from gendsl.api.model import compile
    from gendsl.data.reading import read_all
    from gendsl.inference.compiler_flags import inline_small_loops

    inline_small_loops(os.environ)
    compiled = fixed(compile(Path(file), model=model), set_, do)
    report(compiled.warnings)
    bound = compiled.bind(read_all(data or []))
    report(bound.notes)
    line = ProgressLine()
    with compilation_cache():
        if not quiet:
            line.say("compiling")
        try:
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
                progress=None if quiet else line,
            )
        finally:
            line.close()
    if json:
        say_json({"model": file, **result.to_dict(), "warnings": as_json(result.warnings())})
        return
    say(result.table(is_complete=all_))
    if result.warnings():
        say("")
        report(result.warnings(), sys.stdout)
