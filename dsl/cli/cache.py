"""The compiled programs that earlier runs left on disk."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LARGEST = 2**30
"""Bytes on disk."""


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
    """Let JAX keep what it compiles inside the block.

    A folder that can't be written to is not used; entries that can't be read are compiled again,
    and thrown away with the rest.
    """
    folder = _usable(cache_folder())
    if folder is None or "JAX_COMPILATION_CACHE_DIR" in os.environ:
        yield
        return

    import jax

    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        yield
    others = [w for w in seen if "persistent compilation cache" not in str(w.message)]
    if len(others) < len(seen):
        shutil.rmtree(folder, ignore_errors=True)
    _prune(folder)
    for warning in others:
        warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def _prune(folder: Path) -> None:
    """Throw away the oldest entries until the folder is small enough."""
    with suppress(OSError):
        entries = [(file.stat().st_mtime, file.stat().st_size, file) for file in folder.iterdir()]
        excess = sum(size for _, size, _ in entries) - LARGEST
        for _, size, file in sorted(entries, key=lambda entry: entry[0]):
            if excess <= 0:
                break
            file.unlink(missing_ok=True)
            excess -= size


def _usable(folder: Path | None) -> Path | None:
    if folder is None:
        return None
    folder = folder / "jax"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return None
