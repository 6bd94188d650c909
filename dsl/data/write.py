"""Writes data that can be read back with identical values."""

from __future__ import annotations

import csv
import json
from collections.abc import Hashable, Iterator
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gendsl.data.atomic import atomic_path
from gendsl.data.problems import fail
from gendsl.data.raw import Labels
from gendsl.data.roots import root_of
from gendsl.ir.bound import BoundData
from gendsl.ir.expr import Dims
from gendsl.ir.program import Data, Program
from gendsl.ir.types import Kind

Cells = NDArray[np.object_]
WRITTEN = (
    ".json, .nc, .csv (where all data fit one table), or a folder of .csv files (no extension)"
)


def write_data(path: str | Path, bound: BoundData, program: Program) -> None:
    """Writes the data as JSON, NetCDF, one CSV table, or a folder of CSV tables.

    Indices are written as the labels that they stand for, missing values as null (NaN in NetCDF,
    empty in CSV); dimensions that no array varies over keep their size.

    Raises:
        DiagnosticError: if it can't be written, or does not fit one CSV table.
    """
    path = Path(path)
    match path.suffix.lower():
        case ".json":
            with atomic_path(path) as temporary:
                temporary.write_text(_json(bound, program), encoding="utf-8")
        case ".nc" | ".nc4" | ".netcdf":
            with atomic_path(path) as temporary:
                _write_netcdf(temporary, bound, program)
        case ".csv":
            groups = _groups(bound, program)
            if len(groups) != 1:
                fail(
                    "G0640",
                    f"{path} can't be written: the data vary over {len(groups)} sets of "
                    "dimensions, "
                    "and do not fit one table",
                    help=f"write {WRITTEN}",
                )
            with atomic_path(path) as temporary:
                _write_table(temporary, *groups.popitem(), bound, program)
        case "":
            with atomic_path(path) as temporary:
                temporary.mkdir()
                for dims, group in _groups(bound, program).items():
                    table = temporary / f"{'_by_'.join(dims) or 'single_values'}.csv"
                    _write_table(table, dims, group, bound, program)
        case _:
            fail(
                "G0602",
                f"{path} has the extension `{path.suffix}`, which is not a kind of data that "
                "gendsl writes",
                help=f"write {WRITTEN}",
            )


def cells_of(data: Data, bound: BoundData, program: Program) -> Cells:
    """The entries as Python values: labels for an index, `None` where one is missing."""
    values = bound.arrays[data.name]
    cells = np.empty(values.size, dtype=np.object_)
    cells[:] = values.ravel().tolist()
    if data.type.kind is Kind.INDEX and data.type.dim is not None:
        labels = labels_or_positions(data.type.dim, bound)
        cells[:] = [labels[position] for position in cells]
    mask = bound.missing.get(data.name)
    if mask is not None:
        cells[mask.ravel()] = None
    return cells.reshape(values.shape)


def labels_or_positions(dim: str, bound: BoundData) -> Labels:
    """The labels of a dimension; its positions where it has none."""
    return bound.labels.get(dim) or tuple(range(bound.sizes[dim]))


def _present(bound: BoundData, program: Program) -> Iterator[Data]:
    return (data for data in program.data if data.name in bound.arrays)


def _json(bound: BoundData, program: Program) -> str:
    members: dict[str, object] = {}
    varying = {d for data in _present(bound, program) for d in data.dims}
    indexed = {data.type.dim for data in _present(bound, program) if data.type.dim is not None}
    for dimension in program.dimensions:
        name = dimension.name
        if name != root_of(program, name) or dimension.labels is not None:
            continue
        if bound.labels.get(name) is not None or name in indexed:
            members[name] = list(labels_or_positions(name, bound))
        elif name not in varying and dimension.size is None:
            members[name] = bound.sizes[name]
    for data in _present(bound, program):
        cells = cells_of(data, bound, program)
        flat = [_spelled(v) for v in cells.ravel().tolist()]
        cells = np.empty(len(flat), dtype=np.object_)
        cells[:] = flat
        members[data.name] = cells.reshape(bound.arrays[data.name].shape).tolist()
    lines = (f"  {_compact(name)}: {_compact(value)}" for name, value in members.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)


def _spelled(value: object) -> object:
    """JSON has no infinity: it is spelled as text, which a `real` reads."""
    if isinstance(value, float) and np.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def _write_netcdf(path: Path, bound: BoundData, program: Program) -> None:
    import xarray as xr

    variables: dict[str, tuple[Dims, NDArray[np.generic]]] = {}
    for data in _present(bound, program):
        cells = cells_of(data, bound, program)
        mask = bound.missing.get(data.name)
        if data.type.kind is Kind.INDEX:
            variables[data.name] = (data.dims, _coordinate(cells))
        elif mask is not None and mask.any():
            variables[data.name] = (data.dims, np.where(mask, np.nan, bound.arrays[data.name]))
        else:
            variables[data.name] = (data.dims, bound.arrays[data.name])
    indexed = {data.type.dim for data in _present(bound, program) if data.type.dim is not None}
    labelled = [
        d.name
        for d in program.dimensions
        if bound.labels.get(d.name) is not None or d.name in indexed
    ]
    coordinates = {}
    for name in labelled:
        column = np.empty(bound.sizes[name], dtype=np.object_)
        column[:] = labels_or_positions(name, bound)
        coordinates[name] = _coordinate(column)
    used = {d for dims, _ in variables.values() for d in dims} | set(labelled)
    for dimension in program.dimensions:
        if dimension.name not in used and dimension.size is None and dimension.like is None:
            variables[dimension.name] = ((), np.asarray(bound.sizes[dimension.name]))
    xr.Dataset(variables, coordinates).to_netcdf(path, engine="h5netcdf")


def _coordinate(cells: Cells) -> NDArray[np.generic]:
    """Labels as one kind: whole numbers, numbers (NaN where missing), else text."""
    flat = cells.ravel().tolist()
    if all(type(v) is int for v in flat):
        return cells.astype(np.int64)
    if all(v is None or (isinstance(v, int | float) and not isinstance(v, bool)) for v in flat):
        return np.array([np.nan if v is None else v for v in flat], np.float64).reshape(cells.shape)
    text = np.empty(len(flat), dtype=np.object_)
    text[:] = ["" if v is None else str(v) for v in flat]
    return text.reshape(cells.shape)


def _groups(bound: BoundData, program: Program) -> dict[Dims, list[Data]]:
    groups: dict[Dims, list[Data]] = {}
    for data in _present(bound, program):
        key = next((dims for dims in groups if set(dims) == set(data.dims)), data.dims)
        groups.setdefault(key, []).append(data)
    return groups


def _write_table(
    path: Path, dims: Dims, group: list[Data], bound: BoundData, program: Program
) -> None:
    has_keys = len(dims) > 1 or any(bound.labels.get(d) is not None for d in dims)
    keys = list(dims) if has_keys else []
    columns = []
    for data in group:
        cells = cells_of(data, bound, program)
        columns.append(cells.transpose([data.dims.index(d) for d in dims]).ravel().tolist())
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*keys, *(data.name for data in group)])
        labels: list[tuple[Hashable, ...]] = [labels_or_positions(d, bound) for d in keys]
        for i, key in enumerate(product(*labels) if keys else [()] * len(columns[0])):
            writer.writerow([_cell(v) for v in (*key, *(column[i] for column in columns))])


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else value
