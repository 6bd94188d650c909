"""Basis functions of kernels that are a series of their own: waves of a period, a line, one number.

exp(-2 sin(t / 2)^2 / len^2) = Σ_j q_j cos(j t) for `Periodic`, j from 0 to m - 1, q_j by a sum over
4 m angles, which is exact but for waves beyond 3 m. Source: Riutort-Mayol et al. (2022), app. B.
"""

from __future__ import annotations

from gendsl.ir.expr import Coordinate, Dims, Expr, Reduce
from gendsl.ir.types import REAL
from gendsl.resolve.build import PI, number, op
from gendsl.resolve.random_functions.covariance import is_zero
from gendsl.resolve.random_functions.hilbert_parts import Part
from gendsl.resolve.random_functions.table import formula
from gendsl.resolve.random_functions.weight_space import WeightSpace
from gendsl.resolve.symbols import Context
from gendsl.resolve.symbols_of_functions import Evaluation

TINY = 1e-36
"""Below this the variance of a weight is taken for this: its root has no slope at 0."""


def own_basis(
    writer: WeightSpace, part: Part, at: Evaluation, inputs: Dims, count: int
) -> tuple[Expr, Dims]:
    """The basis functions at some points, each with its scale, and the dimensions of weights."""
    arguments = dict(part.term.arguments)
    match part.term.row.name:
        case "Constant":
            return arguments["scale"], ()
        case "Linear":
            centred, order = at.point, (*writer.dims_of(at), *inputs)
            if not is_zero(arguments["centre"]):
                centred = op("-", (centred, arguments["centre"]), order)
            return op("*", (arguments["scale"], centred), order), inputs
        case _:
            waves = f"{writer.function.name}.waves"
            return _waves(writer, waves, part, at, count), (waves,)


def _waves(writer: WeightSpace, waves: str, part: Part, at: Evaluation, count: int) -> Expr:
    """Cosines and sines of the period, each times the root of its variance."""
    angles = f"{writer.function.name}.angles"
    if waves not in writer.expressions.symbols.dims:
        writer.dimension(waves, number(2 * count - 1))
        writer.dimension(angles, number(4 * count))
    arguments = {**dict(part.term.arguments), "pi": PI, "m": number(count)}
    order = (*writer.function.dims, at.row, waves, angles)
    context = Context(order, order, {**arguments, "k": Coordinate(waves), "x": at.point})
    read = writer.expressions.number_of
    context = context.binding("j", read(formula("floor((k + 1) / 2)"), context))
    context = context.binding("i", Coordinate(angles))
    context = context.binding("t", read(formula("pi * i / (2 * m)"), context))
    each = read(formula("exp((cos(t) - 1) / len^2) * cos(j * t)"), context)
    dims = tuple(d for d in each.dims if d != angles)
    mean = Reduce("mean", (angles,), each, dims, REAL, writer.span)
    context = context.binding("q", mean).binding("tiny", number(TINY))
    spread = read(formula("sqrt(max(if(k == 0, 1, 2) * q, tiny))"), context)
    wave = read(formula("cos(2 * pi * j * x / period - pi / 2 * mod(k, 2))"), context)
    return op("*", (wave, spread), order)
