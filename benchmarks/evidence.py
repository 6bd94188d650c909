"""Log evidence and moments by populations and approximations, beside the best-known values.

Usage: python benchmarks/evidence.py [--only PROBLEM ...] [--methods METHOD ...]
                                     [--out F.csv [--resume]]

The densities and the sources of their targets are in `evidence_problems.py`, the methods in
`evidence_methods.py`; each cell runs in a process of its own. Columns:

- log evidence with the method's own standard error, and its difference from the best-known value;
- the worst coordinate's error of the mean, in standard deviations of that coordinate, and of the
  standard deviation, relative to it; against known moments, or those of NUTS where none are known
  (its own cell then says `reference`);
- modes found, of those that can be counted: those with at least a quarter of their share of the
  weight within three of their standard deviations;
- ESS: the effective sample size of the weights as a share of the draws;
- test: the mean log density of an approximation on 1000 draws of the target;
- seconds, compilation included, and gradients.

NUTS runs four chains of `--draws` after as much warm-up, through a flow of half as many;
populations have `--particles`, and so many are drawn from approximations. The Cox process is on a
grid of `--side` cells to a side, 40 in the literature. What NUTS says of moments is a reference
only where the posterior has one mode.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from evidence_problems import Problem, problems

NAN = float("nan")
REFERENCE = "NUTS"
HEADER = (
    f"{'method':28} {'log evidence':>20} {'off by':>8} {'mean':>7} {'sd':>7} {'modes':>6} "
    f"{'ESS':>6} {'test':>8} {'s':>7} {'gradients':>10}"
)


@dataclass(frozen=True)
class Row:
    """A cell; NaN where a figure isn't known or doesn't apply."""

    problem: str
    method: str
    log_evidence: float = NAN
    standard_error: float = NAN
    best_known: float = NAN
    mean_error: float = NAN
    sd_error: float = NAN
    modes_found: int = 0
    modes: int = 0
    effective_share: float = NAN
    test_log_density: float = NAN
    seconds: float = NAN
    gradients: int = 0
    trouble: str = ""


def cell(name: str, method: str, given: argparse.Namespace) -> dict[str, Any]:
    """Run a method on a problem, and measure what it brings home."""
    import jax

    jax.config.update("jax_enable_x64", True)
    from evidence_methods import METHODS, Settings

    problem = problems(given.side)[name]()
    started = time.perf_counter()
    answer = METHODS[method](problem, Settings(given.particles, given.draws, given.seed))
    seconds = time.perf_counter() - started
    path = given.folder / f"{name}.npz"
    mean = answer.weights @ answer.positions
    sd = np.sqrt(answer.weights @ np.square(answer.positions - mean))
    if method == REFERENCE and problem.moments is None:
        np.savez(path, mean=mean, sd=sd)
    mean_error, sd_error = NAN, NAN
    if problem.moments is not None or (path.is_file() and method != REFERENCE):
        known = problem.moments or tuple(np.load(path)[key] for key in ("mean", "sd"))
        mean_error = float(np.max(np.abs(mean - known[0]) / known[1]))
        sd_error = float(np.max(np.abs(sd / known[1] - 1)))
    best = problem.log_evidence
    return {
        "log_evidence": answer.log_evidence,
        "standard_error": answer.standard_error,
        "best_known": NAN if best is None else best,
        "mean_error": mean_error,
        "sd_error": sd_error,
        "modes_found": modes_found(problem, answer.positions, answer.weights),
        "modes": 0 if problem.modes is None else len(problem.modes),
        "effective_share": answer.effective_share,
        "test_log_density": answer.test_log_density,
        "seconds": seconds,
        "gradients": answer.gradients,
        "trouble": "",
    }


def modes_found(problem: Problem, positions: Any, weights: Any) -> int:
    """How many modes have a quarter of their share of the weight, or more."""
    if problem.modes is None:
        return 0
    apart = np.linalg.norm(positions[:, None] - problem.modes, axis=-1)
    nearest = np.argmin(apart, axis=1)
    is_near = apart[np.arange(len(apart)), nearest] < 3 * problem.mode_spread
    shares = np.bincount(nearest[is_near], weights[is_near], len(problem.modes))
    return int(np.sum(shares >= 0.25 / len(problem.modes)))


def measured(name: str, method: str, given: argparse.Namespace) -> Row:
    """The row of a cell, run in a process of its own."""
    command = [sys.executable, __file__, "--cell", name, method, "--folder", str(given.folder)]
    for option in ("side", "particles", "draws", "seed"):
        command += [f"--{option}", str(getattr(given, option))]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=given.limit, check=False
        )
    except subprocess.TimeoutExpired:
        return Row(name, method, trouble=f"not done in {given.limit} s")
    lines = (done.stderr.strip() or "no message").splitlines()
    if done.returncode != 0:
        return Row(name, method, trouble=f"failed: {lines[-1][:100]}")
    return Row(name, method, **json.loads(done.stdout.strip().splitlines()[-1]))


def line(row: Row) -> str:
    """A row as text."""
    if row.trouble:
        return f"{row.method:28} {row.trouble}"

    def cell(value: float, shape: str) -> str:
        return "-" if math.isnan(value) else format(value, shape)

    evidence = "-"
    if math.isfinite(row.log_evidence):
        evidence = f"{row.log_evidence:.3f} +- {row.standard_error:.3f}"
    modes = f"{row.modes_found}/{row.modes}" if row.modes else "-"
    is_reference = row.method == REFERENCE and math.isnan(row.mean_error)
    moments = (
        f"{'reference':>15}"
        if is_reference
        else f"{cell(row.mean_error, '.3f'):>7} {cell(row.sd_error, '.3f'):>7}"
    )
    if row.log_evidence == -math.inf:
        return f"{row.method:28} {'fails: no draw has a finite weight':>20}"
    lost = row.modes - row.modes_found
    return (
        f"{row.method:28} {evidence:>20} {cell(row.log_evidence - row.best_known, '+.3f'):>8} "
        f"{moments} {modes:>6} {cell(row.effective_share, '.2f'):>6} "
        f"{cell(row.test_log_density, '.2f'):>8} {row.seconds:7.1f} {row.gradients:10d}"
        + (f"  loses {lost} modes" if lost else "")
    )


def write(path: Path, rows: Iterable[Row]) -> None:
    """Write all rows; the file is replaced at once."""
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
    temporary.replace(path)


def read(path: Path) -> list[Row]:
    """The rows of a file that `write` wrote, but for those in trouble."""
    kinds = {"str": str, "int": int, "float": float}
    with path.open(newline="") as file:
        table = list(csv.DictReader(file))
    rows = [Row(**{f.name: kinds[str(f.type)](r[f.name]) for f in fields(Row)}) for r in table]
    return [row for row in rows if not row.trouble]


def main() -> None:
    """Run the cells, and print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks/evidence.py")
    parser.add_argument("--only", nargs="+", metavar="PROBLEM", help="by the first letters")
    parser.add_argument("--methods", nargs="+", metavar="METHOD", help="whole names")
    parser.add_argument("--out", type=Path, help="a CSV file for the rows")
    parser.add_argument("--resume", action="store_true", help="keep the file's rows that are done")
    parser.add_argument("--limit", type=int, default=900, help="seconds a cell may take")
    for name, default in (("particles", 2048), ("draws", 2000), ("seed", 1), ("side", 16)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--cell", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.cell is not None:
        print(json.dumps(cell(*given.cell, given)))
        return

    from evidence_methods import METHODS

    if given.resume and given.out is None:
        parser.error("--resume needs --out")
    unknown = set(given.methods or ()) - set(METHODS)
    if unknown:
        parser.error(f"methods are {', '.join(METHODS)}; got {', '.join(sorted(unknown))}")
    wanted = tuple(given.only or [""])
    table = {n: make for n, make in problems(given.side).items() if n.startswith(wanted)}
    if not table:
        parser.error(f"problems are {', '.join(problems(given.side))}")
    print(f"{os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}, {given.particles} particles")
    rows = read(given.out) if given.resume and given.out.is_file() else []
    with tempfile.TemporaryDirectory() as folder:
        given.folder = Path(folder)
        if given.out is not None:  # so that a table that is resumed has its references
            given.folder = given.out.with_name(f"{given.out.stem}_moments")
            given.folder.mkdir(exist_ok=True)
        for name, make in table.items():
            try:
                problem = make()
            except ImportError as error:
                print(f"\n{name}: skipped, {error}")
                continue
            best = problem.log_evidence
            known = "not known" if best is None else f"{best:.2f}"
            print(f"\n{name}: log evidence {known}   {problem.published}\n{HEADER}")
            for method in given.methods or METHODS:
                row = next((r for r in rows if (r.problem, r.method) == (name, method)), None)
                if row is None:
                    row = measured(name, method, given)
                    rows.append(row)
                    if given.out is not None:
                        write(given.out, rows)
                print(line(row), flush=True)


if __name__ == "__main__":
    main()
