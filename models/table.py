"""The table of reference posteriors: `python -m gendsl.models.table`.

Each posterior that the library states is drawn from by its model's first inference program, and
gets a row: convergence, divergences, the agreement with the reference, the time. A row is printed,
and written to `--out`, as soon as it is done; `--resume` keeps those that are there.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gendsl.backends.registry import BACKENDS
from gendsl.models.catalogue import LibraryModel, library
from gendsl.models.reference import VARIABLE, posteriordb
from gendsl.models.row import COLUMNS, Row
from gendsl.models.row_files import read_rows, write_rows

FORMATS = (".csv", ".md")
WIDTHS = (44, 9, 8, 11, 8, 9, 20)
"""Of the columns; a longer name pushes the rest of its row aside."""


def chosen(names: Sequence[str]) -> Iterator[tuple[LibraryModel, str]]:
    """The posteriors, with their models, that are named or whose models are; all if no name is.

    Raises:
        ValueError: if the library has neither a model nor a posterior of that name.
    """
    models = library()
    known = {name for model in models for name in (model.name, *model.posteriors)}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"the library states no {', '.join(unknown)}")
    for model in models:
        for posterior in model.posteriors:
            if not names or model.name in names or posterior in names:
                yield model, posterior


def line(cells: Iterable[str]) -> str:
    """Cells as a line of the table on the terminal: words to the left, numbers to the right."""
    first, *numbers, last = cells
    middle = "".join(cell.rjust(w) for cell, w in zip(numbers, WIDTHS[1:-1], strict=True))
    return f"{first.ljust(WIDTHS[0])}{middle}  {last}".rstrip()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; the exit code is 1 where a row is neither fine nor as known."""
    parser = argparse.ArgumentParser(
        prog="python -m gendsl.models.table",
        description="Draw from the reference posteriors, and compare.",
    )
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="NAME", help="posteriors or models; default: all"
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help=f"the posteriordb folder; default: ${VARIABLE}"
    )
    parser.add_argument("--out", type=Path, metavar="PATH", help="also write the rows: .csv or .md")
    parser.add_argument("--resume", action="store_true", help="keep the rows that PATH has")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="default: 1")
    parser.add_argument(
        "--backend", choices=sorted(BACKENDS), default="numpyro", help="default: numpyro"
    )
    given = parser.parse_args(arguments)
    if given.out is not None and given.out.suffix not in FORMATS:
        parser.error(f"--out ends in {' or '.join(FORMATS)}, got {given.out}")
    if given.resume and given.out is None:
        parser.error("--resume needs --out")
    folder = given.data or posteriordb()
    if folder is None or not (folder / "index.json").is_file():
        parser.error(f"no posteriordb: give its folder with --data, or set {VARIABLE}")
    try:
        wanted = list(chosen(given.only))
    except ValueError as error:
        parser.error(str(error))

    from gendsl.inference.compiler_flags import inline_small_loops
    from gendsl.models.row import row_of

    inline_small_loops(os.environ)
    kept = read_rows(given.out) if given.resume and given.out.is_file() else {}
    rows: dict[str, Row] = dict(kept)
    print(line(COLUMNS))
    for model, name in wanted:
        if name not in kept:
            rows[name] = row_of(model, name, folder, seed=given.seed, backend=given.backend)
            if given.out is not None:
                write_rows(given.out, rows.values())
        print(line(rows[name].cells()), flush=True)
    shown = [rows[name] for _, name in wanted]
    fine = sum(row.is_fine for row in shown)
    modes = sum(row.is_as_known for row in shown) - fine
    known = f", {modes} with several modes, as known" if modes else ""
    print(f"{len(shown)} posteriors, {fine} fine{known}")
    return 0 if fine + modes == len(shown) else 1


if __name__ == "__main__":
    raise SystemExit(main())
