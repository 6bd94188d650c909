"""Reads Parquet tables, with integers that may be missing kept exact."""

from __future__ import annotations

from pathlib import Path

from gendsl.data.problems import fail
from gendsl.data.python_objects import table_of_frame
from gendsl.data.raw import RawData


def read_parquet(path: Path) -> RawData:
    """The table in a Parquet file.

    Raises:
        DiagnosticError: if it is not a Parquet file.
    """
    import pandas as pd
    import pyarrow as pa

    try:
        frame = pd.read_parquet(path, engine="pyarrow", dtype_backend="numpy_nullable")
    except (pa.ArrowException, ValueError, TypeError, KeyError) as error:
        fail("G0603", f"{path.name} is not a Parquet table: {str(error).splitlines()[0]}")
    return RawData(tables=(table_of_frame(frame, path.stem, path.name),))
