"""Draws of the prior, and of the data that each would give."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gendsl.api.categories import categories
from gendsl.api.fixed_values import hidden_names
from gendsl.api.lowering import lower
from gendsl.api.posterior import by_chain, each_draw
from gendsl.api.shapes import dims_of, observed_names, predicted_names
from gendsl.ir.bound import BoundData
from gendsl.ir.program import Program
from gendsl.results.groups import Quantity, drawn

if TYPE_CHECKING:
    from xarray import Dataset


def prior_groups(program: Program, bound: BoundData, draws: int, seed: int) -> dict[str, Dataset]:
    """The groups `prior` and `prior_predictive`; a group without quantities is left out.

    What the model observes is drawn, whether or not `bound` has it.

    Raises:
        CannotSimulate: if the prior is improper, or data are needed that are only observed.
    """
    observed = observed_names(program)
    density = lower(program).bind(_without(bound, observed))

    def one(key: Any, _: Any) -> dict[str, Any]:
        return {"drawn": density.simulate(key, density.data)}

    simulated = by_chain(each_draw(one, np.zeros(draws), seed), 1)["drawn"]
    dims, predictive = dims_of(program), observed | predicted_names(program)
    said = categories(program, bound)
    split: dict[str, dict[str, Quantity]] = {"/prior": {}, "/prior_predictive": {}}
    for name in sorted(simulated.keys() - hidden_names(program), key=list(dims).index):
        group = "/prior_predictive" if name in predictive else "/prior"
        split[group][name] = Quantity(dims[name], simulated[name], attributes=said.get(name, {}))
    return {
        group: drawn(quantities, bound.labels) for group, quantities in split.items() if quantities
    }


def _without(bound: BoundData, names: frozenset[str]) -> BoundData:
    return replace(
        bound,
        arrays={name: array for name, array in bound.arrays.items() if name not in names},
        missing={name: mask for name, mask in bound.missing.items() if name not in names},
        absent=bound.absent | names,
    )
