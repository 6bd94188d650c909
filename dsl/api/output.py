"""Files that are written whole or not at all, and looked at before the work starts."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from gendsl.api.failure import UsageError
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.wording import listed
from gendsl.results.attributes import FIT_FORMAT, decode, encode
from gendsl.results.labelled import Tree
from gendsl.results.storage import FileKind, kind_of, read_tree, write_tree

if TYPE_CHECKING:
    from xarray import DataTree

TREE_KINDS = tuple(kind.value for kind in FileKind)
PICTURE_KINDS = (".png", ".pdf", ".svg")
_ORDER = "order"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def check_destination(path: Path, kinds: Collection[str]) -> None:
    """Make sure that a file of one of these kinds (`.nc`, ...) can be written at `path`.

    Raises:
        DiagnosticError: if it can't.
    """
    if path.suffix.lower() not in kinds:
        message = f"`{path}` does not end in {listed(kinds)}"
        help = f"try `{path.with_suffix(next(iter(kinds)))}`"
        raise UsageError(Diagnostic("G0804", message, help=help))
    folder = path.parent
    if not folder.is_dir():
        _fail(
            "G0640", f"there is no folder `{folder}` to write to", f"`mkdir -p {folder}` makes it"
        )
    if path.is_dir() and path.suffix.lower() != FileKind.ZARR.value:
        _fail("G0640", f"`{path}` is a folder", "give the path of a file")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        _fail("G0640", f"`{folder}` can't be written to: {error.strerror}", "choose another folder")


def save_tree(tree: DataTree | Tree, attributes: Mapping[str, Any], path: Path) -> None:
    """Write a tree with its attributes, whole or not at all.

    Raises:
        DiagnosticError: if the path can't be written, or the disk is full.
    """
    check_destination(path, TREE_KINDS)
    kind = kind_of(path)
    assert kind is not None
    members: Mapping[str, Any] = tree if isinstance(tree, dict) else tree.children
    order = {str(name): list(map(str, group.data_vars)) for name, group in members.items()}
    said = encode({**attributes, _ORDER: order})
    save(path, lambda temporary: write_tree(tree, said, temporary, kind))


def save(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` make a file beside `path`, and put it in its place when it is whole.

    Raises:
        DiagnosticError: if the file system refuses.
    """
    from gendsl.data.atomic import atomic_path

    with atomic_path(path) as temporary:
        try:
            write(temporary)
        except (OSError, RuntimeError) as error:
            _fail_to_write(path, error)


def _fail_to_write(path: Path, error: Exception) -> NoReturn:
    raise not_written(path, error)


def not_written(path: Path, error: Exception, then: str | None = None) -> DiagnosticError:
    """Return what is said where a file system refuses; `then` is what helps once there is room."""
    text = getattr(error, "strerror", None) or str(error).split("\n")[0]
    code = getattr(error, "errno", None)
    full = next((c for c in _FULL if c == code or os.strerror(c) in str(error)), None)
    if full is None:
        return DiagnosticError((Diagnostic("G0640", f"`{path}` can't be written: {text}"),))
    help = "make room, or write to another disk" if then is None else f"make room: {then}"
    message = f"`{path}` can't be written: {os.strerror(full).lower()}"
    return DiagnosticError((Diagnostic("G0640", message, help=help),))


def load_tree(path: Path) -> tuple[DataTree, dict[str, Any]]:
    """Read a tree that `save_tree` wrote, and its attributes.

    Raises:
        DiagnosticError: if there is no such file, or it is not a fit.
    """
    if not path.exists():
        _fail("G0801", f"there is no file `{path}`", None)
    try:
        tree = read_tree(path)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).split("\n")[0]
        _fail("G0805", f"`{path}` is not a fit: {reason}", "give a file that `gendsl infer` wrote")
    attributes = decode(tree.attrs)
    if attributes.get("format") != FIT_FORMAT or "posterior" not in tree.children:
        _fail("G0805", f"`{path}` is not a fit of gendsl", "give a file that `gendsl infer` wrote")
    return _in_order(tree, attributes.pop(_ORDER, {})), attributes


def _in_order(tree: DataTree, order: Mapping[str, list[str]]) -> DataTree:
    """Put quantities back in the order of the model, which Zarr does not keep."""
    from xarray import DataTree

    groups = {name: tree[name].to_dataset() for name in (order or tree.children)}
    groups |= {name: group[order[name]] for name, group in groups.items() if name in order}
    return DataTree.from_dict({f"/{name}": group for name, group in groups.items()})


def _fail(code: str, message: str, help: str | None) -> NoReturn:
    raise DiagnosticError((Diagnostic(code, message, help=help),))
