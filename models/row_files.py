"""Rows of the table as a CSV file or a Markdown table, read and written whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from gendsl.models.row import COLUMNS, Row


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write a table; the file is replaced at once, so that a stopped run leaves a whole one."""
    table = [COLUMNS, *(row.cells() for row in rows)]
    text = _markdown(table) if path.suffix == ".md" else _csv(table)
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def read_rows(path: Path) -> dict[str, Row]:
    """The rows of a table that `write_rows` wrote, by posterior.

    Raises:
        ValueError: if it is no such table.
    """
    text = path.read_text(encoding="utf-8")
    cells = _cells_of_markdown(text) if path.suffix == ".md" else _cells_of_csv(text)
    if not cells or tuple(cells[0]) != COLUMNS:
        raise ValueError(f"{path} is not a table of posteriors")
    rows = [Row.of_cells(tuple(row)) for row in cells[1:]]
    return {row.name: row for row in rows}


def _csv(table: Iterable[tuple[str, ...]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(table)
    return out.getvalue()


def _cells_of_csv(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def _markdown(table: list[tuple[str, ...]]) -> str:
    rule = ("---", *["---:"] * (len(COLUMNS) - 2), "---")
    lines = [table[0], rule, *table[1:]]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _cells_of_markdown(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return cells[:1] + cells[2:]
