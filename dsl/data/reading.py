"""Reads data files: the kind is told by the extension, and nothing in them is run."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

from gendsl.data.csv_files import parse_csv
from gendsl.data.json_files import parse_json
from gendsl.data.merging import merge
from gendsl.data.netcdf_files import read_netcdf
from gendsl.data.parquet_files import read_parquet
from gendsl.data.problems import fail
from gendsl.data.raw import RawData
from gendsl.data.wording import nearest
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError

TEXT_READERS: dict[str, Callable[[str, str], RawData]] = {
    ".json": parse_json,
    ".csv": lambda text, origin: parse_csv(text, origin, ","),
    ".tsv": lambda text, origin: parse_csv(text, origin, "\t"),
}
BINARY_READERS: dict[str, Callable[[Path], RawData]] = {
    ".parquet": read_parquet,
    ".nc": read_netcdf,
    ".nc4": read_netcdf,
    ".netcdf": read_netcdf,
}
KNOWN = ".json, .csv, .tsv (each also as .gz), .parquet, .nc, or a folder of .csv files"


def read_data(path: str | Path) -> RawData:
    """Reads one file, or a folder of CSV files.

    Raises:
        DiagnosticError: if it is missing, unreadable, empty, of no known kind, or malformed.
    """
    path = Path(path)
    try:
        if path.is_dir():
            return _read_folder(path)
        if not path.exists():
            fail("G0610", f"there is no data file {path}", help=_help_missing(path))
        return _read_file(path)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        fail("G0610", f"{path} can't be read: {reason}")
    except ValueError as error:  # a path with a null byte
        fail("G0610", f"{str(path)!r} can't be read: {error}")


def read_all(paths: Iterable[str | Path]) -> RawData:
    """Reads several files and merges what they hold; each that can't be read is reported.

    Raises:
        DiagnosticError: as `read_data` does, and if two files give one array different values.
    """
    parts: list[RawData] = []
    errors: list[Diagnostic] = []
    for path in paths:
        try:
            parts.append(read_data(path))
        except DiagnosticError as error:
            errors.extend(error.diagnostics)
    if errors:
        raise DiagnosticError(tuple(errors))
    return merge(parts)


def _read_file(path: Path) -> RawData:
    name = path.name.lower()
    is_zipped = name.endswith(".gz")
    extension = Path(name.removesuffix(".gz")).suffix
    if extension in TEXT_READERS:
        content = path.read_bytes()
        return TEXT_READERS[extension](
            _text(gzip.decompress(content) if is_zipped else content, path), path.name
        )
    if extension in BINARY_READERS and not is_zipped:
        if path.stat().st_size == 0:
            fail("G0603", f"{path.name} is empty")
        return BINARY_READERS[extension](path)
    fail(
        "G0602",
        f"{path.name} has "
        + (
            f"the extension `{path.suffix}`, which is not a kind of data"
            if path.suffix
            else "no extension"
        )
        + " that gendsl reads",
        help=f"data files are {KNOWN}",
    )


def _text(content: bytes, path: Path) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        is_wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
        fail(
            "G0603",
            f"{path.name} is not UTF-8: byte 0x{content[error.start]:02x} on line {line}",
            help=f"it looks like UTF-16: save {path.name} as UTF-8"
            if is_wide
            else f"save {path.name} as UTF-8",
        )
    if not text.strip():
        fail("G0603", f"{path.name} is empty")
    return text


def _read_folder(path: Path) -> RawData:
    files = sorted(p for p in path.iterdir() if p.suffix.lower() == ".csv")
    if not files:
        fail("G0610", f"the folder {path} holds no .csv file", help=f"data files are {KNOWN}")
    return merge([_read_file(file) for file in files])


def _help_missing(path: Path) -> str | None:
    if not path.parent.is_dir():
        return f"there is no folder {path.parent} either"
    near = nearest(path.name, (p.name for p in path.parent.iterdir()))
    return f"there is {path.parent / str(near)}" if near is not None else None
