"""gendsl's NUTS against other samplers on the reference posteriors, each cell in its own process.

Usage: python benchmarks/samplers.py [--only NAME ...] [--peers NAME ...] [--out F.csv [--resume]]

Every posterior of posteriordb that has a reference (`$GENDSL_POSTERIORDB`, or `--data`) is drawn
from by every sampler that is installed: 4 chains, 1000 draws of warm-up, 1000 draws, in double
precision. NumPyro runs the program that gendsl emits, its chains vectorised; BlackJAX and nutpie
take gendsl's density, BlackJAX's chains vmapped, nutpie's one to a core, as gendsl's; nutpie takes
a PyMC program besides, compiled by Numba; Stan has programs of its own, a process to each chain.
gendsl sets the compiler flag that its command line sets; the others run as they come. The peers
come with `pip install 'gendsl[bench]'`; one that is absent is skipped.

`peers/measures.py` says what is measured, and by which formulas; `--clock cpu` compares processor
time, for a machine that others use, too. A file of rows has both clocks, so that `--resume` prints
a finished table by either. The ratios at the end are geometric means over posteriors of ours to the
best of the peers, and to each of them; a peer counts where its draws agree with the reference. Of
seconds less than 1 is better for us, of ESS more.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from peers.case import names_with_reference
from peers.measures import Figures, Row
from peers.registry import OURS, PEERS, Peer

from gendsl.models.reference import VARIABLE, posteriordb

HERE = Path(__file__).resolve().parent
NAN = float("nan")
HEADER = (
    f"{'posterior':38} {'sampler':12} {'cold s':>8} {'warm s':>8} {'ESS/s':>9} {'ESS/grad':>9} "
    f"{'us/grad':>8} {'min ESS':>8} {'max z':>6}  verdict"
)


@dataclass(frozen=True)
class Measure:
    """A figure that samplers are compared by, and what is aimed at for the ratio to the best."""

    name: str
    of: Callable[[Figures], float]
    is_small_good: bool
    aim: str = ""


MEASURES = (
    Measure("seconds to 400, compile included", lambda f: f.seconds_cold, True, "at most 0.5"),
    Measure("seconds to 400, compile excluded", lambda f: f.seconds_warm, True),
    Measure("ESS per second, compile excluded", lambda f: f.ess_per_second, False, "at least 2"),
    Measure("ESS per gradient", lambda f: f.ess_per_gradient, False),
    Measure("seconds per gradient", lambda f: f.seconds_per_gradient, True),
)


def measured(peer: Peer, name: str, given: argparse.Namespace) -> Row | None:
    """The row of a cell; None where the sampler has no program of the model."""
    numbers = [given.chains, given.warmup, given.draws, given.seed]
    command = [sys.executable, "-m", "peers.cell", peer.name, name, str(given.data)]
    path = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    load = os.getloadavg()[0]
    row = Row(
        name, peer.name, peer.versions() or "", *numbers, load, *[NAN] * 6, 0, 0, *[NAN] * 3, ""
    )
    try:
        done = subprocess.run(
            [*command, *map(str, numbers)],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            timeout=given.limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _replaced(row, verdict=f"not done in {given.limit} s")
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no message"]
        return _replaced(row, verdict=f"failed: {lines[-1][:100]}")
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return None if found is None else _replaced(row, **found)


def _replaced(row: Row, **changes: object) -> Row:
    return Row(**{**asdict(row), **changes})


def read(path: Path) -> list[Row]:
    """The rows of a CSV file that `write` wrote."""
    with path.open(newline="") as file:
        return [Row.of_text(cells) for cells in csv.DictReader(file)]


def write(path: Path, rows: Iterable[Row]) -> None:
    """Write all rows; the file is replaced at once."""
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
    temporary.replace(path)


def line(row: Row, clock: str) -> str:
    """A row as text."""
    start = f"{row.posterior:38} {row.sampler:12}"
    if not row.has_finished:
        return f"{start} {row.verdict}"
    f = row.by(clock)
    return (
        f"{start} {f.seconds_cold:8.2f} {f.seconds_warm:8.2f} {f.ess_per_second:9.0f} "
        f"{f.ess_per_gradient:9.4f} {1e6 * f.seconds_per_gradient:8.2f} {row.ess:8.0f} "
        f"{row.max_z:6.2f}  {row.verdict}"
    )


def geometric_mean(values: list[float]) -> float:
    """exp of the mean of the logarithms."""
    return math.exp(sum(map(math.log, values)) / len(values))


def ratios(rows: list[Row], measure: Measure, peer: str | None, clock: str) -> list[float]:
    """Ours to a peer's, or to the best peer's, of each posterior that both have drawn from."""
    found = []
    for ours in (row for row in rows if row.sampler == OURS and row.has_finished):
        theirs = [
            measure.of(row.by(clock))
            for row in rows
            if row.posterior == ours.posterior
            and row.sampler != OURS
            and row.agrees
            and peer in (None, row.sampler)
        ]
        if theirs:
            best = min(theirs) if measure.is_small_good else max(theirs)
            found.append(measure.of(ours.by(clock)) / best)
    return found


def summary(rows: list[Row], clock: str) -> str:
    """The geometric means of the ratios."""
    peers = [name for name in PEERS if name != OURS and any(r.sampler == name for r in rows)]
    lines = [f"{'ratio of gendsl to':34} {'best peer':>10} {''.join(f'{p:>13}' for p in peers)}"]
    for measure in MEASURES:
        cells = []
        for peer in (None, *peers):
            found = ratios(rows, measure, peer, clock)
            cells.append(f"{geometric_mean(found):.2f} ({len(found)})" if found else "-")
        aim = f"   aim: {measure.aim}" if measure.aim else ""
        rest = "".join(f"{cell:>13}" for cell in cells[1:])
        lines.append(f"{measure.name:34} {cells[0]:>10} {rest}{aim}")
    ours = [row for row in rows if row.sampler == OURS]
    off = [row.posterior for row in ours if not row.agrees]
    lines.append(
        f"gendsl agrees with {len(ours) - len(off)} of {len(ours)} references"
        + (f"; not with {', '.join(off)}" if off else "")
    )
    return "\n".join(lines)


def main() -> None:
    """Run the cells, and print the table and the ratios."""
    parser = argparse.ArgumentParser(prog="benchmarks/samplers.py")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="posteriors; default: all")
    parser.add_argument("--peers", nargs="+", choices=[name for name in PEERS if name != OURS])
    parser.add_argument("--data", type=Path, help=f"posteriordb's folder; default: ${VARIABLE}")
    parser.add_argument("--out", type=Path, help="a CSV file for the rows")
    parser.add_argument("--resume", action="store_true", help="keep the file's rows that are done")
    parser.add_argument("--limit", type=int, default=900, help="seconds a cell may take")
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    for name, default in (("chains", 4), ("warmup", 1000), ("draws", 1000), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    given.data = given.data or posteriordb()
    if given.data is None:
        parser.error(f"no posteriordb: give its folder with --data, or set {VARIABLE}")
    if given.resume and given.out is None:
        parser.error("--resume needs --out")
    known = names_with_reference(given.data)
    unknown = set(given.only or ()) - set(known)
    if unknown:
        parser.error(f"no reference of {', '.join(sorted(unknown))}")

    chosen = [PEERS[name] for name in PEERS if name in {OURS, *(given.peers or PEERS)}]
    for peer in chosen:
        print(f"{peer.name:12} {peer.versions() or 'not installed, skipped'}")
    chosen = [peer for peer in chosen if peer.versions()]
    kept = read(given.out) if given.resume and given.out.is_file() else []
    rows = [row for row in kept if row.has_finished]
    print(f"{os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}, by the clock: {given.clock}")
    print(f"\n{HEADER}")
    for name in given.only or known:
        for peer in chosen:
            row = next((r for r in rows if (r.posterior, r.sampler) == (name, peer.name)), None)
            if row is None:
                row = measured(peer, name, given)
                if row is None:
                    continue
                rows.append(row)
                if given.out is not None:
                    write(given.out, rows)
            print(line(row, given.clock), flush=True)
    print("\n" + summary(rows, given.clock))


if __name__ == "__main__":
    main()
