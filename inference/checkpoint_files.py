"""Checkpoints on disk: arrays and JSON in one file that a kill at any moment leaves whole.

A file is a NumPy archive (`.npz`) of plain arrays, read without pickle. Its member ``about`` is
JSON, its member ``digest`` the SHA-256 of all the others; an archive that disagrees with its digest
is not read.
"""

import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import jax
import numpy as np
from numpy.typing import NDArray

from gendsl.inference.arrays import on_host

Arrays = Mapping[str, NDArray[Any]]
Tree = TypeVar("Tree")

_ABOUT, _DIGEST = "about", "digest"
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, KeyError, AttributeError, ValueError,
    TypeError, RuntimeError, SyntaxError, MemoryError,
)  # fmt: skip
"""What NumPy and zipfile raise for one damage or another."""


class DamagedError(ValueError):
    """A file does not hold what was written."""


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in its place when it is whole and on the disk; what stood there stays until then.

    There may be one writer at a time.

    Raises:
        OSError: if the file system refuses; nothing is left of the attempt.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """Wait until the folder's entries are on the disk, where the system lets one open a folder."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def pack(about: Mapping[str, Any], arrays: Arrays) -> bytes:
    """Return the archive of ``arrays`` and of ``about``, which is anything that JSON holds."""
    members = {name: np.asarray(array) for name, array in arrays.items()}
    members[_ABOUT] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    seal = np.frombuffer(bytes.fromhex(digest_of(members)), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **members, **{_DIGEST: seal})
    return buffer.getvalue()


def unpack(content: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return what :func:`pack` was given.

    Raises:
        DamagedError: if that is not what ``content`` holds.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            members = {name: archive[name] for name in archive.files}
        seal = members.pop(_DIGEST).tobytes().hex()
    except _UNREADABLE:
        raise DamagedError("it is no archive of plain arrays") from None
    if seal != digest_of(members):
        raise DamagedError("its content disagrees with its digest")
    about: dict[str, Any] = json.loads(members.pop(_ABOUT).tobytes())
    return about, members


def digest_of(arrays: Any) -> str:
    """Return the SHA-256 of a pytree of arrays: where each stands, its type, shape and content."""
    whole = hashlib.sha256()
    for path, leaf in jax.tree_util.tree_flatten_with_path(arrays)[0]:
        array = np.asarray(leaf)
        said = (jax.tree_util.keystr(path), array.dtype.str, array.shape)
        whole.update(repr(said).encode())
        whole.update(array.tobytes())
    return whole.hexdigest()


def leaves_of(tree: Any) -> dict[str, NDArray[Any]]:
    """Return the arrays of a pytree by where they stand in it."""
    flat, _ = jax.tree_util.tree_flatten_with_path(tree)
    return {jax.tree_util.keystr(path): np.asarray(leaf) for path, leaf in flat}


def tree_like(template: Tree, leaves: Arrays) -> Tree:
    """Return the pytree of which ``leaves`` are the arrays, in the form of ``template``.

    Numbers of the template that are no arrays are part of its form.

    Raises:
        DamagedError: if the names, types or shapes are not the template's.
    """
    flat, form = jax.tree_util.tree_flatten_with_path(template)
    names = [jax.tree_util.keystr(path) for path, _ in flat]
    if set(names) != set(leaves):
        raise DamagedError("it holds other arrays than this sampler's")
    found = []
    for name, (_, leaf) in zip(names, flat, strict=True):
        new, old = leaves[name], np.asarray(leaf)
        if (new.dtype, new.shape) != (old.dtype, old.shape):
            raise DamagedError(f"its array {name} has another type or shape than this sampler's")
        is_form = isinstance(leaf, bool | int | float)
        if is_form and new != old:
            raise DamagedError(f"its number {name} is another than this sampler's")
        found.append(leaf if is_form else on_host(new))
    tree: Tree = jax.tree.unflatten(form, found)
    return tree
