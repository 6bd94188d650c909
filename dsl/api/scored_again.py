"""Scores of observations among which are some that were fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.api.data_groups import as_given
from gendsl.api.members import NEW, Members, Positions, known_entries, members_of
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.wording import counted
from gendsl.ir.bound import BoundData
from gendsl.ir.program import Data, Program

if TYPE_CHECKING:
    from gendsl.api.fit import Fit

OBSERVED = "observed_data"


def fitted_again(fit: Fit, program: Program, told: BoundData, name: str) -> tuple[Diagnostic, ...]:
    """A warning where some of the observed data of that name are those that were fitted.

    Members that the fit knows by their labels, with its values; without labels, the first rows, if
    they are all that was fitted.
    """
    datum = program.datum(name)
    if datum is None or OBSERVED not in fit.groups or name not in fit[OBSERVED]:
        return ()
    own = np.asarray(fit[OBSERVED][name].values)
    given = as_given(name, program, told)
    places = _places(datum, told, members_of(fit))
    is_known = np.broadcast_to(known_entries(places), given.shape)
    before = own[np.ix_(*(np.maximum(at, 0) for at in places))]
    if not is_known.any() or not _are_equal(before[is_known], given[is_known]):
        return ()
    is_old, is_seen = (_is_observed(values)[is_known] for values in (before, given))
    count, of = int((is_old & is_seen).sum()), int(_is_observed(given).sum())
    if not count:
        return ()
    said = f"{count} of {counted(of, 'observation')}" if count < of else f"all {of} observations"
    return (
        Diagnostic(
            "G0852",
            f"{said} of `{name}` {'was' if count == of == 1 else 'were'} fitted: they flatter the"
            " model",
            datum.span,
            "holds observations that the fit has seen",
            help="give the new ones alone: a series goes on from the fit's last position",
        ),
    )


def _places(datum: Data, told: BoundData, members: Members) -> tuple[Positions, ...]:
    """Where the fit has the members of the new data, along each dimension."""
    return tuple(_place(dim, told, members) for dim in datum.dims)


def _place(dim: str, told: BoundData, members: Members) -> Positions:
    size, known = told.sizes[dim], members.sizes[dim]
    labels, before = told.labels.get(dim), members.labels.get(dim)
    if labels is not None and before is not None:
        at = {label: i for i, label in enumerate(before)}
        return np.array([at.get(label, NEW) for label in labels], np.int64)
    if size < known or labels is not None or before is not None:
        return np.full(size, NEW)
    return np.where(np.arange(size) < known, np.arange(size), NEW)


def _are_equal(left: NDArray[Any], right: NDArray[Any]) -> bool:
    is_seen = _is_observed(left) & _is_observed(right)
    return bool((left[is_seen] == right[is_seen]).all())


def _is_observed(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Entries that are no gap, which is NaN among numbers and empty among labels."""
    return ~np.isnan(values) if values.dtype.kind == "f" else np.asarray(values != "")
