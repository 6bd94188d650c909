"""Entries that two statements score, counted where only the data say which they are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from gendsl.analysis.scored_twice import overlap, pairs
from gendsl.data.entries_read import entries_scored
from gendsl.data.evaluate import Environment, EvaluationError
from gendsl.data.problems import Problems
from gendsl.ir.program import Program


def check_scored_twice(
    program: Program,
    env: Environment,
    missing: Mapping[str, NDArray[np.bool_]],
    problems: Problems,
) -> None:
    """Warn of entries of data for which two statements hold; missing ones are scored by none.

    The linter has said so where it is certain without the data.
    """
    for pair in pairs(program):
        datum = program.datum(pair.data)
        if pair.is_sure or datum is None or pair.data not in env.arrays:
            continue
        try:
            sites = (pair.first, pair.second)
            both = [entries_scored(site, env).along(datum.dims, env) for site in sites]
        except EvaluationError:
            continue  # a condition of what is inferred
        is_shared = both[0] & both[1]
        if pair.data in missing:
            is_shared = is_shared & ~np.asarray(missing[pair.data])
        count = int(is_shared.sum())
        if count:
            place = f" at {count} of its {is_shared.size} entries"
            problems.notes.append(overlap(pair, place))
