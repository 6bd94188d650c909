"""Boxes of Hilbert-space approximations: which points lie inside, and how many waves there are."""

from __future__ import annotations

import numpy as np

from gendsl.data.evaluate import Environment, EvaluationError, broadcast, evaluate
from gendsl.data.problems import Problems
from gendsl.data.raw import Array
from gendsl.ir.expr import Expr
from gendsl.ir.program import Box, Equation, FunctionChoice, Program
from gendsl.ir.walk import names_in

MANY = 5000
"""More waves than this are refused: a matrix of them by them is made."""


def check_boxes(program: Program, env: Environment, problems: Problems) -> None:
    """Report what can't be approximated in a box, as far as data alone tell."""
    for function in program.functions:
        if function.box is None:
            continue
        count = function.box.waves ** (
            env.size(function.box.coordinates) if function.box.coordinates is not None else 1
        )
        if count > MANY:
            problems.error(
                "G0642",
                f"`{function.name}` would have {count:,} waves",
                function.span,
                label=f"{function.box.waves} for each of the members of"
                f" `{function.box.coordinates}`"
                if function.box.coordinates is not None
                else f"more than {MANY:,}",
                help="give a smaller `m`, or write `approx = inducing(m = 128)`",
            )
            continue
        _check_points(program, function, function.box, env, problems)


def _check_points(
    program: Program, function: FunctionChoice, box: Box, env: Environment, problems: Problems
) -> None:
    try:
        centre = _value(box.centre, program, env)
        edge = _value(box.edge, program, env)
    except EvaluationError:
        return
    if (edge <= 0).any():
        problems.error(
            "G0642",
            f"the points of `{function.name}` are all the same: they span no box",
            function.span,
            label="how wide should it be?",
            help="write `approx = exact`",
        )
        return
    for points, row in box.predicted:
        try:
            found = _value(points, program, env)
        except EvaluationError:
            continue
        found = found[None] if row is None else np.moveaxis(found, points.dims.index(row), 0)
        share = np.abs(found - centre) / edge
        outside = share.reshape(len(share), -1).max(1, initial=0) > 1
        if outside.any():
            wider = float(np.ceil(11 * box.share * share.max()) / 10)
            problems.error(
                "G0642",
                f"`{function.name}` is called outside of its box",
                points.span or function.span,
                label=f"{int(outside.sum())} of {outside.size} points",
                help=f"its waves are mirrored there: `L = {wider:g}` holds all points, with as"
                " many more waves, `m`",
            )


def _value(expr: Expr, program: Program, env: Environment) -> Array:
    """The value of an expression of data, and of equations of data alone."""
    arrays = dict(env.arrays)
    equations = {n.name: n for n in program.nodes if isinstance(n, Equation) and n.slice is None}
    needed = [expr]
    order: list[Equation] = []
    while needed:
        for name in names_in(needed.pop()):
            if name not in arrays and name in equations and equations[name] not in order:
                order.append(equations[name])
                needed.append(equations[name].value)
    known = {each.name for each in order}
    for node in (n for n in program.nodes if isinstance(n, Equation) and n.name in known):
        value = evaluate(node.value, Environment(arrays, env.sizes, env.labels))
        arrays[node.name] = broadcast(value, node.value.dims, node.dims, env)
    return evaluate(expr, Environment(arrays, env.sizes, env.labels))
