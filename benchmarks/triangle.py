"""Priors three ways, each by one text: exact or NUTS, an approximation, and a network.

`python benchmarks/triangle.py --out build/triangle.csv --networks build/networks [--minutes 8]
[--only robust,mixed] [--tasks 8] [--resume]` trains the block `main` of each `pfns/*.gen`, unless
its network is there already, and draws data sets of the prior that training has not seen. For
contexts of some sizes it takes the log predictive density of five further rows (of learning curves,
whose rows stand in the order of their epochs: spread over the rest)

- exactly, or by `nuts()`: four chains, densities averaged over draws, with the Monte Carlo error;
  by long runs, which are the reference, and by shorter ones;
- by an approximation of the same text;
- by the network, one data set at a time and all at once.

Every method sees the same data sets, one after the other, in one process. A data set that is
counted nowhere comes first, so that nothing is compiled while a clock runs. Seconds of NUTS are
those of its draws alone: what it takes to make predictions of them is left out.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from lcpfn import Forwards, trained_on
from numpy.typing import NDArray

import gendsl
from gendsl.api.pfn_ranges import draws_of
from gendsl.api.pfn_reference import Reference
from gendsl.api.pfn_sampler import TaskSampler
from gendsl.api.pfn_trained import TrainedPfn
from gendsl.api.pfn_training import Plan
from gendsl.api.settings import plan_of_text

Floats = NDArray[np.float64]

HERE = Path(__file__).parent / "pfns"
QUERIES = 5
BATCH = 100
REPEATS = 5
LONG, NETWORK, BATCHED = "reference", "network", "network, in a batch"
RUNS = {
    LONG: "nuts(chains = 4, warmup = 500, draws = 500)",
    "nuts, 100 draws": "nuts(chains = 4, warmup = 100, draws = 100)",
    "nuts, 25 draws": "nuts(chains = 4, warmup = 50, draws = 25)",
}


@dataclass(frozen=True)
class Case:
    """A prior, sizes of contexts, and the approximation: a program, or another model of the file.

    Attributes:
        is_exact: whether there is nothing to draw.
        tasks: in what order rows stand: any, or that of their input.
    """

    name: str
    sizes: tuple[int, ...]
    approximation: str
    model: str | None = None
    is_exact: bool = False
    tasks: type[TaskSampler] = TaskSampler


CASES = (
    Case("gp_fixed", (0, 1, 2, 3, 5, 8, 12, 16, 20, 25, 30, 35, 40), "process_by_waves",
         model="process", is_exact=True),
    Case("gp_random", (2, 8, 20), "laplace(draws = 2000)"),
    Case("bnn", (8, 20), "pathfinder(draws = 2000)"),
    Case("robust", (2, 8, 20), "laplace(draws = 2000)"),
    Case("mixed", (8, 20, 40), "laplace(draws = 2000)"),
    Case("curves", (10, 20, 40), "pathfinder(draws = 2000)", tasks=Forwards),
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """What a method says of the queries of one data set.

    Attributes:
        log_density: mean over queries; its Monte Carlo error.
        seconds: by the clock, and of the processor: two cores count twice.
        kept: the share of draws that are as the block requires.
    """

    prior: str
    size: int
    method: str
    task: int
    log_density: float
    error: float
    seconds: float
    processor: float
    is_settled: bool
    kept: float = 1.0


Said = tuple[float, float, float, float, bool, float]
Judge = Callable[[Floats, Floats, int, int], Said]
"""Of x, y, the size of the context and a seed, the last six fields of a row."""


def judge_by(reference: Reference) -> Judge:
    """Return the judge that draws from the posterior."""

    def judge(x: Floats, y: Floats, n: int, seed: int) -> Said:
        before = time.process_time()
        found = reference.judge(x, y, n, x.shape[1], seed)
        share = (time.process_time() - before) / found.seconds
        seconds = found.seconds if found.is_exact else found.seconds_of_draws
        error = float(np.sqrt(np.mean(found.error**2)))
        mean = float(found.log_density.mean())
        return mean, error, seconds, share * seconds, found.is_settled, found.kept

    return judge


def judge_of(network: TrainedPfn) -> Judge:
    """Return the judge that reads the context in one pass, median of some times."""

    def judge(x: Floats, y: Floats, n: int, seed: int) -> Said:
        clocks = []
        for _ in range(REPEATS):
            before = time.perf_counter(), time.process_time()
            logs = network.predictor.predict(x[:n], y[:n], x[n:]).log_density(y[n:])
            clocks.append((time.perf_counter() - before[0], time.process_time() - before[1]))
        seconds, processor = np.median(clocks, axis=0)
        return float(logs.mean()), 0.0, float(seconds), float(processor), True, 1.0

    return judge


def judges_of(case: Case, network: TrainedPfn) -> dict[str, Judge]:
    """Return the methods by name."""
    pfn, inputs = network.prior.pfn, network.inputs
    runs = {LONG: RUNS[LONG]} if case.is_exact else RUNS
    found = {
        name: judge_by(Reference(pfn, inputs, plan_of_text(f"main = {text}")))
        for name, text in runs.items()
    }
    if case.model is None:
        plan = plan_of_text(f"main = {case.approximation}")
        found[case.approximation] = judge_by(Reference(pfn, inputs, plan))
    else:
        other = gendsl.compile(HERE / f"{case.name}.gen", model=case.approximation)
        of_other = replace(pfn, program=other.checked.program)
        found[case.approximation] = judge_by(Reference(of_other, inputs))
    return found | {NETWORK: judge_of(network)}


def network_of(case: Case, folder: Path, minutes: float | None, steps: int | None) -> TrainedPfn:
    """Return the network of a case, trained here if it is not in the folder."""
    path = folder / f"{case.name}.pfn"
    if path.exists():
        return gendsl.load_pfn(path)
    block = gendsl.compile(HERE / f"{case.name}.gen", model=case.model).pfns["main"]
    folder.mkdir(parents=True, exist_ok=True)
    return trained_on(block, path, Plan(path, False, steps, minutes), case.tasks)[0]


def rows_of(
    case: Case, network: TrainedPfn, tasks: int, is_known: set[tuple[str, int, str, int]]
) -> Iterator[Row]:
    """Yield what is not known yet."""
    pfn = network.prior.pfn
    drawn = draws_of(case.tasks(pfn, BATCH, pfn.rows[1]).draw, 10**6, max(BATCH, tasks + 1))
    whole = np.asarray(drawn.x, np.float64), np.asarray(drawn.y, np.float64)
    judges = judges_of(case, network)
    for n in case.sizes:
        wanted = [
            (i, name)
            for i in range(tasks)
            for name in judges
            if (case.name, n, name, i) not in is_known
        ]
        rows = [*range(n), *np.linspace(n, pfn.rows[1] - 1, QUERIES).astype(int)]
        x, y = (each[:, rows] for each in whole)
        for name in dict.fromkeys(name for _, name in wanted):
            judges[name](x[-1], y[-1], n, 0)  # compiles
        for i, name in wanted:
            yield Row(case.name, n, name, i, *judges[name](x[i], y[i], n, i))
        if (case.name, n, BATCHED, 0) not in is_known:
            yield in_a_batch(case, network, x[:BATCH], y[:BATCH], n)


def in_a_batch(case: Case, network: TrainedPfn, x: Floats, y: Floats, n: int) -> Row:
    """Return what one of many data sets takes that are read together."""

    def read() -> tuple[float, float, float]:
        before = time.perf_counter(), time.process_time()
        logs = network.predictor.predict(x[:, :n], y[:, :n], x[:, n:]).log_density(y[:, n:])
        clocks = time.perf_counter() - before[0], time.process_time() - before[1]
        return float(logs.mean()), *clocks

    read()
    found = np.median([read() for _ in range(REPEATS)], axis=0)
    return Row(case.name, n, BATCHED, 0, float(found[0]), 0.0, *(found[1:] / len(x)), True)


# --- the file, and the table -----------------------------------------------------------------


def read(path: Path) -> list[Row]:
    """Return the rows of a file."""
    with path.open(newline="") as file:
        return [
            Row(
                each["prior"], int(each["size"]), each["method"], int(each["task"]),
                *(float(each[name]) for name in ("log_density", "error", "seconds", "processor")),
                each["is_settled"] == "True", float(each["kept"]),
            )
            for each in csv.DictReader(file)
        ]  # fmt: skip


def table_of(rows: list[Row]) -> str:
    """Return the table: gaps in nats to the reference, and seconds."""
    lines = [
        "| prior | rows | method | log density | gap to the reference | of it Monte Carlo |"
        " seconds | of the processor | times the network's |",
        "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for prior, size in dict.fromkeys((row.prior, row.size) for row in rows):
        here = [row for row in rows if (row.prior, row.size) == (prior, size)]
        methods = {
            method: {row.task: row for row in here if row.method == method}
            for method in dict.fromkeys(row.method for row in here)
        }
        for method, found in methods.items():
            lines.append(_line(prior, size, method, found, methods))
    return "\n".join(lines)


def _line(
    prior: str, size: int, method: str, found: dict[int, Row], methods: dict[str, dict[int, Row]]
) -> str:
    logs = np.array([row.log_density for row in found.values()])
    seconds = float(np.median([row.seconds for row in found.values()]))
    processor = float(np.median([row.processor for row in found.values()]))
    cells = [prior, str(size), method, f"{logs.mean():.3f}", "", "", f"{seconds:.2g}",
             f"{processor:.2g}", ""]  # fmt: skip
    best, network = methods.get(LONG, {}), methods.get(NETWORK, {})
    both = sorted(set(found) & set(best))
    if method not in (LONG, BATCHED) and both:
        gaps = np.array([best[i].log_density - found[i].log_density for i in both])
        error = gaps.std(ddof=1) / np.sqrt(len(gaps)) if len(gaps) > 1 else np.nan
        noise = np.sqrt(sum(best[i].error ** 2 + found[i].error ** 2 for i in both)) / len(both)
        cells[4], cells[5] = f"{gaps.mean():.4f} ± {error:.4f}", f"{noise:.4f}"
    if network:
        own = np.median([[row.seconds, row.processor] for row in network.values()], axis=0)
        cells[8] = f"{seconds / own[0]:.3g}, {processor / own[1]:.3g}"
    unsettled = sum(not row.is_settled for row in found.values())
    if unsettled:
        cells[2] += f" ({unsettled} of {len(found)} unsettled)"
    kept = min(row.kept for row in found.values())
    if kept < 1:
        cells[2] += f" (at least {kept:.1%} of draws kept)"
    return f"| {' | '.join(cells)} |"


def mean_gap(rows: list[Row], prior: str, method: str = NETWORK) -> tuple[float, float]:
    """Return the gap averaged over sizes, linear between those measured; its error over data sets.

    Those data sets count that were judged at each of the sizes.
    """
    best, own = (
        {(row.size, row.task): row.log_density for row in rows
         if row.prior == prior and row.method == name}
        for name in (LONG, method)
    )  # fmt: skip
    both = best.keys() & own.keys()
    sizes = sorted({size for size, _ in both})
    tasks = [task for task in {task for _, task in both} if all((n, task) in both for n in sizes)]
    every = np.arange(sizes[0], sizes[-1] + 1)
    gaps = np.array(
        [np.interp(every, sizes, [best[n, i] - own[n, i] for n in sizes]).mean() for i in tasks]
    )
    error = gaps.std(ddof=1) / np.sqrt(len(gaps)) if len(gaps) > 1 else np.nan
    return float(gaps.mean()), float(error)


def main(arguments: list[str] | None = None) -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--networks", type=Path, required=True)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--tasks", type=int, default=8)
    parser.add_argument("--exact-tasks", type=int, default=100, help="where nothing is drawn")
    parser.add_argument("--only", default=",".join(case.name for case in CASES))
    parser.add_argument("--sizes", help="in place of the cases' own")
    given = parser.parse_args(arguments)
    rows = read(given.out) if given.resume and given.out.exists() else []
    given.out.parent.mkdir(parents=True, exist_ok=True)
    with given.out.open("a" if rows else "w", newline="") as file:
        writer = csv.writer(file)
        if not rows:
            writer.writerow(field.name for field in fields(Row))
        for case in (each for each in CASES if each.name in given.only.split(",")):
            if given.sizes:
                case = replace(case, sizes=tuple(map(int, given.sizes.split(","))))
            network = network_of(case, given.networks, given.minutes, given.steps)
            tasks = given.exact_tasks if case.is_exact else given.tasks
            is_known = {(row.prior, row.size, row.method, row.task) for row in rows}
            for row in rows_of(case, network, tasks, is_known):
                rows.append(row)
                writer.writerow(getattr(row, field.name) for field in fields(Row))
                file.flush()
    print(table_of(rows))
    for prior in dict.fromkeys(row.prior for row in rows):
        gap, error = mean_gap(rows, prior)
        print(f"{prior}: mean gap over these sizes {gap:.4f} ± {error:.4f} nats")
    print(f"load of the machine: {os.getloadavg()[1]:.1f} over {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
