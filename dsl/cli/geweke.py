"""`gendsl geweke`: whether the kernel of an inference program keeps the posterior."""

from __future__ import annotations

from typing import Annotated

import typer

from gendsl.cli.exit_code import ExitCode
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
    With,
    sizes_of,
)
from gendsl.cli.prepare import compiled_model, progress_line
from gendsl.cli.result import show_result


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
    with_: With = None,
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
    from gendsl.data.reading import read_all

    sizes = sizes_of(size)
    compiled = compiled_model(file, model, set_, do, with_)
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
    show_result(found, json=json, is_complete=all_, model=file)
    if strict and not found.is_passed:
        raise typer.Exit(ExitCode.NOT_TO_BE_TRUSTED)
