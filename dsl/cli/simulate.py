"""`gendsl simulate`: what a model expects before it sees data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gendsl.cli.cache import compilation_cache
from gendsl.cli.console import report, say, tell
from gendsl.cli.fixing import fixed
from gendsl.cli.guard import guarded
from gendsl.cli.options import DataFiles, Do, ModelFile, ModelName, Seed, Set, Sizes, sizes_of

SYNTHETIC_KINDS = (".json",)


@guarded
def simulate(
    file: ModelFile,
    data: DataFiles = None,
    size: Sizes = None,
    draws: Annotated[int, typer.Option("--draws", min=1)] = 1000,
    seed: Seed = 0,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="PATH", help="Save all draws: `.nc` or `.zarr`."),
    ] = None,
    data_out: Annotated[
        str | None,
        typer.Option("--data-out", metavar="PATH", help="Save the first draw's data: `.json`."),
    ] = None,
    model: ModelName = None,
    set_: Set = None,
    do: Do = None,
) -> None:
    """Draw from the prior, and synthetic data from each draw."""
    from gendsl.api.output import TREE_KINDS, check_destination

    sizes = sizes_of(size)
    if out is not None:
        check_destination(Path(out), TREE_KINDS)
    if data_out is not None:
        check_destination(Path(data_out), SYNTHETIC_KINDS)

    from gendsl.api.model import compile
    from gendsl.api.simulation import save_first_data, simulate
    from gendsl.data.reading import read_all
    from gendsl.results.table import render_table

    compiled = fixed(compile(Path(file), model=model), set_, do)
    report(compiled.checked.warnings)
    with compilation_cache():
        simulation = simulate(
            compiled.checked, read_all(data or []), sizes=sizes, draws=draws, seed=seed
        )
    report(simulation.notes)
    if out is not None:
        simulation.save(Path(out))
        tell(f"saved {out}")
    if data_out is not None:
        save_first_data(compiled.program, simulation, Path(data_out))
        tell(f"saved {data_out}")
    for title, summary in simulation.summaries():
        say(f"{title}\n{render_table(summary)}\n")
