"""Reads NetCDF-4 files through h5netcdf."""

from __future__ import annotations

from pathlib import Path

from gendsl.data.problems import fail
from gendsl.data.python_objects import raw_of_dataset
from gendsl.data.raw import RawData


def read_netcdf(path: Path) -> RawData:
    """The variables and coordinates of a NetCDF file's root group.

    Raises:
        DiagnosticError: if it is not NetCDF-4, or its root group is empty.
    """
    import xarray as xr

    try:
        with xr.open_dataset(path, engine="h5netcdf", decode_timedelta=False) as opened:
            dataset = opened.load()
    except PermissionError:
        raise
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        fail("G0603", f"{path.name} is not a NetCDF-4 file: {reason}")
    if not dataset.variables:
        fail("G0603", f"{path.name} holds no variables in its root group")
    return raw_of_dataset(dataset, path.name)
