"""Pictures of predicted curves: what is drawn, along what, and with which data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gendsl.api.failure import UsageError
from gendsl.api.groups import Groups
from gendsl.api.members import members_of
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import counted, listed
from gendsl.results.curve_picture import Curve, Look, Points, draw_curves
from gendsl.results.groups import SAMPLE_DIMS

if TYPE_CHECKING:
    from xarray import DataArray

    from gendsl.api.fit import Fit
    from gendsl.api.simulation import Simulation

DRAWN = ("predictions", "posterior_predictive", "posterior", "prior_predictive", "prior")
"""Groups of draws, in the order in which a quantity is looked for."""
CONSTANT = ("predictions_constant_data", "constant_data")
OBSERVED = ("predictions_observed_data", "observed_data")
SHOWN = (*OBSERVED, *CONSTANT)
"""Groups of data, in the order in which what is shown with a curve is looked for."""
_TITLES = {"prior": "prior", "prior_predictive": "prior"}


def plot_curve(
    groups: Groups,
    name: str,
    path: Path,
    *,
    along: str | None,
    data: str | Sequence[str] | None = None,
    at: str | None = None,
    prior: Simulation | None = None,
    look: Look,
) -> None:
    """Draw a predicted curve; see `Fit.plot_curve`."""
    from gendsl.api.output import PICTURE_KINDS, check_destination, save

    check_destination(path, PICTURE_KINDS)
    if look.lines < 0:
        raise ValueError(f"lines must be at least 0, got {look.lines}")
    if min(look.size) <= 0:
        raise ValueError(f"a size must be positive, got {look.size}")
    group, draws = quantity(groups, name)
    panels = [(_TITLES.get(group, "posterior"), _curve(groups, name, draws, along))]
    if prior is not None:
        panels.insert(0, ("prior", _curve(prior, name, quantity(prior, name)[1], along)))
    names = (data,) if isinstance(data, str) else data or ()
    if at is not None and len(names) != 1:
        raise UsageError(
            Diagnostic(
                "G0836",
                f"`at` says where one array of data stands, and {counted(len(names), 'array')} are"
                " shown",
                help="leave `at` out: each stands at the data along its own dimension",
            )
        )
    shown = tuple(_data(groups, each, at) for each in names)
    if look.log:
        _check_positive([(name, c.draws) for _, c in panels] + [(p.name, p.values) for p in shown])
    kind = path.suffix.lower().removeprefix(".")
    save(path, lambda temporary: draw_curves(panels, shown, temporary, kind, look))


def _check_positive(shown: Sequence[tuple[str, NDArray[np.float64]]]) -> None:
    """Nothing at zero or below has a place on a logarithmic axis."""
    for name, values in shown:
        if np.any(values <= 0):
            raise UsageError(
                Diagnostic(
                    "G0836",
                    f"`{name}` has values of 0 or less, which a logarithmic axis can't show",
                    help="draw it without `log`",
                )
            )


def prior_of(fit: Fit, draws: int) -> Simulation:
    """Simulate the fit's model from its prior, at the points of the fit.

    Raises:
        DiagnosticError: if a prior is improper, or an expression is scored.
    """
    members = members_of(fit)
    unlabelled = {dim for dim in members.sizes if members.labels.get(dim) is None}
    group = fit["constant_data"] if "constant_data" in fit.groups else {}
    data = {
        str(name): group[name].drop_vars(unlabelled & set(group[name].coords)) for name in group
    }
    known = {dim for array in data.values() for dim in array.dims}
    declared = {dim.name: dim for dim in fit.model.program.dimensions}
    sizes = {
        dim: size
        for dim, size in members.sizes.items()
        if dim not in known and dim in declared and declared[dim].size is None
    }
    return fit.model.simulate(data, sizes=sizes, draws=draws)


def quantity(groups: Groups, name: str) -> tuple[str, DataArray]:
    """The draws of that name, and the group in which they are.

    Raises:
        UsageError: if there is none.
    """
    for group in DRAWN:
        if group in groups.groups and name in groups[group]:
            return group, groups[group][name]
    every = [str(n) for g in DRAWN if g in groups.groups for n in groups[g].data_vars]
    close = nearest(name, every)
    help = f"did you mean `{close}`?" if close else f"there are {listed(dict.fromkeys(every))}"
    raise UsageError(Diagnostic("G0806", f"nothing drawn is called `{name}`", help=help))


def _curve(groups: Groups, name: str, draws: DataArray, along: str | None) -> Curve:
    dims = [str(dim) for dim in draws.dims if dim not in SAMPLE_DIMS]
    if len(dims) != 1:
        over = f"varies over {listed(dims)}" if dims else "is one number"
        raise UsageError(
            Diagnostic(
                "G0836",
                f"`{name}` is no curve: it {over}",
                help="predict a curve along one dimension: `predict curve[grid] = f(x_new)`",
            )
        )
    label, points = _points(groups, name, draws, dims[0], along, "along")
    values = np.asarray(draws.transpose(*SAMPLE_DIMS, ...).values, np.float64)
    order = np.argsort(points, kind="stable")
    return Curve(name, label, points[order], values.reshape(-1, len(points))[:, order])


def _points(
    groups: Groups, name: str, values: DataArray, dim: str, along: str | None, option: str
) -> tuple[str, NDArray[np.float64]]:
    """Where the entries of a quantity are: data along its dimension, or numbers as labels."""
    found = {
        str(n): groups[g][n]
        for g in CONSTANT
        if g in groups.groups
        for n in groups[g].data_vars
        if groups[g][n].dims == (dim,) and groups[g][n].dtype.kind in "fiu" and n != values.name
    }
    if along is None and len(found) == 1:
        [along] = found
    elif along is None and not found and dim in values.coords:
        along = dim
    if along in found:
        return along, np.asarray(found[along].values, np.float64)
    if along == dim and dim in values.coords and values.coords[dim].dtype.kind in "fiu":
        return dim, np.asarray(values.coords[dim].values, np.float64)
    ways = listed([f"`{option} = {n}`" for n in found])
    raise UsageError(
        Diagnostic(
            "G0836",
            f"along what `{name}` is drawn is not said"
            if along is None
            else f"`{along}` gives no numbers along `{dim}`, one for each entry of `{name}`",
            help=f"choose {ways}" if found else f"declare them: `data x_new[{dim}] : real`",
        )
    )


def _data(groups: Groups, name: str, at: str | None) -> Points:
    held = {str(n): groups[g][n] for g in SHOWN if g in groups.groups for n in groups[g]}
    if name not in held:
        close = nearest(name, held)
        help = f"did you mean `{close}`?" if close else f"there are {listed(held)}"
        raise UsageError(Diagnostic("G0806", f"no data are called `{name}`", help=help))
    values = held[name]
    if values.ndim != 1 or values.dtype.kind not in "fiub":
        raise UsageError(
            Diagnostic(
                "G0836",
                f"`{name}` is not a number for each point of one dimension",
                help="leave it out of the picture, or predict beside data along one dimension",
            )
        )
    _, points = _points(groups, name, values, str(values.dims[0]), at, "at")
    return Points(name, points, np.asarray(values.values, np.float64))
