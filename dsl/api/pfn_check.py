"""What a trained network is worth: its gap to the reference, and how well it is calibrated."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.analysis.pfn_requirements import of_latents
from gendsl.api.pfn_ranges import draws_of
from gendsl.api.pfn_reference import Judged, Reference, long_nuts
from gendsl.api.pfn_sampler import TaskSampler
from gendsl.results.calibration import joint_rank, rank
from gendsl.results.table import Rows

if TYPE_CHECKING:
    from gendsl.api.pfn_trained import TrainedPfn
    from gendsl.inference.amortised import Tasks

Floats = NDArray[np.float64]

LEVELS = (0.5, 0.8, 0.9)
"""Of the central intervals whose coverage is counted."""
_LATENT_DRAWS = 99
_LATENT_TASKS = 200
_MOST_QUERIES = 5
"""Of a task, that the reference judges."""


@dataclass(frozen=True)
class Size:
    """What was found with contexts of one size, over data sets of the prior.

    Attributes:
        rows: of the context.
        log_density: the network's mean log density of queries, in nats; its standard error.
        gap: the reference's less the network's, on the data sets that both judged; its standard
            error over these, and what of it is Monte Carlo noise of the reference, where known.
        coverage: the share of targets in the central intervals of 50, 80 and 90%.
        p: of the targets' places in their distributions being uniform, or for classes nothing.
        seconds: of one data set, by the network and, in the median, by the reference.
    """

    rows: int
    log_density: float
    log_density_error: float
    coverage: tuple[float, ...] = ()
    p: float | None = None
    gap: float | None = None
    gap_error: float | None = None
    reference_error: float | None = None
    seconds: float = 0.0
    reference_seconds: float | None = None


@dataclass(frozen=True)
class PfnCheck:
    """The sizes, and what the ranks of latent quantities say.

    Attributes:
        reference: "exact", "nuts" or `None`.
        unsettled: runs of the reference whose chains disagree, or that kept too few draws.
        kept: the least share of a run's draws that are as the block requires, where it requires
            something of them.
        latents: of each latent coordinate, and of all of them jointly (TARP), the p-value of
            uniform ranks.
    """

    sizes: tuple[Size, ...]
    num_tasks: int
    num_judged: int
    reference: str | None
    unsettled: int = 0
    latents: dict[str, float] = field(default_factory=dict)
    kept: float | None = None

    @property
    def mean_gap(self) -> float | None:
        """The gap averaged over the sizes from the least to the greatest, linear between them."""
        if self.reference is None:
            return None
        at = [size.rows for size in self.sizes]
        gaps = [float(size.gap or 0.0) for size in self.sizes]
        return float(np.mean(np.interp(np.arange(at[0], at[-1] + 1), at, gaps)))

    def to_dict(self) -> dict[str, Any]:
        """Return it fit for JSON."""
        return asdict(self) | {"mean_gap": self.mean_gap}

    def __str__(self) -> str:
        head = ("rows", "log density", *(f"in {level:.0%}" for level in LEVELS), "p", "seconds")
        if self.reference is not None:
            head += (f"gap to {self.reference}", "its noise", "seconds of it")
        table = Rows(head, True)
        table.add("", len(self.sizes), lambda i: _row(self.sizes[i], self.reference is not None))
        lines = [Rows.joined([table], ""), "", self._about()]
        lines += [f"ranks of {name}: p = {p:.3f}" for name, p in self.latents.items()]
        return "\n".join(lines)

    def _about(self) -> str:
        about = f"{self.num_tasks} data sets of the prior"
        if self.reference is not None:
            about += f", {self.num_judged} by the reference; mean gap {self.mean_gap:.4f} nats"
        if self.unsettled:
            reason = "chains disagree"
            if self.kept is not None:
                reason += ", or keep too few draws,"
            about += f"; {reason} in {self.unsettled} of its runs"
        if self.kept is not None:
            about += f"; at least {self.kept:.1%} of a run's draws are as required"
        return about


def check(
    network: TrainedPfn,
    *,
    sizes: Sequence[int] | None = None,
    tasks: int = 500,
    judged: int = 20,
    draws: int = 500,
    seed: int = 0,
    has_reference: bool = True,
    progress: Callable[[str], None] | None = None,
) -> PfnCheck:
    """Check a network on new data sets of its prior; see `TrainedPfn.check`."""
    pfn = network.prior.pfn
    low, high = network.rows
    chosen = _sizes(sizes, low, high)
    reference = Reference(pfn, network.inputs, long_nuts(draws)) if has_reference else None
    # Data sets that training has not seen: another key.
    drawn = draws_of(TaskSampler(pfn, min(tasks, 100), high).apart.draw, 10**6 + seed, tasks)
    found, kinds, unsettled, kept = [], set(), 0, []
    for n in chosen:
        if progress is not None:
            progress(f"{n} rows of context")
        size, results = _at(network, drawn, n, reference, judged, seed)
        found.append(size)
        kinds |= {result.is_exact for result in results}
        unsettled += sum(not result.is_settled for result in results)
        kept += [result.kept for result in results]
    kind = None if reference is None else ("exact" if kinds == {True} else "nuts")
    count = min(judged, len(drawn.y)) if has_reference else 0
    return PfnCheck(
        tuple(found), len(drawn.y), count, kind, unsettled,
        _latents(network, drawn, chosen[-1], seed),
        min(kept) if kept and of_latents(pfn) else None,
    )  # fmt: skip


def _sizes(sizes: Sequence[int] | None, low: int, high: int) -> list[int]:
    if sizes is None:
        return sorted({int(n) for n in np.linspace(max(low - 1, 1), high - 1, 5)})
    wrong = [n for n in sizes if not 0 <= n < high]
    if wrong or not sizes:
        raise ValueError(f"sizes of contexts lie between 0 and {high - 1}, got {list(sizes)}")
    return sorted(set(sizes))


def _at(
    network: TrainedPfn, tasks: Tasks, n: int, reference: Reference | None, judged: int, seed: int
) -> tuple[Size, list[Judged]]:
    """What contexts of `n` rows say; data sets of fewer columns are predicted by themselves."""
    logs = np.full(tasks.y[:, n:].shape, np.nan)
    places = np.full(logs.shape, np.nan)
    is_number = not network.is_classifier
    seconds = []
    for columns in np.unique(tasks.columns):
        rows = np.flatnonzero(tasks.columns == columns)
        x, y = tasks.x[rows, :, :columns], tasks.y[rows]
        one = x[:1, :n], y[:1, :n], x[:1, n:]
        network.predictor.predict(*one).log_density(y[:1, n:])  # compiles
        start = time.perf_counter()
        network.predictor.predict(*one).log_density(y[:1, n:])
        seconds.append(time.perf_counter() - start)
        said = network.predictor.predict(x[:, :n], y[:, :n], x[:, n:])
        logs[rows] = said.log_density(y[:, n:])
        if is_number:
            places[rows] = said.cdf(y[:, n:])
    means = logs.mean(axis=1)
    size: dict[str, Any] = {
        "rows": n, "log_density": float(means.mean()), "log_density_error": _error(means),
        "seconds": float(np.mean(seconds)),
    }  # fmt: skip
    if is_number:
        size["coverage"] = tuple(float(np.mean(np.abs(2 * places - 1) < level)) for level in LEVELS)
        size["p"] = uniform_p(places[:, 0])
    results = []
    if reference is not None:
        gaps = []
        for i in range(min(judged, len(logs))):
            upto = min(n + _MOST_QUERIES, tasks.y.shape[1])
            rows_of = np.asarray(tasks.x[i, :upto], np.float64)
            targets = np.asarray(tasks.y[i, :upto], np.float64)
            result = reference.judge(rows_of, targets, n, int(tasks.columns[i]), seed + i)
            results.append(result)
            gaps.append(float(np.mean(result.log_density - logs[i, : upto - n])))
        size |= {
            "gap": float(np.mean(gaps)),
            "gap_error": _error(np.array(gaps)),
            "reference_error": _noise(results),
            "reference_seconds": float(np.median([r.seconds for r in results])),
        }
    return Size(**size), results


def _noise(results: list[Judged]) -> float | None:
    """The Monte Carlo error of a mean over runs; `None` if one of them kept too few draws."""
    error = np.sqrt(np.sum([np.mean(each.error**2) for each in results])) / len(results)
    return float(error) if np.isfinite(error) else None


def _error(values: Floats) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")


def uniform_p(places: Floats) -> float:
    """Return the p-value of Kolmogorov and Smirnov for `places` being uniform on [0, 1]."""
    from scipy.stats import kstest

    return float(kstest(places, "uniform").pvalue)


def _latents(network: TrainedPfn, tasks: Tasks, n: int, seed: int) -> dict[str, float]:
    """p-values of the ranks of latent coordinates, each and jointly, by contexts of `n` rows."""
    if not network.prior.pfn.latents:
        return {}
    rng = np.random.default_rng([seed, 3])
    half = min(len(tasks.y) // 2, _LATENT_TASKS)
    prior = np.asarray(tasks.latents[half:], np.float64)
    each, together = [], []
    for i in range(half):
        columns = tasks.columns[i]
        draws = network.predictor.latents(
            tasks.x[i, :n, :columns], tasks.y[i, :n], seed + i, _LATENT_DRAWS
        )
        truth = np.asarray(tasks.latents[i], np.float64)
        each.append(rank(truth, draws, rng)[0])
        together.append(joint_rank(truth, np.asarray(draws, np.float64), prior, rng))
    ranks = np.array(each)
    names = _names_of_latents(network, ranks.shape[1])
    found = {name: _rank_p(ranks[:, j], rng) for j, name in enumerate(names)}
    return found | {"all latents jointly": _rank_p(np.array(together), rng)}


def _rank_p(ranks: NDArray[Any], rng: np.random.Generator) -> float:
    """Ranks spread over their steps are uniform on [0, 1] where ranks are on their numbers."""
    return uniform_p((ranks + rng.random(len(ranks))) / (_LATENT_DRAWS + 1))


def _names_of_latents(network: TrainedPfn, count: int) -> list[str]:
    names = [each.name for each in network.prior.pfn.latents]
    return names if len(names) == count else [f"coordinate {j} of latents" for j in range(count)]


def _row(size: Size, has_reference: bool) -> tuple[str, ...]:
    cells: tuple[str, ...] = (
        str(size.rows),
        f"{size.log_density:.3f} ± {size.log_density_error:.3f}",
        *(f"{share:.3f}" for share in size.coverage),
        *("",) * (len(LEVELS) - len(size.coverage)),
        "" if size.p is None else f"{size.p:.3f}",
        f"{size.seconds:.4f}",
    )
    if has_reference:
        cells += (
            f"{size.gap:.4f} ± {size.gap_error:.4f}",
            "unknown" if size.reference_error is None else f"{size.reference_error:.4f}",
            f"{size.reference_seconds:.3f}",
        )
    return cells
