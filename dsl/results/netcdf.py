"""Groups as NetCDF, as xarray would write them, without xarray."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.results.labelled import Group, Tree

COMPRESSED_FROM = 32_768
"""Bytes: chunks and filters cost smaller arrays more than they save."""

COMPRESSION: Mapping[str, Any] = MappingProxyType({"complevel": 1, "shuffle": True})


def is_writable(groups: Tree) -> bool:
    """Whether all arrays are numbers, truth values or text, which need no encoding of dates."""
    return all(
        _is_plain(values)
        for group in groups.values()
        for values in (*(array.values for array in group.data_vars.values()), *_labels(group))
    )


def write_netcdf(groups: Tree, attributes: Mapping[str, Any], path: Path) -> None:
    """Write groups, for which `is_writable` holds, to a path where nothing is yet.

    The file is made in memory first: HDF5 ends the process where it meets a full disk.

    Raises:
        OSError: if the file system refuses.
    """
    import h5netcdf

    whole = BytesIO()
    with h5netcdf.File(whole, "w") as file:
        file.attrs.update(attributes)
        for name, group in groups.items():
            part = file.create_group(name)
            part.dimensions = group.sizes
            for along, labels in group.coords.items():
                _add(part, along, (along,), labels, {})
            for variable, array in group.data_vars.items():
                _add(part, variable, array.dims, array.values, array.attrs)
    path.write_bytes(whole.getbuffer())


def _add(
    part: Any, name: str, dims: tuple[str, ...], values: NDArray[Any], attrs: Mapping[str, Any]
) -> None:
    """One variable; a truth value is a small number that says what it is, as in xarray."""
    said = dict(attrs)
    if values.dtype.kind == "b":
        values, said = values.astype(np.int8), {**said, "dtype": "bool"}
    if values.dtype.kind == "f" and name not in dims:
        said["_FillValue"] = values.dtype.type(np.nan)
    settings: dict[str, Any] = {}
    if name not in dims and values.dtype.kind in "fiu" and values.nbytes >= COMPRESSED_FROM:
        level, shuffle = COMPRESSION["complevel"], COMPRESSION["shuffle"]
        settings = {"compression": "gzip", "compression_opts": level, "shuffle": shuffle}
    fill = said.pop("_FillValue", None)
    if values.dtype.kind in "OU":
        import h5py

        values, kind = values.astype(object), h5py.string_dtype()
    else:
        kind = values.dtype
    made = part.create_variable(name, dims, kind, fillvalue=fill, **settings)
    made[...] = values
    made.attrs.update(said)


def _labels(group: Group) -> list[NDArray[Any]]:
    return list(group.coords.values())


def _is_plain(values: NDArray[Any]) -> bool:
    if values.dtype.kind == "O":
        return all(isinstance(value, str) for value in values.ravel())
    return values.dtype.kind in "fiubU"
