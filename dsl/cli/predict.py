"""`gendsl predict`: what a fit says of new data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gendsl.cli.cache import compilation_cache
from gendsl.cli.console import as_json, report, say, say_json, tell
from gendsl.cli.guard import guarded
from gendsl.cli.options import DataFiles, Do, FitFile, Json, Quiet, Seed, Var


@guarded
def predict(
    fit: FitFile,
    data: DataFiles = None,
    seed: Seed = 0,
    do: Do = None,
    var: Var = None,
    draws: Annotated[
        int | None, typer.Option("--draws", min=1, help="Of the posterior; all unless given.")
    ] = None,
    out: Annotated[
        str | None, typer.Option("--out", metavar="PATH", help="Save them: `.nc` or `.zarr`.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Print every row.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Predict new data from a saved fit. The fit carries its model; nothing is edited.

    What the new data do not give is as in the fit. A label that the fit has not seen is a new draw
    from its population.
    """
    if out is not None:
        from gendsl.api.output import TREE_KINDS, check_destination

        check_destination(Path(out), TREE_KINDS)

    from gendsl.api.fit import load
    from gendsl.api.prediction import predict
    from gendsl.api.setting import read_settings
    from gendsl.data.reading import read_all
    from gendsl.results.table import render_table

    wishes = read_settings(do or (), "--do")
    loaded = load(fit)
    raw = read_all(data or [])
    with compilation_cache():
        prediction = predict(loaded, raw, seed=seed, draws=draws, do=wishes)
    if out is not None:
        prediction.save(Path(out))
    summary = prediction.summary(var)
    if json:
        say_json({"fit": fit, "summary": summary.rows(), "notes": as_json(prediction.notes)})
    else:
        say(render_table(summary, is_complete=all_ or var is not None))
        report(prediction.notes)
    if not quiet and out is not None:
        tell(f"saved {out}")
