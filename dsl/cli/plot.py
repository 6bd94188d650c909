"""`gendsl plot`: a picture of a fit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gendsl.cli.console import tell
from gendsl.cli.guard import guarded
from gendsl.cli.options import FitFile, Var
from gendsl.diagnostics.wording import listed


@guarded
def plot(
    fit: FitFile,
    out: Annotated[
        str, typer.Option("--out", metavar="PATH", help="`.png`, `.pdf` or `.svg`.")
    ] = "fit.png",
    var: Var = None,
) -> None:
    """Draw the intervals and the chains of a saved fit."""
    from gendsl.api.output import PICTURE_KINDS, check_destination, save

    path = Path(out)
    check_destination(path, PICTURE_KINDS)

    from gendsl.api.failure import UsageError
    from gendsl.api.fit import load
    from gendsl.diagnostics.diagnostic import Diagnostic
    from gendsl.results.picture import draw_picture

    loaded = load(fit)
    summary = loaded.summary(var)
    if not summary.variables:
        names = listed(category.name for category in summary.categories)
        help = f"`gendsl discrete {fit}` shows the probabilities of their states"
        raise UsageError(Diagnostic("G0806", f"{names} have no intervals to draw", help=help))
    kind = path.suffix.lower().removeprefix(".")
    save(path, lambda temporary: draw_picture(loaded.posterior, summary, temporary, kind))
    tell(f"saved {out}")
