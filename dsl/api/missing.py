"""Missing entries of data that are inferred: what they are called, and whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gendsl.api.data_groups import as_given
from gendsl.backends.protocol import Density
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.ir.bound import BoundData, missing_site
from gendsl.ir.program import Program
from gendsl.results.groups import coordinate
from gendsl.results.summary import entry_label, missing_axis

if TYPE_CHECKING:
    from gendsl.api.fit import Fit


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
    fit: Fit, program: Program, bound: BoundData, density: Density
) -> tuple[str, ...]:
    """Return the sites of missing entries that the density needs, which the fit has inferred.

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
            f"missing at {_listed(labels[missing_axis(datum.name)])}",
            help="give these values, or fit the model to the new data",
        )
        for datum in data
        if not _is_own(datum.name, program, fit, bound, labels[missing_axis(datum.name)])
    )
    if found:
        raise DiagnosticError(found)
    return tuple(missing_site(datum.name) for datum in data)


def _is_own(
    data: str, program: Program, fit: Fit, bound: BoundData, labels: tuple[str, ...]
) -> bool:
    """Whether the entries are the fit's, with the same values around them."""
    axis = missing_axis(data)
    if missing_site(data) not in fit.posterior:
        return False
    if tuple(map(str, fit.posterior[axis].values)) != labels:
        return False
    own, new = np.asarray(fit["observed_data"][data].values), as_given(data, program, bound)
    if own.shape != new.shape:
        return False
    if new.dtype.kind not in "fiub":
        return bool((own == new).all())
    return bool(np.allclose(own.astype(float), new.astype(float), equal_nan=True))


def _listed(labels: tuple[str, ...], most: int = 3) -> str:
    shown = "; ".join(labels[:most])
    return shown if len(labels) <= most else f"{shown} and {len(labels) - most} more"


__all__ = ["inferred_entries", "missing_axis", "missing_labels"]
