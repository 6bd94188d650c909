"""Writes a file or a folder whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from gendsl.data.problems import fail


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """A path beside `path`, with its extension, that takes its place when the block ends well.

    The block writes a file or a folder (Zarr) there. If it raises, nothing is left of it, and what
    stood at `path` before still does.

    Raises:
        DiagnosticError: if it can't be written; an `OSError` of the block becomes one too.
    """
    shown = Path(path)
    if "\0" in str(shown):
        fail("G0640", f"{str(shown)!r} can't be written: its name holds a null character")
    target = Path(os.path.realpath(shown))
    temporary = target.with_name(f".{uuid4().hex[:12]}.tmp{target.suffix}")
    try:
        if not target.parent.is_dir():
            fail("G0640", f"{shown} can't be written: there is no folder {shown.parent}")
        yield temporary
        if temporary.is_dir():
            _replace_folder(temporary, target)
        else:
            _replace_file(temporary, target)
    except OSError as error:
        fail("G0640", f"{shown} can't be written: {error.strerror or error}")
    finally:
        _remove(temporary)


def _replace_file(temporary: Path, target: Path) -> None:
    if target.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    with temporary.open("rb") as written:
        os.fsync(written.fileno())
    if target.exists():
        shutil.copymode(target, temporary)
    temporary.replace(target)


def _replace_folder(temporary: Path, target: Path) -> None:
    if not target.exists():
        temporary.replace(target)
        return
    if not target.is_dir():
        raise NotADirectoryError(None, "it is a file, and a folder would take its place")
    before = target.with_name(f".{uuid4().hex[:12]}.old")
    target.replace(before)
    try:
        temporary.replace(target)
    except OSError:
        before.replace(target)
        raise
    shutil.rmtree(before, ignore_errors=True)


def _remove(temporary: Path) -> None:
    with suppress(OSError):
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            temporary.unlink(missing_ok=True)
