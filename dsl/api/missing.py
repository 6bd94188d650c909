"""Missing entries of data that are inferred: what they are called, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.api.data_groups import as_given
from gendsl.api.members import NEW, Positions
from gendsl.backends.protocol import Density
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.ir.bound import BoundData, missing_site
from gendsl.ir.program import Data, Program
from gendsl.results.groups import coordinate
from gendsl.results.summary import entry_label, missing_axis

if TYPE_CHECKING:
    from gendsl.api.fit import Fit

Array = NDArray[Any]


def missing_labels(program: Program, bound: BoundData) -> dict[str, tuple[str, ...]]:
    """Return for each axis of missing entries what each is: `month=3`."""
    found = {}
    for datum in program.data:
        mask = bound.missing.get(datum.name)
        if mask is None or not np.any(mask):
            continue
        members = [coordinate(bound.sizes[dim], bound.labels.get(dim)) for dim in datum.dims]
        found[missing_axis(datum.name)] = tuple(
            entry_label(
                "", tuple((d, m[i]) for d, m, i in zip(datum.dims, members, at, strict=True))
            )[1:-1]
            for at in np.argwhere(mask)
        )
    return found


def inferred_entries(
    fit: Fit,
    program: Program,
    bound: BoundData,
    density: Density,
    positions: Mapping[str, Positions] | None = None,
) -> tuple[str, ...]:
    """Return the sites of missing entries that the density needs, which the fit has inferred.

    `positions` are those of the members of each dimension in the fit, where these may be others.

    Raises:
        DiagnosticError: if the data have other missing entries, or others beside them.
    """
    needed = {site.name for site in density.sites if site.stop > site.start} | density.discrete
    labels = missing_labels(program, bound)
    data = [datum for datum in program.data if missing_site(datum.name) in needed]
    found = tuple(
        Diagnostic(
            "G0707",
            f"the new data have missing values of `{datum.name}`, which this fit has not inferred",
            datum.span,
            f"missing at {_listed(_strange(datum.name, fit, labels[missing_axis(datum.name)]))}",
            help="give these values, or fit the model to the new data",
        )
        for datum in data
        if not _is_own(datum, program, fit, bound, labels[missing_axis(datum.name)], positions)
    )
    if found:
        raise DiagnosticError(found)
    return tuple(missing_site(datum.name) for datum in data)


def _is_own(
    datum: Data,
    program: Program,
    fit: Fit,
    bound: BoundData,
    labels: tuple[str, ...],
    positions: Mapping[str, Positions] | None,
) -> bool:
    """Whether the entries are the fit's, with the same values at all of its entries."""
    data = datum.name
    axis = missing_axis(data)
    if missing_site(data) not in fit.posterior:
        return False
    if tuple(map(str, fit.posterior[axis].values)) != labels:
        return False
    own, new = np.asarray(fit["observed_data"][data].values), as_given(data, program, bound)
    if own.shape != new.shape and positions is not None:
        new = _at_the_fits_members(datum, new, own.shape, positions)
    if own.shape != new.shape:
        return False
    if new.dtype.kind not in "fiub":
        return bool((own == new).all())
    return bool(np.allclose(own.astype(float), new.astype(float), equal_nan=True))


def _strange(data: str, fit: Fit, labels: tuple[str, ...]) -> tuple[str, ...]:
    """The missing entries that the fit has not inferred; all, where it is the values around."""
    axis = missing_axis(data)
    own = set(map(str, fit.posterior[axis].values)) if axis in fit.posterior.coords else set()
    return tuple(label for label in labels if label not in own) or labels


def _at_the_fits_members(
    datum: Data, new: Array, shape: tuple[int, ...], positions: Mapping[str, Positions]
) -> Array:
    """The entries at the members that the fit knows, in its order: a series may have gone on."""
    for dim, size in zip(datum.dims, shape, strict=True):
        places = positions[dim]
        known = np.flatnonzero(places != NEW)
        if not np.array_equal(np.sort(places[known]), np.arange(size)):
            return new
        new = np.take(new, known[np.argsort(places[known])], axis=datum.dims.index(dim))
    return new


def _listed(labels: tuple[str, ...], most: int = 3) -> str:
    shown = "; ".join(labels[:most])
    return shown if len(labels) <= most else f"{shown} and {len(labels) - most} more"


__all__ = ["inferred_entries", "missing_axis", "missing_labels"]
