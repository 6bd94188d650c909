"""A folder of entries that are whole and our own, or as good as absent.

An entry is a line that names the format, the SHA-256 of all that follows, the length of a header in
JSON, the header, and bytes. An executable is machine code, so an entry is read only from a file and
a folder that belong to this user and that nobody else may write, as with `~/.ssh`; what does not
hold together is thrown away. The digest is against damage: who may write to the folder may run
programs as this user in any case.
"""

from __future__ import annotations

import json
import os
import re
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

_FORMAT = b"gendsl executable 1\n"
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
END = ".entry"
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_LARGEST = 2**30


@dataclass(frozen=True, slots=True)
class Folder:
    """Entries by name; a name is letters, digits, `_`, `.` and `-`."""

    path: Path

    @classmethod
    def opened(cls, path: Path) -> Folder | None:
        """Return the folder, made where it is not there; None where it can't serve."""
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir(mode=0o700, exist_ok=True)
            if _is_ours(path.lstat(), stat.S_ISDIR) and os.access(path, os.R_OK | os.X_OK):
                return cls(path)
        return None

    def read(self, name: str) -> tuple[dict[str, Any], bytes] | None:
        """Return an entry's header and bytes; None where there is no whole one."""
        path = self._path(name)
        try:
            text = _read_own(path)
        except OSError:
            return None
        found = None if text is None else _parted(text)
        if found is None:
            self.discard(name)
            return None
        with suppress(OSError):
            os.utime(path)
        return found

    def write(self, name: str, header: Mapping[str, Any], body: bytes = b"") -> None:
        """Put an entry in its place, whole; where the file system refuses, nothing is kept."""
        about = json.dumps(header, sort_keys=True).encode()
        rest = len(about).to_bytes(8, "little") + about + body
        text = _FORMAT + sha256(rest).hexdigest().encode() + b"\n" + rest
        if len(text) > _LARGEST:
            return
        temporary = None
        try:
            handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=self.path)
            with os.fdopen(handle, "wb") as file:
                file.write(text)
            os.replace(temporary, self._path(name))
        except OSError:
            if temporary is not None:
                with suppress(OSError):
                    os.unlink(temporary)

    def discard(self, name: str) -> None:
        """Throw an entry away, if it is there and may be."""
        with suppress(OSError):
            self._path(name).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """The names of the entries, in order."""
        with suppress(OSError):
            for path in sorted(self.path.iterdir()):
                if path.suffix == END:
                    yield path.name.removesuffix(END)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of an entry")
        return self.path / (name + END)


def _is_ours(status: os.stat_result, is_kind: Any) -> bool:
    if not is_kind(status.st_mode):
        return False
    if not hasattr(os, "geteuid"):
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & _OTHERS_MAY_WRITE


def _read_own(path: Path) -> bytes | None:
    """The text of a file of this user's; None of another's."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not _is_ours(status, stat.S_ISREG) or status.st_size > _LARGEST:
            return None
        return file.read()


def _parted(text: bytes) -> tuple[dict[str, Any], bytes] | None:
    """The header and the bytes of a whole entry."""
    start = len(_FORMAT)
    line, rest = text[start : start + 65], memoryview(text)[start + 65 :]
    if text[:start] != _FORMAT or line != sha256(rest).hexdigest().encode() + b"\n":
        return None
    stop = 8 + int.from_bytes(rest[:8], "little")
    try:
        header = json.loads(bytes(rest[8:stop]))
    except ValueError:
        return None
    return (header, bytes(rest[stop:])) if isinstance(header, dict) else None
