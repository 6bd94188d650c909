"""`gendsl geweke`: whether the kernel of an inference program keeps the posterior."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from gendsl.cli.console import as_json, report, say, say_json
from gendsl.cli.exit_code import ExitCode
from gendsl.cli.fixing import fixed
from gendsl.cli.guard import guarded
from gendsl.cli.options import (
    DataFiles,
    Do,
    Json,
    ModelFile,
    ModelName,
    Quiet,
    Rate,
    Seed,
    Set,
    Sizes,
    Strict,
    sizes_of,
)
from gendsl.cli.prepare import progress_line


@guarded
def geweke(
    file: ModelFile,
    data: DataFiles = None,
    size: Sizes = None,
    turns: Annotated[
        int, typer.Option("--turns", min=2, help="Of the kernel and the simulation of data.")
    ] = 100,
    chains: Annotated[
        int, typer.Option("--chains", min=2, help="Independent, each from a draw of its own.")
    ] = 200,
    rate: Rate = 0.01,
    seed: Seed = 0,
    with_: Annotated[
        str | None, typer.Option("--with", metavar="NAME", help="Which inference program.")
    ] = None,
    model: ModelName = None,
    set_: Set = None,
    do: Do = None,
    warmup: Annotated[
        int | None, typer.Option("--warmup", min=0, help="Transitions that set the kernel up.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Print every statistic.")] = False,
    json: Json = False,
    strict: Strict = False,
    quiet: Quiet = False,
) -> None:
    """Let a kernel and the simulation of data take turns; see whether the prior stays."""
    from gendsl.api.model import compile
    from gendsl.data.reading import read_all
    from gendsl.inference.compiler_flags import inline_small_loops

    inline_small_loops(os.environ)
    sizes = sizes_of(size)
    compiled = fixed(compile(Path(file), model=model), set_, do)
    report(compiled.warnings)
    with progress_line(quiet=quiet) as line:
        found = compiled.geweke(
            read_all(data or []),
            sizes=sizes,
            turns=turns,
            chains=chains,
            rate=rate,
            seed=seed,
            name=with_,
            warmup=warmup,
            progress=line,
        )
    warnings = found.warnings()
    if json:
        say_json({"model": file, **found.to_dict(), "warnings": as_json(warnings)})
    else:
        say(found.table(is_complete=all_))
        if warnings:
            say("")
            report(warnings, sys.stdout)
    if strict and not found.is_passed:
        raise typer.Exit(ExitCode.NOT_TO_BE_TRUSTED)
