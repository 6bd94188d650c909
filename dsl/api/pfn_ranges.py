"""What data sets of a prior are like, and whether one could be among them.

`NUM_TASKS` data sets are drawn. Of each the least and the greatest input and target are kept, and
of its first 2, 4, 8, ... rows the mean and the spread of targets, the share of inputs that is
missing, and the network's score: the mean log density of rows given rows before them. A data set of
the prior has a statistic beyond those of M others with probability 2 / (M + 1), since it may as
well be any of the M + 1; so has a part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.api.pfn_columns import Input
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.wording import counted

if TYPE_CHECKING:
    from gendsl.inference.amortised import Predictor, Tasks

Floats = NDArray[np.float64]

NUM_TASKS = 1000
_EDGE = 0.01
"""Of the range of draws, by which inputs may lie beyond it: no draw is the end of its law."""
SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
"""Of the quantiles that are kept."""
STATISTICS = {
    "mean": ("the mean of the target", "means"),
    "sd": ("the sd of the target", "sds"),
    "missing": ("the share of missing inputs", "missing shares"),
    "score": ("the network's mean log density", "log densities"),
}
"""What is kept of parts of data sets: one of them, and several, in words."""


def draws_of(sampler: Callable[[Any], Tasks], seed: int, count: int = NUM_TASKS) -> Tasks:
    """Return `count` tasks of a prior, or as many as it has; all of them valid."""
    import jax

    from gendsl.inference.amortised import compiled

    draw = compiled(sampler)
    key = jax.random.fold_in(jax.random.key(seed), 0x7A5C)
    batch = jax.eval_shape(sampler, key).x.shape[0]
    parts = [jax.device_get(draw(jax.random.fold_in(key, i))) for i in range(-(-count // batch))]
    joined = jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)
    tasks: Tasks = jax.tree.map(lambda leaf: leaf[joined.valid][:count], joined)
    return tasks


def ranges_of(tasks: Tasks, inputs: Sequence[Input], rows: tuple[int, int]) -> dict[str, Any]:
    """Return what tasks say of their prior, as JSON has it."""
    y = np.asarray(tasks.y, np.float64)
    sizes = sizes_of_parts(y.shape[1])
    return {
        "rows": list(rows),
        "columns": [int(tasks.columns.min()), int(tasks.columns.max())],
        "tasks": len(y),
        "inputs": {name: _range(x) for name, x in _cells(tasks, inputs).items()},
        "target": _range(y),
        "by_rows": {
            str(n): {
                "mean": _ends(y[:, :n].mean(axis=1)), "sd": _ends(y[:, :n].std(axis=1)),
                "missing": _ends(_share_missing(tasks, n)),
            }
            for n in sizes
        },
    }  # fmt: skip


def with_scores(ranges: Mapping[str, Any], predictor: Predictor, tasks: Tasks) -> dict[str, Any]:
    """Return the ranges with those of the network's scores."""
    from gendsl.inference.amortised import prequential

    logs = prequential(predictor, tasks.x, tasks.y, tasks.columns).astype(np.float64)
    parts = {
        size: {**found, "score": _ends(logs[:, : int(size)].mean(axis=1))}
        for size, found in ranges["by_rows"].items()
    }
    return {**ranges, "by_rows": parts}


def without_scores(ranges: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ranges without those of the network's scores."""
    parts = {
        size: {name: ends for name, ends in found.items() if name != "score"}
        for size, found in ranges["by_rows"].items()
    }
    return {**ranges, "by_rows": parts}


def sizes_of_parts(rows: int) -> tuple[int, ...]:
    """Return the numbers of rows at which tasks are compared: 1, 2, 4, ..., and all of them."""
    return (*(n for n in (1 << power for power in range(rows.bit_length())) if n < rows), rows)


def _cells(tasks: Tasks, inputs: Sequence[Input]) -> dict[str, NDArray[Any]]:
    """The values of each column; those of an input of so many columns as there are together."""
    found: dict[str, NDArray[Any]] = {}
    x, start = np.asarray(tasks.x), 0
    for each in inputs:
        stop = start + max(each.widths)
        if each.is_ranged:
            is_there = np.arange(start, stop) < np.asarray(tasks.columns)[:, None, None]
            found[each.name] = np.where(is_there, x[..., start:stop], np.nan)
        else:
            found |= {each.column(i): x[..., start + i] for i in range(stop - start)}
        start = stop
    return found


def _share_missing(tasks: Tasks, rows: int) -> NDArray[Any]:
    """Of the inputs of the first rows of each task."""
    count = np.isnan(np.asarray(tasks.x)[:, :rows]).sum(axis=(1, 2))
    return np.asarray(count / (rows * np.asarray(tasks.columns)), np.float64)


def _range(values: NDArray[Any]) -> dict[str, Any]:
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    if not known.size:
        return {"least": 0.0, "most": 0.0, "quantiles": [0.0] * len(SHARES)}
    least, most = _ends(known)
    return {"least": least, "most": most, "quantiles": np.quantile(known, SHARES).tolist()}


def _ends(values: NDArray[Any]) -> list[float]:
    return [float(np.min(values)), float(np.max(values))]


# --- comparisons -----------------------------------------------------------------------------


def context_notes(
    ranges: Mapping[str, Any],
    inputs: Sequence[Input],
    x: Floats,
    y: Floats,
    *,
    is_class: bool,
    score: Callable[[Floats, Floats], Floats],
) -> list[Diagnostic]:
    """Return what speaks against a context being a data set of the prior.

    `score` gives the log densities of rows; it is asked of a part of the context in random order.
    """
    most = ranges["rows"][1]
    notes = []
    if len(y) >= most:
        notes.append(
            Diagnostic(
                "G1017",
                f"the context has {counted(len(y), 'row')}; the network was trained with"
                f" {most - 1} at most",
                notes=("what it says of a larger one was never compared with anything",),
                help=f"train with `rows = {ranges['rows'][0]}..{len(y) + 1}` or more, or give fewer"
                " rows",
            )
        )
    notes += input_notes(ranges, inputs, x, "the context")
    if len(y) == 0:
        return notes
    is_constant = not is_class and len(y) > 1 and float(np.std(y)) == 0.0
    parts = {int(size): found for size, found in ranges["by_rows"].items()}
    size = max(n for n in parts if n <= max(len(y), min(parts)))
    some = np.random.default_rng(0).permutation(len(y))[:size]
    ends = parts[size]
    if is_constant and ends["sd"][0] > 0:
        notes.append(
            Diagnostic(
                "G1018",
                f"all targets of the context are {y[0]:g}",
                notes=(_law(ranges, size, "sd", ends["sd"]),),
                help="check that it is the right column",
            )
        )
        return notes
    return notes + _beyond(
        ranges, size, ends, x[some], y[some], is_class=is_class, is_part=size < len(y), score=score
    )


def _beyond(
    ranges: Mapping[str, Any],
    size: int,
    ends: Mapping[str, list[float]],
    x: Floats,
    y: Floats,
    *,
    is_class: bool,
    is_part: bool,
    score: Callable[[Floats, Floats], Floats],
) -> list[Diagnostic]:
    found: dict[str, float] = {}
    if not is_class:
        found = {"mean": float(y.mean()), "sd": float(y.std())}
    if "missing" in ends:
        found["missing"] = float(np.isnan(x).mean())
    if "score" in ends:
        found["score"] = float(score(x, y).mean())
    odd = [name for name, value in found.items() if _is_beyond(value, ends[name])]
    if not odd:
        return []
    of = f" in {size} of its rows" if is_part else ""
    return [
        Diagnostic(
            "G1020",
            f"the context is not like data of the prior: {_words(odd, found)}{of}",
            notes=tuple(_law(ranges, size, name, ends[name]) for name in odd),
            help="predictions suppose that the prior holds: bring the data to its units as a whole,"
            " or state a prior for data like these and train on it",
        )
    ]


def _words(odd: Iterable[str], found: Mapping[str, float]) -> str:
    return ", ".join(f"{STATISTICS[name][0]} is {found[name]:.3g}" for name in odd)


def _law(ranges: Mapping[str, Any], size: int, name: str, ends: Sequence[float]) -> str:
    what = STATISTICS[name][1]
    rows = counted(size, "row")
    return (
        f"the {what} of {rows} of {ranges['tasks']} data sets of the prior lie between"
        f" {ends[0]:.3g} and {ends[1]:.3g}"
    )


def input_notes(
    ranges: Mapping[str, Any], inputs: Sequence[Input], x: Floats, where: str
) -> list[Diagnostic]:
    """Return which inputs have values that none of the prior's data sets has."""
    notes, start = [], 0
    for each in inputs:
        stop = start + max(each.widths) if not each.is_ranged else x.shape[1]
        for name, cells in _named(each, x[:, start:stop]):
            ends = ranges["inputs"][name]
            edge = _EDGE * (ends["most"] - ends["least"])
            is_out = (cells < ends["least"] - edge) | (cells > ends["most"] + edge)
            if is_out.any():
                farthest = cells[is_out][np.argmax(np.abs(cells[is_out] - ends["quantiles"][3]))]
                notes.append(_out_of_range(name, where, int(is_out.sum()), farthest, ends))
        start = stop
    return notes


def _named(each: Input, x: Floats) -> Iterable[tuple[str, Floats]]:
    if each.is_ranged:
        return ((each.name, x.ravel()),)
    return tuple((each.column(i), x[:, i]) for i in range(x.shape[1]))


def _out_of_range(
    name: str, where: str, count: int, farthest: float, ends: Mapping[str, Any]
) -> Diagnostic:
    return Diagnostic(
        "G1019",
        f"{counted(count, 'value')} of `{name}` in {where} {'is' if count == 1 else 'are'} outside"
        " of what the network was trained on",
        notes=(
            f"up to {farthest:.4g}; draws lie between {ends['least']:.4g} and {ends['most']:.4g}",
        ),
        help="there it extrapolates: widen `inputs` and train again, or leave these rows out",
    )


def _is_beyond(value: float, ends: Sequence[float]) -> bool:
    slack = 1e-6 * max(abs(ends[0]), abs(ends[1]), 1e-30)  # of sums in another order
    return not ends[0] - slack <= value <= ends[1] + slack
