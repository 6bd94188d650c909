"""Sizes of spline bases against those of their knots, and whether the knots increase."""

from __future__ import annotations

import numpy as np

from gendsl.data.evaluate import Environment, EvaluationError, evaluate
from gendsl.data.problems import Problems
from gendsl.ir.expr import ArrayCall


def check_basis(call: ArrayCall, env: Environment, problems: Problems) -> None:
    """Report a basis of another size than its knots make, and knots of data out of order."""
    if call.name != "bspline" or call.span is None:
        return
    (basis,), (_, (knot,)), (degree,) = call.over, call.core, call.literals
    has, knots = env.sizes.get(basis), env.sizes.get(knot)
    if has is not None and knots is not None and has != knots + degree - 1:
        problems.error(
            "G0243",
            f"{knots} knots and degree {degree} make {knots + degree - 1} splines,"
            f" `{basis}` has {has}",
            call.span,
            label=f"along `{basis}`",
            help=f"let it follow from the knots: `dim {basis} = size({knot}) + {degree - 1}`",
        )
    try:
        values = evaluate(call.arguments[1], env)
    except EvaluationError:
        return
    along = call.arguments[1].dims.index(knot)
    if values.shape[along] < 2 or np.any(np.diff(values, axis=along) <= 0):
        problems.error(
            "G0243",
            "the knots of a spline are two or more, each beyond the one before",
            call.arguments[1].span or call.span,
            label="these knots",
            help="sort them, and leave out those that are equal",
        )
