"""The summary of a posterior: one row per entry of each quantity."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.results import convergence
from gendsl.results.categories import CategorySummary, is_category, summarise_category
from gendsl.results.groups import SAMPLE_DIMS

if TYPE_CHECKING:
    from pandas import DataFrame

    from gendsl.results.labelled import AnyArray, AnyGroup

MOMENTS = ("mean", "sd", "q5", "q95")
"""Columns of any draws; `q5` and `q95` are the ends of the central 90% interval."""

CONVERGENCE = ("ess_bulk", "ess_tail", "r_hat", "mcse_mean")
"""Columns of draws that depend on each other, as those of a chain do."""

NESTED = "nested_r_hat"
"""A column more, where chains were run in superchains."""

Coordinates = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class VariableSummary:
    """A quantity's rows: its entries' coordinates, and each statistic as one number per entry.

    Statistics of convergence are `nan` for an entry that never varies.
    """

    name: str
    coordinates: tuple[Coordinates, ...]
    statistics: Mapping[str, NDArray[np.float64]]

    @property
    def labels(self) -> tuple[str, ...]:
        """What each entry is called: `theta[school=Choate]`."""
        return tuple(entry_label(self.name, entry) for entry in self.coordinates)


@dataclass(frozen=True, slots=True, repr=False)
class Summary:
    """The summary of several quantities, in the order of the model.

    `categories` are those whose values are members of a dimension: they have no mean, but a mode.
    `label` says of what the draws are, where they are not of the posterior itself.
    """

    variables: tuple[VariableSummary, ...]
    columns: tuple[str, ...] = (*MOMENTS, *CONVERGENCE)
    categories: tuple[CategorySummary, ...] = ()
    label: str = ""

    def rows(self) -> list[dict[str, Any]]:
        """Return a dict per entry, fit for JSON: what is not a finite number is `None`.

        That of a category has `mode` and `probability` in the place of the other statistics.
        """
        numbers = [
            {
                "name": label,
                "variable": variable.name,
                "coordinates": {dim: _plain(value) for dim, value in entry},
                **{key: _finite(values[i]) for key, values in variable.statistics.items()},
            }
            for variable in self.variables
            for i, (label, entry) in enumerate(
                zip(variable.labels, variable.coordinates, strict=True)
            )
        ]
        categories = [
            {
                "name": entry_label(category.name, entry),
                "variable": category.name,
                "coordinates": {dim: _plain(value) for dim, value in entry},
                "mode": category.modes[i],
                "probability": float(category.probabilities[i]),
            }
            for category in self.categories
            for i, entry in enumerate(category.coordinates)
        ]
        return [*numbers, *categories]

    def to_frame(self) -> DataFrame:
        """Return a pandas `DataFrame` of the numbers, indexed by the entries' names."""
        from pandas import DataFrame

        index = [label for variable in self.variables for label in variable.labels]
        columns = {
            key: np.concatenate([np.asarray(v.statistics[key]) for v in self.variables])
            for key in (self.columns if self.variables else ())
        }
        return DataFrame(columns, index=index)

    def __str__(self) -> str:
        from gendsl.results.table import render_table

        return render_table(self)

    __repr__ = __str__


def summarise(
    draws: AnyGroup,
    names: Sequence[str] | None = None,
    *,
    is_chain: bool = True,
    superchains: int | None = None,
    label: str = "",
) -> Summary:
    """Summarise a group of draws [chain, draw, ...]; all of its quantities unless `names` is given.

    What the compiler made, such as weights of a random function, is summarised by name only.
    Independent draws (not `is_chain`) get no statistics of convergence; chains that were run in
    `superchains` get nested R-hat too.

    Raises:
        KeyError: if a name is not in the group.
    """
    shown = (name for name, array in draws.data_vars.items() if "internal" not in array.attrs)
    chosen = list(shown) if names is None else names
    columns = (*MOMENTS, *CONVERGENCE) if is_chain else MOMENTS
    if superchains is not None:
        columns = (*columns, NESTED)
    arrays = {str(name): draws[str(name)] for name in chosen}
    variables = tuple(
        _summarise_variable(name, array, is_chain, superchains)
        for name, array in arrays.items()
        if not is_category(array)
    )
    categories = tuple(
        summarise_category(name, array) for name, array in arrays.items() if is_category(array)
    )
    return Summary(variables, columns, categories, label)


def _summarise_variable(
    name: str, array: AnyArray, is_chain: bool, superchains: int | None
) -> VariableSummary:
    array = array.transpose(*SAMPLE_DIMS, ...)
    dims = [str(dim) for dim in array.dims[2:]]
    values = np.asarray(array.values, np.float64).reshape(*array.shape[:2], -1)
    members = [
        array[dim].values if dim in array.coords else range(array.sizes[dim]) for dim in dims
    ]
    entries = tuple(tuple(zip(dims, entry, strict=True)) for entry in product(*members))
    statistics = _moments(values)
    if is_chain:
        statistics |= _convergence(values)
    if superchains is not None:
        statistics[NESTED] = convergence.nested_r_hat(values, superchains)
    return VariableSummary(name, entries, statistics)


def _moments(draws: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    flat = draws.reshape(-1, draws.shape[-1])
    with np.errstate(invalid="ignore", over="ignore"):
        low, high = np.quantile(flat, [0.05, 0.95], axis=0)
        is_constant = convergence.is_constant(draws)
        mean = np.where(is_constant, flat[0], flat.mean(axis=0))
        spread = flat.std(axis=0, ddof=1) if len(flat) > 1 else np.zeros_like(mean)
    return {"mean": mean, "sd": np.where(is_constant, 0.0, spread), "q5": low, "q95": high}


def _convergence(draws: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    error = convergence.mcse_mean(draws)
    return {
        "ess_bulk": convergence.ess_bulk(draws),
        "ess_tail": convergence.ess_tail(draws),
        "r_hat": convergence.r_hat(draws),
        "mcse_mean": np.where(convergence.is_constant(draws), 0.0, error),
    }


def missing_axis(data: str) -> str:
    """Return the axis of the missing entries of data; its coordinate is text such as `month=3`."""
    return f"{data}.missing_at"


def entry_label(name: str, coordinates: Coordinates) -> str:
    """Return `theta[school=Choate]`, or the bare name of a number."""
    if not coordinates:
        return name
    if coordinates[0][0] == f"{name}_at" and name.endswith(".missing"):
        return f"{name}[{coordinates[0][1]}]"
    return f"{name}[{', '.join(f'{dim}={_plain(value)}' for dim, value in coordinates)}]"


def _plain(value: Any) -> Any:
    if isinstance(value, np.datetime64):
        return np.datetime_as_string(value, unit="auto")
    return value.item() if isinstance(value, np.generic) else value


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
