"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer


class BackendName(StrEnum):
    """For what a program can be generated."""

    NUMPYRO = "numpyro"
    PYRO = "pyro"


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
With = Annotated[
    str | None, typer.Option("--with", metavar="NAME", help="Which inference program.")
]
Chains = Annotated[int | None, typer.Option("--chains", min=1, help="How many.")]
Warmup = Annotated[int | None, typer.Option("--warmup", min=0, help="Of each chain.")]
Draws = Annotated[int | None, typer.Option("--draws", min=1, help="Of each chain.")]
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
Var = Annotated[
    list[str] | None,
    typer.Option("--var", metavar="NAME", help="Only this quantity; may be repeated."),
]
Site = Annotated[
    str | None,
    typer.Option("--site", metavar="NAME", help="Which data's entries are the observations."),
]
Sizes = Annotated[
    list[str] | None,
    typer.Option("--size", metavar="DIM=N", help="Of a dimension; may be repeated."),
]
Rate = Annotated[
    float,
    typer.Option(
        "--rate",
        min=1e-9,
        max=0.5,
        help="Chance of a rejection where all is right, over all tests.",
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 4 if the test is failed.")]


def sizes_of(texts: Sequence[str] | None) -> dict[str, int]:
    """Return what `--size school=8` says, of each dimension.

    Raises:
        BadParameter: if one is of another form.
    """
    return dict(_size(text) for text in texts or [])


def _size(text: str) -> tuple[str, int]:
    name, sign, number = text.partition("=")
    if not (sign and name.strip() and number.strip().isdecimal()):
        raise typer.BadParameter(f"`{text}` is not of the form `school=8`", param_hint="--size")
    return name.strip(), int(number)
