"""The data of a fit as groups: what was conditioned on, and what was only given."""

from __future__ import annotations

import numpy as np

from gendsl.api.shapes import observed_names
from gendsl.ir.bound import BoundData
from gendsl.ir.program import Program
from gendsl.ir.types import Kind
from gendsl.results.groups import Labels, Quantity, coordinate, given_group
from gendsl.results.labelled import Group


def data_groups(program: Program, bound: BoundData, prefix: str = "") -> dict[str, Group]:
    """Return `observed_data` and `constant_data`, as the user gave them.

    Index arrays hold labels where their dimension has them; a missing value is `nan`.
    """
    observed = observed_names(program)
    quantities = {
        datum.name: Quantity(datum.dims, as_given(datum.name, program, bound))
        for datum in program.data
        if datum.name in bound.arrays and datum.name not in bound.absent
    }
    groups = {
        "observed_data": {n: q for n, q in quantities.items() if n in observed},
        "constant_data": {n: q for n, q in quantities.items() if n not in observed},
    }
    return {
        f"{prefix}{group}": given_group(members, bound.labels)
        for group, members in groups.items()
        if members
    }


def as_given(name: str, program: Program, bound: BoundData) -> np.ndarray:
    """Return data as the user gave them, labels and gaps included."""
    datum = program.datum(name)
    values = np.asarray(bound.arrays[name])
    if datum is not None and datum.type.kind is Kind.INDEX and datum.type.dim is not None:
        labels: Labels = bound.labels
        members = coordinate(bound.sizes[datum.type.dim], labels.get(datum.type.dim))
        values = members[values]
    mask = bound.missing.get(name)
    if mask is not None and np.any(mask):
        if values.dtype.kind in "iub":
            values = values.astype(np.float64)
        values = values.copy()
        values[np.asarray(mask)] = "" if values.dtype == object else np.nan
    return values
