"""`gendsl match`: priors of networks, tuned to those of processes."""

from __future__ import annotations

import json as json_
from pathlib import Path
from typing import Annotated

import typer

from gendsl.cli.console import say, say_json, tell
from gendsl.cli.guard import guarded
from gendsl.cli.options import (
    DataFiles,
    Do,
    Json,
    ModelFile,
    ModelName,
    Quiet,
    Set,
    Sizes,
    sizes_of,
)
from gendsl.cli.prepare import compiled_model, progress_line


@guarded
def match(
    file: ModelFile,
    data: DataFiles = None,
    size: Sizes = None,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="PATH", help="Save the factors as data: `.json`."),
    ] = None,
    model: ModelName = None,
    set_: Set = None,
    do: Do = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Tune the priors that `match` statements name; say how near they come."""
    from gendsl.api.output import check_destination
    from gendsl.data.atomic import atomic_path
    from gendsl.data.reading import read_all

    sizes = sizes_of(size)
    if out is not None:
        check_destination(Path(out), (".json",))
    compiled = compiled_model(file, model, set_, do, None)
    with progress_line(quiet=quiet, begins="matching"):
        found = compiled.match(read_all(data or []), sizes=sizes)
    factors = {name: value for each in found.values() for name, value in each.factors.items()}
    if out is not None:
        with atomic_path(out) as temporary:
            temporary.write_text(json_.dumps(factors, indent=1) + "\n", encoding="utf-8")
        tell(f"saved {out}")
    if json:
        say_json([each.to_dict() for each in found.values()])
        return
    for each in found.values():
        say(str(each))
