"""Functions of arrays that no source calls: what is written for random functions."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gendsl.ir.array_functions import ARRAY_FUNCTIONS, MATRIX, VECTOR, ArrayFunctionRow
from gendsl.ir.window_functions import WINDOW_FUNCTIONS

_POINTS = "chain_points"
_NEIGHBOURS = "neighbours"
_COVARIANCE = "covariance_cholesky"

COVARIANCE_CHOLESKY = "covariance_cholesky"
DIAGONAL_ADDED = "diagonal_added"
"""Of a random function's covariance: its factor, and what that took."""

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
            ArrayFunctionRow(
                "before_in_order", (VECTOR,), (0, 1), "before_in_order({0}, {size})",
                "of each point those before it in an order; itself where there are fewer",
                helper=_NEIGHBOURS,
            ),
            ArrayFunctionRow(
                "nearest_before", ((0,), (1,)), (1, 2), "nearest_before({0}, {1}, {size})",
                "of each of the last points the nearest of those before it; itself if fewer",
                helper=_NEIGHBOURS,
            ),
            ArrayFunctionRow(
                "followed", ((0,), (1, 2), (1, 2), (1,)), (0,), "followed({0}, {1}, {2}, {3})",
                "v with v = start + weights * v of the neighbours, one point after another",
                helper="followed",
            ),
            ArrayFunctionRow(
                COVARIANCE_CHOLESKY, (MATRIX,), MATRIX, "covariance_cholesky({0})",
                "the Cholesky factor of a covariance, its diagonal raised where it has none",
                helper=_COVARIANCE,
            ),
            ArrayFunctionRow(
                DIAGONAL_ADDED, (MATRIX,), (), "diagonal_added({0})",
                "what `covariance_cholesky` adds to the diagonal, relative to its mean",
                helper=_COVARIANCE,
            ),
            ArrayFunctionRow(
                "grid_solve", ((0, 2), (0, 1), (2, 3), ()), (0, 2),
                "grid_solve({0}, {1}, {2}, {3})",
                "X with A X B' + noise X = R", helper="grids",
            ),
        )
    }
)  # fmt: skip
"""Functions by name."""


def array_function(name: str) -> ArrayFunctionRow | None:
    """The row of a function of arrays, one of the language or one that the compiler writes."""
    return ARRAY_FUNCTIONS.get(name) or CHAIN_FUNCTIONS.get(name) or WINDOW_FUNCTIONS.get(name)
