"""A table of draws as Zarr arrays: chunks of rows, each a file of plain numbers.

``position`` [chain, draw, coordinate] and ``stats`` [chain, draw, stat] form a group that Zarr and
xarray open as they are. The chunks are neither compressed nor filtered, so that a file is nothing
but the numbers in C order and can be put in its place whole; the metadata are JSON.

Source: Zarr storage specification, version 3 (zarr-specs.readthedocs.io).
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gendsl.inference.checkpoint_files import DamagedError, write_whole

_POSITION, _STATS = "position", "stats"
_METADATA = "zarr.json"
_BYTES_OF_A_CHUNK = 2_000_000
_MOST_ROWS_OF_A_CHUNK = 1000


class Layout(NamedTuple):
    """The shape of a run's table of draws.

    Attributes:
        num_chains: how many.
        size: coordinates of a draw.
        stats: the names of the columns beside them.
        dtype: of all, as NumPy names it.
    """

    num_chains: int
    size: int
    stats: tuple[str, ...]
    dtype: str

    @property
    def width(self) -> int:
        """Numbers in a row."""
        return self.size + len(self.stats)

    @property
    def rows(self) -> int:
        """Draws of each chain that make up a chunk."""
        return max(1, min(_MOST_ROWS_OF_A_CHUNK, _BYTES_OF_A_CHUNK // self.num_bytes(1)))

    def num_bytes(self, num_draws: int) -> int:
        """Bytes that so many draws of each chain take on disk."""
        return self.num_chains * num_draws * self.width * np.dtype(self.dtype).itemsize


def write_metadata(folder: Path, layout: Layout, num_draws: int) -> None:
    """Say that the folder is a Zarr group of so many draws of each chain.

    Raises:
        OSError: if the file system refuses.
    """
    for name in (_POSITION, _STATS):
        (folder / name).mkdir(parents=True, exist_ok=True)
        width = len(layout.stats) if name == _STATS else layout.size
        said = {
            "zarr_format": 3,
            "node_type": "array",
            "shape": [layout.num_chains, num_draws, width],
            "data_type": layout.dtype,
            "chunk_grid": {
                "name": "regular",
                "configuration": {"chunk_shape": [layout.num_chains, layout.rows, width]},
            },
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
            "fill_value": "NaN",
            "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
            "dimension_names": ["chain", "draw", "stat" if name == _STATS else "coordinate"],
            "attributes": {"stats": list(layout.stats)} if name == _STATS else {},
        }
        write_whole(folder / name / _METADATA, json.dumps(said, indent=1).encode())
    said = {"zarr_format": 3, "node_type": "group", "attributes": {}}
    write_whole(folder / _METADATA, json.dumps(said, indent=1).encode())


def write_chunk(folder: Path, layout: Layout, number: int, table: NDArray[Any]) -> None:
    """Write the chunk of that number; ``table`` [chain, rows, width] may have fewer rows.

    Raises:
        OSError: if the file system refuses.
    """
    missing = layout.rows - table.shape[1]
    whole = np.pad(table, ((0, 0), (0, missing), (0, 0)), constant_values=np.nan)
    for name, part in zip((_POSITION, _STATS), np.split(whole, [layout.size], axis=2), strict=True):
        path = _chunk(folder, name, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, part.astype(_stored(layout)).tobytes())


def read_chunk(folder: Path, layout: Layout, number: int) -> NDArray[Any]:
    """Return the full chunk [chain, rows, width] of that number.

    Raises:
        DamagedError: if it is not there, or of another size.
    """
    parts = []
    for name, width in ((_POSITION, layout.size), (_STATS, len(layout.stats))):
        shape = (layout.num_chains, layout.rows, width)
        try:
            numbers = np.frombuffer(_chunk(folder, name, number).read_bytes(), _stored(layout))
            parts.append(numbers.reshape(shape))
        except (OSError, ValueError):
            raise DamagedError(f"chunk {number} of `{name}` is gone or of another size") from None
    return np.concatenate(parts, axis=2).astype(layout.dtype)


def has_chunks(folder: Path) -> bool:
    """Return whether any draws were written to the folder."""
    return _chunk(folder, _POSITION, 0).exists()


def _chunk(folder: Path, name: str, number: int) -> Path:
    return folder / name / "c" / "0" / str(number) / "0"


def _stored(layout: Layout) -> np.dtype[Any]:
    return np.dtype(layout.dtype).newbyteorder("<")
