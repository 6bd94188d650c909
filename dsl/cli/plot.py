"""`gendsl plot`: a picture of a fit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gendsl.cli.console import tell
from gendsl.cli.guard import guarded
from gendsl.cli.options import FitFile, Var
from gendsl.diagnostics.wording import listed

if TYPE_CHECKING:
    from gendsl.api.fit import Fit

LARGEST = 50
"""Inches of a picture."""


@guarded
def plot(
    fit: FitFile,
    out: Annotated[
        str, typer.Option("--out", metavar="PATH", help="`.png`, `.pdf` or `.svg`.")
    ] = "fit.png",
    var: Var = None,
    curve: Annotated[
        str | None,
        typer.Option("--curve", metavar="NAME", help="Draws of a predicted curve, and intervals."),
    ] = None,
    along: Annotated[
        str | None, typer.Option("--along", metavar="NAME", help="The data along which it runs.")
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option("--data", metavar="NAME", help="Data shown with it; may be repeated."),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="NAME", help="The data along which these are.")
    ] = None,
    prior: Annotated[
        bool, typer.Option("--prior", help="Curves from the prior beside those of the fit.")
    ] = False,
    lines: Annotated[
        int | None,
        typer.Option("--lines", metavar="N", min=0, help="Draws of the curve; 30 unless given."),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option("--label", metavar="TEXT", help="At the vertical axis, for its name."),
    ] = None,
    along_label: Annotated[
        str | None,
        typer.Option("--along-label", metavar="TEXT", help="At the other axis, for its name."),
    ] = None,
    log: Annotated[bool, typer.Option("--log", help="A logarithmic vertical axis.")] = False,
    size: Annotated[
        str | None,
        typer.Option("--size", metavar="WxH", help="Of a panel, in inches: `8x3`."),
    ] = None,
    coverage: Annotated[
        str | None,
        typer.Option("--coverage", metavar="NAME", help="The calibration curve of a prediction."),
    ] = None,
    observed: Annotated[
        str | None, typer.Option("--observed", metavar="NAME", help="The data that it predicts.")
    ] = None,
) -> None:
    """Draw the intervals and the chains of a saved fit, a predicted curve, or its coverage."""
    from gendsl.api.output import PICTURE_KINDS, check_destination

    path = Path(out)
    _refuse_mixed(
        {"--var": var},
        {
            "--curve": curve,
            "--along": along,
            "--data": data,
            "--at": at,
            "--prior": prior or None,
            "--lines": lines,
            "--label": label,
            "--along-label": along_label,
            "--log": log or None,
            "--size": size,
        },
        {"--coverage": coverage, "--observed": observed},
    )
    inches = _inches(size)
    check_destination(path, PICTURE_KINDS)

    from gendsl.api.fit import load

    loaded = load(fit)
    if curve is not None:
        loaded.plot_curve(
            curve, path, along=along, data=data, at=at, prior=prior,
            lines=30 if lines is None else lines, label=label, along_label=along_label, log=log,
            size=inches,
        )  # fmt: skip
    elif coverage is not None:
        tell(str(loaded.plot_coverage(coverage, path, observed)))
    else:
        _intervals(loaded, fit, var, path)
    tell(f"saved {out}")


def _inches(size: str | None) -> tuple[float, float]:
    """The width and the height in `8x3`."""
    from gendsl.results.curve_picture import CURVE_SIZE

    if size is None:
        return CURVE_SIZE
    found = re.fullmatch(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)", size)
    width, height = (float(found[1]), float(found[2])) if found else (0.0, 0.0)
    if not (0 < width <= LARGEST and 0 < height <= LARGEST):
        raise typer.BadParameter(f"--size {size}: write inches up to {LARGEST}, as in 8x3")
    return width, height


def _refuse_mixed(*kinds: dict[str, object]) -> None:
    """Each picture has options of its own, and the option that asks for it comes with them."""
    given = [[name for name, value in kind.items() if value is not None] for kind in kinds]
    if sum(map(bool, given)) > 1:
        first, second = [names[0] for names in given if names][:2]
        raise typer.BadParameter(f"{first} and {second} are of different pictures")
    for kind, names in zip(kinds, given, strict=True):
        asks = next(iter(kind))
        if names and asks not in names:
            raise typer.BadParameter(f"{names[0]} goes with {asks}")


def _intervals(loaded: Fit, file: str, var: list[str] | None, path: Path) -> None:
    from gendsl.api.failure import UsageError
    from gendsl.api.output import save
    from gendsl.diagnostics.diagnostic import Diagnostic
    from gendsl.results.picture import draw_picture

    summary = loaded.summary(var)
    if not summary.variables:
        names = listed(category.name for category in summary.categories)
        help = f"`gendsl discrete {file}` shows the probabilities of their states"
        raise UsageError(Diagnostic("G0806", f"{names} have no intervals to draw", help=help))
    kind = path.suffix.lower().removeprefix(".")
    save(path, lambda temporary: draw_picture(loaded.posterior, summary, temporary, kind))
