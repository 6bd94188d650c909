"""Simulated data where a condition keeps statements from holding: what was given stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.data.entries_read import entries_scored
from gendsl.data.evaluate import Environment, EvaluationError
from gendsl.ir.bound import BoundData
from gendsl.ir.expr import Ref
from gendsl.ir.program import Data, Program, Sample, SampleRole
from gendsl.ir.walk import sites

Array = NDArray[Any]


def conditional_data(program: Program) -> frozenset[str]:
    """The data of which some statement scores only the entries where its condition holds."""
    return frozenset(
        name
        for name, scores in _scores(program).items()
        if any(site.where is not None for site in scores)
    )


def without_unscored(
    program: Program, bound: BoundData, simulated: Mapping[str, Array]
) -> dict[str, Array]:
    """The simulated quantities, [chain, draw, ...], without draws that no statement makes.

    At entries that no statement scores they keep the data that were given, and are NaN elsewhere.
    """
    result = dict(simulated)
    scores = _scores(program)
    for name in conditional_data(program) & simulated.keys():
        datum = program.datum(name)
        assert datum is not None
        drawn = np.asarray(simulated[name])
        is_scored = np.broadcast_to(_scored(scores[name], datum, bound, simulated), drawn.shape)
        if not is_scored.all():
            result[name] = np.where(is_scored, drawn, _given(name, bound, drawn))
    return result


def _scores(program: Program) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for site in sites(program):
        if site.role is not SampleRole.OBSERVED or not isinstance(site.value, Ref):
            continue
        datum = program.datum(site.value.name)
        if datum is not None and not datum.is_fixed:
            found.setdefault(datum.name, []).append(site)
    return found


def _given(name: str, bound: BoundData, drawn: Array) -> Array:
    if name in bound.absent or name not in bound.arrays:
        return np.asarray(np.nan)
    given, missing = np.asarray(bound.arrays[name]), bound.missing.get(name)
    if missing is not None and np.any(missing):
        return np.where(missing, np.nan, given)
    return given.astype(drawn.dtype)


def _scored(
    scores: Sequence[Sample], datum: Data, bound: BoundData, simulated: Mapping[str, Array]
) -> NDArray[np.bool_]:
    """Whether a statement holds, by entry, and by draw where conditions are of what is drawn."""
    arrays = {name: np.asarray(array) for name, array in bound.arrays.items()}
    try:
        return _holds(scores, datum, Environment(arrays, bound.sizes, bound.labels))
    except EvaluationError:
        pass
    count = next(iter(simulated.values())).shape[1]
    try:
        each = [
            _holds(
                scores,
                datum,
                Environment(
                    arrays | {name: np.asarray(drawn[0, i]) for name, drawn in simulated.items()},
                    bound.sizes,
                    bound.labels,
                ),
            )
            for i in range(count)
        ]
    except EvaluationError:
        return np.asarray(True)  # a condition by a `let` of what is drawn, which is not kept
    return np.stack(each)[None]


def _holds(scores: Sequence[Sample], datum: Data, env: Environment) -> NDArray[np.bool_]:
    found = np.zeros([env.size(dim) for dim in datum.dims], np.bool_)
    for site in scores:
        found |= entries_scored(site, env).along(datum.dims, env)
    return found
