"""Draws of the prior, and of the data that each would give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gendsl.api.categories import categories
from gendsl.api.fixed_values import hidden_names
from gendsl.api.lowering import lower
from gendsl.api.posterior import by_chain, each_draw
from gendsl.api.shapes import dims_of, internal_names, predicted_names, scored_data
from gendsl.api.unscored_entries import conditional_data, without_unscored
from gendsl.backends.failures import FirstNotGiven
from gendsl.backends.protocol import Density
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.wording import counted
from gendsl.ir.bound import BoundData
from gendsl.ir.expr import Const, Ref
from gendsl.ir.program import Program
from gendsl.ir.types import Kind
from gendsl.ir.walk import sites
from gendsl.results.groups import Quantity, drawn_group
from gendsl.results.labelled import Group


def prior_groups(program: Program, bound: BoundData, draws: int, seed: int) -> dict[str, Group]:
    """The groups `prior` and `prior_predictive`; a group without quantities is left out.

    What the model observes is drawn, whether or not `bound` has it; of data that lag themselves
    the first entries, on which the model conditions, are those of `bound`, and so are entries where
    no statement holds; these are NaN where `bound` has none.

    Raises:
        CannotSimulate: if the prior is improper, or data are needed that are only observed.
    """
    observed = scored_data(program)
    density = density_without(program, bound, observed - _kept(program, bound))

    def one(key: Any, _: Any, data: Any) -> dict[str, Any]:
        return {"drawn": density.simulate(key, data)}

    same = "prior", density.log_prior
    made = each_draw(one, np.zeros(draws), seed, data=density.data, same=same)
    simulated = by_chain(made, 1)["drawn"]
    refuse_impossible(program, simulated)
    simulated = without_unscored(program, bound, simulated)
    dims, predictive = dims_of(program), observed | predicted_names(program)
    said = categories(program, bound)
    split: dict[str, dict[str, Quantity]] = {"prior": {}, "prior_predictive": {}}
    hidden = hidden_names(program) | internal_names(program)
    for name in sorted(simulated.keys() - hidden, key=list(dims).index):
        group = "prior_predictive" if name in predictive else "prior"
        split[group][name] = Quantity(dims[name], simulated[name], attributes=said.get(name, {}))
    return {
        group: drawn_group(quantities, bound.labels)
        for group, quantities in split.items()
        if quantities
    }


def _kept(program: Program, bound: BoundData) -> frozenset[str]:
    """Data that stay where their statements do not hold: their other entries are drawn."""
    return frozenset(
        name
        for name in conditional_data(program)
        if name not in bound.absent and not np.any(bound.missing.get(name, False))
    )


def refuse_impossible(program: Program, simulated: Mapping[str, Any]) -> None:
    """Counts below their least value are what a sampler gives back for parameters out of range.

    Raises:
        DiagnosticError: if there are any, with the site.
    """
    for site in sites(program):
        name = site.value.name if isinstance(site.value, Ref) else site.name
        least = site.range.lower
        if site.type.kind is not Kind.INT or not isinstance(least, Const) or name not in simulated:
            continue
        values = np.asarray(simulated[name])
        is_bad = (values < least.value).reshape(-1, *values.shape[2:])
        count = int(is_bad.any(axis=tuple(range(1, is_bad.ndim))).sum())
        if count and values.dtype.kind in "iu":
            raise DiagnosticError(
                (
                    Diagnostic(
                        "G0706",
                        f"`{name}` can't be simulated: in {count} of "
                        f"{counted(len(is_bad), 'draw')} a "
                        "parameter of its distribution is outside its range",
                        site.span,
                        "has no draws there",
                        help="give the parameter's quantities a support, such as "
                        "`rate : real > 0 ~ ...`, or compute it with `exp(...)`",
                    ),
                )
            )


def density_without(program: Program, bound: BoundData, drawn: frozenset[str]) -> Density:
    """The density without the data that are drawn, but for those that go on from their start."""
    try:
        return lower(program).bind(_without(bound, drawn))
    except FirstNotGiven as error:
        data = error.site
        is_partial = data in bound.missing and bool(np.any(bound.missing[data]))
        if data not in bound.arrays or data not in drawn or is_partial:
            raise
    return density_without(program, bound, drawn - {data})


def _without(bound: BoundData, names: frozenset[str]) -> BoundData:
    return replace(
        bound,
        arrays={name: array for name, array in bound.arrays.items() if name not in names},
        missing={name: mask for name, mask in bound.missing.items() if name not in names},
        absent=bound.absent | names,
    )
