"""Functions of arrays that no source calls: what is written for the points of a chain."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gendsl.ir.array_functions import ARRAY_FUNCTIONS, VECTOR, ArrayFunctionRow

_POINTS = "chain_points"

CHAIN_FUNCTIONS: Mapping[str, ArrayFunctionRow] = MappingProxyType(
    {
        row.name: row
        for row in (
            ArrayFunctionRow(
                "sort_order", (VECTOR,), VECTOR, "sort_order({0})",
                "the places of the entries, from the smallest on", helper=_POINTS,
            ),
            ArrayFunctionRow(
                "sorted_gaps", (VECTOR,), VECTOR, "sorted_gaps({0})",
                "how far each of the sorted entries is from the one before", helper=_POINTS,
            ),
            ArrayFunctionRow(
                "joined", ((1,), (2,)), VECTOR, "joined({0}, {1})",
                "the entries of both, one after the other", helper=_POINTS,
            ),
            ArrayFunctionRow(
                "first_part", (VECTOR,), (1,), "first_part({0}, {size})",
                "the first entries", helper=_POINTS,
            ),
            ArrayFunctionRow(
                "last_part", (VECTOR,), (1,), "last_part({0}, {size})",
                "the last entries", helper=_POINTS,
            ),
            ArrayFunctionRow(
                "markov_values", (VECTOR, (), VECTOR, (1,), (0, 1, 2), (0, 1, 2)), VECTOR,
                "markov_values({0}, {1}, {2}, {3}, {4}, {5})",
                "L w, with L the Cholesky factor of a function's covariance",
                helper="markov_values",
            ),
        )
    }
)  # fmt: skip
"""Functions by name."""


def array_function(name: str) -> ArrayFunctionRow | None:
    """The row of a function of arrays, one of the language or one of this table."""
    return ARRAY_FUNCTIONS.get(name) or CHAIN_FUNCTIONS.get(name)
