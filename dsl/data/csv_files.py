"""Reads CSV text as a table of spelled cells; the declarations say later what each cell is."""

from __future__ import annotations

import csv
import io
from pathlib import PurePath

import numpy as np

from gendsl.data.problems import fail
from gendsl.data.raw import Axis, RawArray, RawData, RawTable
from gendsl.data.wording import quote_all
from gendsl.diagnostics.wording import counted

OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def parse_csv(text: str, origin: str, separator: str) -> RawData:
    """The table that CSV text spells: a line of names, then rows. Empty cells are missing.

    Raises:
        DiagnosticError: if a name is missing or stands twice, or a row has too many or few cells.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    names: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    blanks: list[int] = []
    try:
        for row in reader:
            if not row or (not names and not any(cell.strip() for cell in row)):
                blanks.append(reader.line_num)
                continue
            if not names:
                names = _header([cell.strip() for cell in row], origin, separator)
            else:
                _check_length(row, names, reader.line_num, origin)
                if len(names) == 1:  # a blank line inside a single column is an empty cell
                    rows += [[""]] * len(blanks)
                    lines += blanks
                rows.append(row)
                lines.append(reader.line_num)
            blanks = []
    except csv.Error as error:
        fail("G0603", f"{origin} is not CSV: {error} on line {reader.line_num}")
    if not rows:
        fail("G0603", f"{origin} names columns but has no rows")
    columns = {
        name: RawArray(name, _cells([row[i] for row in rows]), origin, (Axis(),), is_text=True)
        for i, name in enumerate(names)
        if name
    }
    stem = PurePath(origin.removesuffix(".gz")).stem
    table = RawTable(stem, origin, columns, len(rows), lines=np.array(lines, dtype=np.int64))
    return RawData(tables=(table,))


def _header(names: list[str], origin: str, separator: str) -> list[str]:
    if len(names) == 1:
        for other, called in OTHER_SEPARATORS.items():
            if other != separator and other in names[0]:
                fail(
                    "G0603",
                    f"{origin} separates its columns with {called}",
                    help="save it with commas (and points in decimal numbers)"
                    + ("; a file separated by tabs is read as .tsv" if other == "\t" else ""),
                )
    if repeated := sorted({n for n in names if n and names.count(n) > 1}):
        fail("G0605", f"{origin} has more than one column {quote_all(repeated)}")
    if "" in names[1:]:
        fail("G0603", f"column {names.index('', 1) + 1} of {origin} has no name")
    return names


def _check_length(row: list[str], names: list[str], line: int, origin: str) -> None:
    if len(row) != len(names):
        fail(
            "G0603",
            f"line {line} of {origin} has {counted(len(row), 'cell')}, "
            f"its first line names {counted(len(names), 'column')}",
        )


def _cells(cells: list[str]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    made = np.empty(len(cells), dtype=np.object_)
    made[:] = [cell.strip() or None for cell in cells]
    return made
