"""Which folder executables are kept in, for the length of a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gendsl.executables.folder import Folder

_open: list[Folder] = []


@contextmanager
def kept_in(path: Path) -> Iterator[Folder | None]:
    """Keep executables in the folder inside the block; yields None where the folder can't serve."""
    folder = Folder.opened(path)
    if folder is None:
        yield None
        return
    _open.append(folder)
    try:
        yield folder
    finally:
        _open.pop()


def current_folder() -> Folder | None:
    """Return the folder of the innermost block."""
    return _open[-1] if _open else None
