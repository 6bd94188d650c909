"""A tree of groups in a file: NetCDF (`.nc`) through h5netcdf, or a Zarr folder (`.zarr`)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gendsl.results.labelled import Tree, data_tree
from gendsl.results.netcdf import COMPRESSED_FROM, COMPRESSION, is_writable, write_netcdf

if TYPE_CHECKING:
    from xarray import DataTree


class FileKind(StrEnum):
    """How a tree is stored, by the end of its path."""

    NETCDF = ".nc"
    ZARR = ".zarr"


def kind_of(path: Path) -> FileKind | None:
    """Return the kind that the path's end names, if it names one."""
    return next((kind for kind in FileKind if kind.value == path.suffix.lower()), None)


def write_tree(
    tree: DataTree | Tree, attributes: Mapping[str, Any], path: Path, kind: FileKind
) -> None:
    """Write a tree with its attributes to a path where nothing is yet.

    NetCDF is made in memory first: HDF5 ends the process where it meets a full disk.

    Raises:
        OSError: if the file system refuses.
    """
    if isinstance(tree, dict):
        if kind is FileKind.NETCDF and is_writable(tree):
            write_netcdf(tree, attributes, path)
            return
        tree = data_tree(tree)
    whole = tree.copy()
    whole.attrs = dict(attributes)
    match kind:
        case FileKind.NETCDF:
            path.write_bytes(whole.to_netcdf(engine="h5netcdf", encoding=_compression(whole)))
        case FileKind.ZARR:
            whole.to_zarr(path, mode="w-", consolidated=False)


def read_tree(path: Path) -> DataTree:
    """Read a tree into memory; the file is closed on return.

    Raises:
        OSError: if there is no such file or it is damaged.
        ValueError: if it is of another kind.
    """
    import xarray

    if path.is_dir():
        with xarray.open_datatree(path, engine="zarr", consolidated=False) as tree:
            return tree.load()
    with xarray.open_datatree(path, engine="h5netcdf") as tree:
        return tree.load()


def _compression(tree: DataTree) -> dict[str, dict[Any, dict[str, Any]]]:
    return {
        group.path: {
            name: {"zlib": True, **COMPRESSION}
            for name, variable in group.data_vars.items()
            if variable.nbytes >= COMPRESSED_FROM and variable.dtype.kind in "fiub"
        }
        for group in tree.subtree
        if group.data_vars
    }
