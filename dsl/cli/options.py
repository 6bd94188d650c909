"""Arguments and options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

ModelFile = Annotated[str, typer.Argument(metavar="MODEL", help="A `.gen` file.")]
FitFile = Annotated[
    str, typer.Argument(metavar="FIT", help="A fit that `gendsl infer --out` wrote.")
]
DataFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--data",
        metavar="DATA",
        help="JSON, CSV, Parquet, NetCDF or a folder of CSV files; may be given several times.",
    ),
]
ModelName = Annotated[
    str | None, typer.Option("--model", metavar="NAME", help="Which of the file's models.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Same seed, same draws.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print no progress.")]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="Condition on a quantity's value; may be repeated."
    ),
]
Do = Annotated[
    list[str] | None,
    typer.Option(
        "--do", metavar="NAME=VALUE", help="Set a quantity from outside; may be repeated."
    ),
]
Site = Annotated[
    str | None,
    typer.Option("--site", metavar="NAME", help="Which data's entries are the observations."),
]
