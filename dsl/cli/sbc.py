"""`gendsl sbc`: whether an inference program finds the parameters of data that the model makes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gendsl.cli.console import report, tell
from gendsl.cli.exit_code import ExitCode
from gendsl.cli.guard import guarded
from gendsl.cli.options import (  # fmt: skip
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
def sbc(
    file: ModelFile,
    data: DataFiles = None,
    size: Sizes = None,
    simulations: Annotated[
        int, typer.Option("--simulations", min=1, help="Data sets to make and to fit.")
    ] = 200,
    draws: Annotated[
        int, typer.Option("--draws", min=2, help="Of each fit, among which the truth is ranked.")
    ] = 99,
    rate: Rate = 0.01,
    seed: Seed = 0,
    with_: With = None,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="PATH", help="Save ranks and truths: `.nc` or `.zarr`."),
    ] = None,
    plot: Annotated[
        str | None,
        typer.Option("--plot", metavar="PATH", help="A picture: `.png`, `.pdf` or `.svg`."),
    ] = None,
    model: ModelName = None,
    set_: Set = None,
    do: Do = None,
    chains: Annotated[int | None, typer.Option("--chains", min=1, help="Of each fit.")] = None,
    warmup: Annotated[int | None, typer.Option("--warmup", min=0, help="Of each chain.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Print every quantity.")] = False,
    json: Json = False,
    strict: Strict = False,
    quiet: Quiet = False,
) -> None:
    """Fit data that the model simulates; see whether true values rank evenly among draws."""
    from gendsl.api.output import PICTURE_KINDS, TREE_KINDS, check_destination

    sizes = sizes_of(size)
    if out is not None:
        check_destination(Path(out), TREE_KINDS)
    if plot is not None:
        check_destination(Path(plot), PICTURE_KINDS)

    from gendsl.data.reading import read_all

    compiled = compiled_model(file, model, set_, do, with_)
    with progress_line(quiet=quiet) as line:
        found = compiled.sbc(
            read_all(data or []),
            sizes=sizes,
            simulations=simulations,
            draws=draws,
            rate=rate,
            seed=seed,
            name=with_,
            chains=chains,
            warmup=warmup,
            progress=line,
        )
    report(found.notes)
    if out is not None:
        found.save(out)
        tell(f"saved {out}")
    if plot is not None:
        found.plot(plot)
        tell(f"saved {plot}")
    show_result(found, json=json, is_complete=all_)
    if strict and not found.is_calibrated:
        raise typer.Exit(ExitCode.NOT_TO_BE_TRUSTED)
