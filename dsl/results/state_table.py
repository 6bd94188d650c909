"""The posterior of discrete quantities as plain tables: probabilities, or most probable values."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from gendsl.results.categories import is_category, named, state_labels
from gendsl.results.summary import entry_label
from gendsl.results.table import Rows

if TYPE_CHECKING:
    from xarray import DataArray, Dataset

MOST_COLUMNS = 8
"""Beyond that many states, only the most probable ones of each entry are shown."""
_MOST_LISTED = 3

Entry = tuple[tuple[str, Any], ...]


def render_probabilities(found: Dataset, *, is_complete: bool, how_to_see_all: str) -> str:
    """Return a table for each quantity [..., state]: its entries, and the states' probabilities."""
    tables = []
    for name, array in found.data_vars.items():
        states = [str(s) for s in array[array.dims[-1]].values]
        is_wide = len(states) > MOST_COLUMNS
        rows = Rows(("", "most probable states") if is_wide else ("", *states), is_complete)
        flat = array.values.reshape(-1, len(states))
        entries = _entries(array, array.dims[:-1])

        def row(
            i: int,
            name: str = str(name),
            flat: Any = flat,
            entries: list[Entry] = entries,
            states: list[str] = states,
            is_wide: bool = is_wide,
        ) -> tuple[str, ...]:
            label = entry_label(name, entries[i])
            if is_wide:
                best = np.argsort(-flat[i], kind="stable")[:_MOST_LISTED]
                return (label, ", ".join(f"{states[k]} {flat[i, k]:.3f}" for k in best))
            return (label, *(f"{p:.3f}" for p in flat[i]))

        rows.add(str(name), len(entries), row)
        tables.append(rows)
    return Rows.joined(tables, how_to_see_all)


def render_most_probable(found: Dataset, *, is_complete: bool, how_to_see_all: str) -> str:
    """Return a table of the most probable value of each entry."""
    rows = Rows(("", "value"), is_complete)
    for name, array in found.data_vars.items():
        entries, values = _entries(array, array.dims), _values(array)
        cells = [(entry_label(str(name), e), v) for e, v in zip(entries, values, strict=True)]
        rows.add(str(name), len(cells), cells.__getitem__)
    return Rows.joined([rows], how_to_see_all)


def probability_rows(found: Dataset) -> list[dict[str, Any]]:
    """Return a dict per entry, fit for JSON: its coordinates, and the states' probabilities."""
    return [
        {
            "name": entry_label(str(name), entry),
            "variable": str(name),
            "coordinates": {dim: _plain(value) for dim, value in entry},
            "probabilities": {
                str(state): float(p)
                for state, p in zip(array[array.dims[-1]].values, line, strict=True)
            },
        }
        for name, array in found.data_vars.items()
        for entry, line in zip(
            _entries(array, array.dims[:-1]),
            array.values.reshape(-1, array.shape[-1]),
            strict=True,
        )
    ]


def most_probable_rows(found: Dataset) -> list[dict[str, Any]]:
    """Return a dict per entry, fit for JSON: its coordinates and its most probable value."""
    return [
        {
            "name": entry_label(str(name), entry),
            "variable": str(name),
            "coordinates": {dim: _plain(value) for dim, value in entry},
            "value": value if is_category(array) else int(value),
        }
        for name, array in found.data_vars.items()
        for entry, value in zip(_entries(array, array.dims), _values(array), strict=True)
    ]


def _values(array: DataArray) -> list[str]:
    labels = state_labels(array) if is_category(array) else None
    return [str(value) for value in named(array.values, labels).ravel()]


def _entries(array: DataArray, dims: tuple[Any, ...]) -> list[Entry]:
    members = [
        array[dim].values if dim in array.coords else range(array.sizes[dim]) for dim in dims
    ]
    names = [str(dim) for dim in dims]
    return [tuple(zip(names, entry, strict=True)) for entry in product(*members)]


def _plain(value: Any) -> Any:
    if isinstance(value, np.datetime64):
        return np.datetime_as_string(value, unit="auto")
    return value.item() if isinstance(value, np.generic) else value
