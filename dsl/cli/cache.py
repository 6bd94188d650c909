"""The compiled programs that earlier runs left on disk: used, kept small, listed, thrown away."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from gendsl.cli.console import say, say_json
from gendsl.cli.guard import guarded
from gendsl.cli.options import Json
from gendsl.diagnostics.wording import counted

LARGEST = 2**30
"""Bytes on disk."""

_OURS, _OF_JAX = "executables", "jax"
_ENDS_OF_JAX = ("-cache", "-atime", ".lockfile")


def cache_folder() -> Path | None:
    """Return the folder, or `None` where caching is off (`GENDSL_CACHE_DIR=`, empty)."""
    own = os.environ.get("GENDSL_CACHE_DIR")
    if own is not None:
        return Path(own) if own else None
    base = os.environ.get("XDG_CACHE_HOME") or ""
    root = Path(base) if os.path.isabs(base) else Path.home() / ".cache"
    return root / "gendsl"


@contextmanager
def compilation_cache() -> Iterator[None]:
    """Keep what is compiled inside the block: executables, and in JAX's own cache what can't be.

    A folder that can't be written to is not used; entries that can't be read are compiled again,
    and those of JAX's cache thrown away with the rest.
    """
    folder = _usable(cache_folder())
    if folder is None or "JAX_COMPILATION_CACHE_DIR" in os.environ:
        yield
        return

    from gendsl.executables import kept_in

    seen: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            with _of_jax(folder / _OF_JAX), kept_in(folder / _OURS):
                yield
    finally:
        others = [w for w in seen if "persistent compilation cache" not in str(w.message)]
        if len(others) < len(seen):
            _throw_away(folder / _OF_JAX)
        _prune(folder)
        for w in others:
            warnings.warn_explicit(w.message, w.category, w.filename, w.lineno)


@contextmanager
def _of_jax(folder: Path) -> Iterator[None]:
    """Let JAX keep what it compiles in the block, however small; what runs after is not kept."""
    import jax
    from jax.experimental.compilation_cache.compilation_cache import reset_cache

    from gendsl.executables import setting

    settings: dict[str, Any] = {
        "jax_compilation_cache_dir": str(folder),
        "jax_persistent_cache_min_compile_time_secs": 0.0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }
    before = {name: setting(name) for name in settings}

    def update(values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            jax.config.update(name, value)
        reset_cache()  # JAX looks at the folder once

    update(settings)
    try:
        yield
    finally:
        update(before)


@guarded
def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Throw all of it away.")] = False,
    json: Json = False,
) -> None:
    """Say what compiled programs are kept on disk, and how much room they take."""
    folder = cache_folder()
    if clear and folder is not None:
        for part in (_OURS, _OF_JAX):
            _throw_away(folder / part)
    entries = [] if folder is None else _entries(folder)
    size = sum(size for _, size, _ in entries)
    if json:
        say_json(
            {
                "folder": None if folder is None else str(folder),
                "entries": [
                    {"name": str(file.relative_to(folder)), "bytes": size}
                    for _, size, file in entries
                    if folder is not None
                ],
                "bytes": size,
                "most_bytes": LARGEST,
            }
        )
        return
    if folder is None:
        say("nothing is kept: `GENDSL_CACHE_DIR` is empty")
        return
    found = counted(len(entries), "entry", "entries")
    say(f"{folder}: {found}, {size / 1e6:.1f} MB of at most {LARGEST / 1e6:.0f} MB")


def _entries(folder: Path) -> list[tuple[float, int, Path]]:
    """When each entry was last used, its size and its file; the oldest first."""
    found = []
    for part in (_OURS, _OF_JAX):
        with suppress(OSError):
            for file in filter(_is_entry, (folder / part).iterdir()):
                with suppress(OSError):
                    status = file.stat()
                    found.append((status.st_mtime, status.st_size, file))
    return sorted(found)


def _is_entry(file: Path) -> bool:
    """Whether a file is one that we or JAX put there: the folder may hold what is not ours."""
    from gendsl.executables.folder import END

    return file.name.endswith((END, *_ENDS_OF_JAX))


def _throw_away(part: Path) -> None:
    with suppress(OSError):
        for file in filter(_is_entry, list(part.iterdir())):
            with suppress(OSError):
                file.unlink()
    with suppress(OSError):
        part.rmdir()  # where nothing else is in it


def _prune(folder: Path) -> None:
    """Throw away the oldest entries until the folder is small enough."""
    entries = _entries(folder)
    excess = sum(size for _, size, _ in entries) - LARGEST
    for _, size, file in entries:
        if excess <= 0:
            break
        with suppress(OSError):
            file.unlink(missing_ok=True)
        excess -= size


def _usable(folder: Path | None) -> Path | None:
    if folder is None:
        return None
    try:
        (folder / _OF_JAX).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder / _OF_JAX):
            return folder
    except OSError:
        return None
