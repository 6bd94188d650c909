"""Files to sources."""

from __future__ import annotations

from pathlib import Path

from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.source import Source
from gendsl.diagnostics.suggest import nearest

MAX_BYTES = 4_000_000
"""The largest program that is read."""


def read(path: Path | str) -> Source:
    """The text of a file, without a byte order mark.

    Raises DiagnosticError where the file cannot be read, is too large or is not UTF-8 text.
    """
    path = Path(path)
    try:
        if path.is_file() and path.stat().st_size > MAX_BYTES:
            raise _error(
                "G0803",
                f"`{path}` has {path.stat().st_size:,} bytes, more than {MAX_BYTES:,}",
                "numbers belong in a data file: JSON, CSV, Parquet or NetCDF",
            )
        content = path.read_bytes()
    except FileNotFoundError:
        raise _error("G0801", f"there is no file `{path}`", _neighbour(path)) from None
    except IsADirectoryError:
        raise _error(
            "G0801", f"`{path}` is a directory", "give the path of a `.gen` file"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _error("G0801", f"`{path}` cannot be read: {reason}", None) from None
    return decode(content, str(path))


def decode(content: bytes, name: str) -> Source:
    """The text that bytes stand for, under a name; raises DiagnosticError as `read` does."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        at = error.start
        raise _error(
            "G0802",
            f"`{name}` is not UTF-8: byte 0x{content[at]:02x} {_place(content, at)}",
            "save it as UTF-8, or convert it: `iconv -f latin1 -t utf-8`",
        ) from None
    if "\0" in text:
        raise _error(
            "G0802", f"`{name}` is not text: a NUL {_place(content, content.index(0))}", None
        )
    return Source(name, text.removeprefix("\ufeff"))


def _place(content: bytes, offset: int) -> str:
    line = content.count(b"\n", 0, offset) + 1
    return f"at offset {offset}, on line {line}"


def _neighbour(path: Path) -> str | None:
    """A file that may have been meant."""
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix == ".gen"]
    except OSError:
        return None
    near = nearest(path.name, names)
    return f"did you mean `{path.parent / near}`?" if near else None


def _error(code: str, message: str, help: str | None) -> DiagnosticError:
    return DiagnosticError((Diagnostic(code, message, help=help),))
