"""Draws from the prior, and data from each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.api.compilation import Checked
from gendsl.api.curve_groups import CurveGroups
from gendsl.api.data_groups import data_groups
from gendsl.api.fixed_values import bind_fixed
from gendsl.api.intervention import forward
from gendsl.api.lowering import explained
from gendsl.api.prior import prior_groups
from gendsl.api.provenance import provenance
from gendsl.api.runtime import computing
from gendsl.api.shapes import scored_data
from gendsl.api.synthetic import make_up
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.wording import listed
from gendsl.ir.bound import BoundData
from gendsl.ir.program import Data, Program
from gendsl.ir.types import Kind
from gendsl.results.attributes import SIMULATION_FORMAT
from gendsl.results.summary import Summary, summarise

_TITLES = {"prior": "prior", "prior_predictive": "prior predictive"}


class Simulation(CurveGroups):
    """The groups `prior`, `prior_predictive` and the data that were given or made up."""

    bound: BoundData
    """The data of the simulation, without those that the model draws."""

    def summaries(self) -> Iterator[tuple[str, Summary]]:
        """Each group of draws with its title."""
        for group, title in _TITLES.items():
            if group in self.tree.children:
                yield title, summarise(self[group], is_chain=False)


def simulate(
    checked: Checked, data: object, *, sizes: Mapping[str, int], draws: int, seed: int
) -> Simulation:
    """Draw from the prior, and data from each draw; see `Model.simulate`."""
    if draws < 1:
        raise ValueError(f"draws must be at least 1, got {draws}")
    checked = forward(checked)
    program = checked.program
    observed = scored_data(program)
    every = frozenset(datum.name for datum in program.data)
    bound = bind_fixed(
        checked, {} if data is None else data, mode="simulate", sizes=sizes, optional=every
    )
    made_up = bound.absent - observed
    bound = make_up(program, bound, made_up, seed)
    with computing() as device, explained(program):
        groups = prior_groups(program, bound, draws, seed)
    groups |= data_groups(program, replace(bound, absent=bound.absent | observed))
    tree = {name: group for name, group in groups.items() if group.data_vars}
    attributes = provenance(checked, SIMULATION_FORMAT, seed, "double", device)
    result = Simulation(tree, attributes, (*bound.notes, *made_up_note(made_up)))
    result.bound = bound
    return result


def save_first_data(program: Program, simulation: Simulation, path: Path) -> None:
    """Write the data of the first draw, with those that were given, as `gendsl infer` reads them.

    Raises:
        DiagnosticError: if the path can't be written.
    """
    from gendsl.data.write import write_data

    bound = simulation.bound
    arrays: dict[str, NDArray[Any]] = {}
    has_draws = "prior_predictive" in simulation.groups
    predictive = simulation["prior_predictive"] if has_draws else {}
    for datum in program.data:
        if datum.name in predictive:
            drawn = np.asarray(predictive[datum.name].values[0, 0])
            arrays[datum.name] = _filled(drawn, datum, program, bound)
        elif datum.name in bound.arrays:
            arrays[datum.name] = np.asarray(bound.arrays[datum.name])
    whole = replace(bound, arrays=arrays, absent=bound.absent - set(arrays), missing={})
    write_data(path, whole, program)


def _filled(drawn: NDArray[Any], datum: Data, program: Program, bound: BoundData) -> NDArray[Any]:
    """Data to be read again: entries that nothing scores nor gives are made up."""
    if drawn.dtype.kind != "f" or not np.isnan(drawn).any():
        return drawn
    other = np.asarray(make_up(program, bound, frozenset({datum.name}), 0).arrays[datum.name])
    whole = np.where(np.isnan(drawn), other, drawn)
    return whole if datum.type.kind is Kind.REAL else whole.astype(other.dtype)


def made_up_note(made_up: frozenset[str]) -> tuple[Diagnostic, ...]:
    """What is said of data that were made up, if there are any."""
    if not made_up:
        return ()
    names = listed(sorted(made_up))
    verb = "was" if len(made_up) == 1 else "were"
    return (
        Diagnostic(
            "G0809",
            f"{names} {verb} not given, and made up",
            help="`--data` gives the values of your own study",
        ),
    )
