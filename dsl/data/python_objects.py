"""Takes data given in Python: dicts of arrays, pandas and xarray objects."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gendsl.data.merging import merge
from gendsl.data.nested import array_of, elements
from gendsl.data.problems import fail
from gendsl.data.raw import Array, Axis, Labels, RawArray, RawData, RawTable, unnamed_axes

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def raw_of(given: Any, origin: str = "the data") -> RawData:
    """What a Python object gives: a mapping, DataFrame, Dataset, path, or a list of such.

    Raises:
        DiagnosticError: if it is none of these, or holds something that is no array.
    """
    if isinstance(given, RawData):
        return given
    match _kind(given):
        case "path":
            from gendsl.data.reading import read_data

            return read_data(given)
        case "DataFrame":
            return RawData(tables=(table_of_frame(given, "", origin),))
        case "Dataset":
            return raw_of_dataset(given, origin)
        case "DataArray" | "Series" if getattr(given, "name", None) is not None:
            return _raw_of_member(str(given.name), given, origin)
        case "mapping":
            return merge([_raw_of_member(n, v, origin) for n, v in given.items()])
        case "list":
            parts: list[object] = list(given)
            return merge([raw_of(part, f"{origin}, part {i}") for i, part in enumerate(parts, 1)])
        case _:
            fail(
                "G0641",
                f"data can't be taken from {_article(type(given).__name__)}"
                + (" without a name" if _kind(given) in ("DataArray", "Series") else ""),
                help="data are a dict of names to arrays, a pandas DataFrame, an xarray Dataset, "
                "the path of a file or folder, or a list of these; an array needs a name: "
                '`{"y": ...}`',
            )


def _article(noun: str) -> str:
    return f"{'an' if noun[:1].casefold() in 'aeio' or noun == 'ndarray' else 'a'} {noun}"


def table_of_frame(frame: pd.DataFrame, name: str, origin: str) -> RawTable:
    """A DataFrame as a table: named index levels are columns; other index labels name its rows."""
    import pandas as pd

    names = [str(level) for level in frame.index.names if level is not None]
    row_labels: Labels | None = None
    if names and len(names) == frame.index.nlevels:
        clash = [n for n in names if n in {str(c) for c in frame.columns}]
        frame = frame.reset_index(drop=False) if not clash else frame.reset_index(drop=True)
    elif not isinstance(frame.index, pd.RangeIndex) and frame.index.nlevels == 1:
        row_labels = _labels_of_index(frame.index)
    columns: dict[str, RawArray] = {}
    for position, column in enumerate(frame.columns):
        called = str(column)
        if called in columns:
            fail("G0605", f"{origin} has more than one column `{called}`")
        series = frame.iloc[:, position]
        columns[called] = RawArray(
            called,
            _values_of_series(series, origin),
            origin,
            (Axis(),),
            categories=_categories(series),
        )
    return RawTable(name, origin, columns, len(frame), row_labels)


def raw_of_dataset(dataset: xr.Dataset, origin: str) -> RawData:
    """Variables with the names of their axes; coordinates along a dimension are its labels."""
    arrays: dict[str, RawArray] = {}
    for name, variable in dataset.variables.items():
        called = str(name)
        axes = tuple(Axis(str(d), _coordinate(dataset, d)) for d in variable.dims)
        arrays[called] = RawArray(called, values_of(called, variable.values, origin), origin, axes)
    return RawData(arrays)


def values_of(name: str, value: Any, origin: str) -> Array:
    """An array of one of the kinds that a `RawArray` holds.

    Raises:
        DiagnosticError: for complex numbers, records and other things that are no data.
    """
    if isinstance(value, np.ma.MaskedArray):
        value = _blanked(value.data.astype(np.object_), np.ma.getmaskarray(value))
    array = np.asarray(value)
    match array.dtype.kind:
        case "f":
            return array.astype(np.float64)
        case "b":
            return array
        case "i":
            return array.astype(np.int64)
        case "u" if array.size == 0 or int(array.max()) < 2**63:
            return array.astype(np.int64)
        case "M":
            return _dates(array)
        case "U" | "T":
            return array.astype(np.object_)
        case "S":
            return np.char.decode(array, "utf-8", "replace").astype(np.object_)
        case "O" | "u":
            flat = [_element(v) for v in array.astype(np.object_).ravel().tolist()]
            if any(v is not None and not isinstance(v, bool | int | float | str) for v in flat):
                wrong = next(
                    v for v in flat if v is not None and not isinstance(v, bool | int | float | str)
                )
                fail("G0641", f"`{name}` in {origin} holds a {type(wrong).__name__}")
            return elements(flat).reshape(array.shape)
        case _:
            fail(
                "G0641",
                f"`{name}` in {origin} has elements of type {array.dtype}",
                help="data are numbers, text, or bools",
            )


def _kind(given: object) -> str:
    if isinstance(given, str | Path):
        return "path"
    top = type(given).__module__.partition(".")[0]
    called = type(given).__name__
    if top in ("pandas", "xarray") and called in ("DataFrame", "Series", "Dataset", "DataArray"):
        return called
    if isinstance(given, Mapping):
        return "mapping"
    return "list" if isinstance(given, list | tuple) else "other"


def _raw_of_member(name: object, value: Any, origin: str) -> RawData:
    if not isinstance(name, str):
        fail("G0641", f"{origin} has the key {name!r}, which is not a name")
    match _kind(value):
        case "DataFrame":
            return RawData(tables=(table_of_frame(value, name, f"`{name}`"),))
        case "Series":
            return _single(
                RawArray(
                    name,
                    _values_of_series(value, origin),
                    origin,
                    (_axis_of_index(value.index),),
                    categories=_categories(value),
                )
            )
        case "DataArray":
            axes = tuple(Axis(str(d), _coordinate(value, d)) for d in value.dims)
            axes = tuple(
                Axis(None if (a.name or "").startswith("dim_") else a.name, a.labels) for a in axes
            )
            return _single(RawArray(name, values_of(name, value.values, origin), origin, axes))
        case "list":
            if any(hasattr(v, "__array__") for v in value):
                value = [v.tolist() if hasattr(v, "tolist") else v for v in value]
            values = array_of(name, value, origin)
        case "mapping" | "Dataset":
            fail("G0641", f"`{name}` in {origin} is a {type(value).__name__}, not an array")
        case "path" if isinstance(value, Path):
            fail("G0641", f"`{name}` in {origin} is a path, not an array")
        case _:
            if isinstance(value, range):
                value = list(value)
            values = values_of(name, value, origin)
    return _single(RawArray(name, values, origin, unnamed_axes(values)))


def _single(array: RawArray) -> RawData:
    return RawData({array.name: array})


def _element(value: object) -> object:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    isoformat = getattr(value, "isoformat", None)
    return str(isoformat()).removesuffix("T00:00:00") if isoformat is not None else value


def _dates(array: Array) -> Array:
    """Dates as ISO text, which a program can name; with a time of day only where one has it."""
    at_midnight = array.astype("datetime64[D]")
    is_whole = bool(np.all((at_midnight == array) | np.isnat(array)))
    text = np.datetime_as_string(at_midnight if is_whole else array.astype("datetime64[s]"))
    return _blanked(text.astype(np.object_), np.isnat(array))


def _blanked(values: Array, missing: Array) -> Array:
    values = values.copy()
    values[missing] = None
    return values


def _values_of_series(series: pd.Series[Any], origin: str) -> Array:
    import pandas as pd

    name = str(series.name)
    if isinstance(series.dtype, np.dtype):
        return values_of(name, series.to_numpy(), origin)
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return values_of(name, series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(), origin)
    return values_of(name, series.astype(object).to_numpy(dtype=object, na_value=None), origin)


def _categories(series: pd.Series[Any]) -> Labels | None:
    import pandas as pd

    if not isinstance(series.dtype, pd.CategoricalDtype):
        return None
    return tuple(_element(v) for v in series.dtype.categories.tolist())


def _labels_of_index(index: pd.Index[Any]) -> Labels:
    flat = values_of("index", index.to_numpy(), "the index")
    return tuple(flat.tolist())


def _axis_of_index(index: pd.Index[Any]) -> Axis:
    import pandas as pd

    name = None if index.name is None else str(index.name)
    if isinstance(index, pd.RangeIndex) and name is None:
        return Axis()
    return Axis(name, None if index.nlevels > 1 else _labels_of_index(index))


def _coordinate(owner: xr.Dataset | xr.DataArray, dim: Any) -> Labels | None:
    if dim not in owner.coords or owner.coords[dim].ndim != 1:
        return None
    return tuple(values_of(str(dim), owner.coords[dim].values, "the coordinates").tolist())
