"""`f(x, z)`: a random function on a full grid, the points of each side along a dimension."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.frontend import ast
from gendsl.ir.expr import Dims, Expr, Gather, IndexOf, Pick, Ref
from gendsl.ir.program import Dimension
from gendsl.ir.types import REAL
from gendsl.resolve.build import number
from gendsl.resolve.random_functions.limits import check_members
from gendsl.resolve.random_functions.moving import moved
from gendsl.resolve.random_functions.reading import read_function
from gendsl.resolve.symbols import Context, Meaning, Symbol
from gendsl.resolve.symbols_of_functions import Evaluation, RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

SIDES = 2


def on_grid(
    expressions: Expressions,
    function: RandomFunction,
    node: ast.Call | ast.DimCall,
    context: Context,
    asked: str,
) -> Expr:
    """The values at all pairs of points.

    Raises:
        Unresolved: for other than two arguments, several functions, and points of a table.
    """
    from gendsl.resolve.random_functions.calls import point_of

    name = function.name
    is_named = any(argument.name is not None for argument in node.arguments)
    if asked != "value" or is_named or len(node.arguments) != SIDES:
        given = "named here" if is_named else f"{len(node.arguments)} given"
        if asked != "value":
            given = f"the {asked} is asked for"
        raise expressions.fail(
            "G0460",
            f"`{name}` is a function on a grid, of the points of its two sides",
            node.span,
            given,
            secondary=(Label(function.statement.distribution.span, "by this solver"),),
            help=f"write `{name}(x, z)` where the left side has the dimensions of both, `y[row,"
            " col]`; points one by one are for `approx = exact`",
        )
    check_members(expressions, function, read_function(expressions, function))
    sides = [point_of(expressions, function, a, node, context) for a in node.arguments]
    rows = [
        _row(expressions, function, p, a, context)
        for p, a in zip(sides, node.arguments, strict=True)
    ]
    if rows[0] is not None and rows[0] == rows[1]:
        raise expressions.fail(
            "G0776",
            f"the points of `{name}` are no grid",
            node.span,
            f"both sides are along `{rows[0]}`",
            help=f"a grid has a dimension for each side, `y[row, col] ~ Normal({name}(x, z), s)`;"
            " a table of points is `data X[row, axis]` and `approx = exact`",
        )
    known = tuple(e.axes for e in function.evaluations)
    axes = tuple(
        _axis(expressions, function, side, point, row, argument, tuple(a[side] for a in known))
        for side, (point, row, argument) in enumerate(zip(sides, rows, node.arguments, strict=True))
    )
    found = next((e for e in function.evaluations if e.axes == axes), None)
    if found is None:
        found = _grid(expressions, function, node, axes)
        function.evaluations.append(found)
    return _at_rows(found, rows, node)


def _row(
    expressions: Expressions,
    function: RandomFunction,
    point: Expr,
    argument: ast.Argument,
    context: Context,
) -> str | None:
    """The dimension of the points of one side; `None` for one point."""
    from gendsl.resolve.random_functions.reading import read_function

    by_kernel = read_function(expressions, function).inputs
    rows = [d for d in point.dims if d in context.kept and d not in by_kernel]
    inputs = [d for d in point.dims if d not in rows]
    if len(rows) > 1 or (inputs and not rows):
        along = f"[{', '.join(point.dims)}]"
        raise expressions.fail(
            "G0776",
            f"the points of a side of `{function.name}` are not along one dimension of the left"
            " side",
            argument.value.span,
            f"varies over {along}",
            help=f"each side has a dimension of its own: `y[row, col] ~ Normal({function.name}(x,"
            " z), s)`, `data x[row] : real`, `data z[col] : real`",
        )
    return rows[0] if rows else None


def _axis(
    expressions: Expressions,
    function: RandomFunction,
    side: int,
    point: Expr,
    row: str | None,
    argument: ast.Argument,
    known: tuple[Evaluation, ...],
) -> Evaluation:
    """The points of one side, those of a call before if they are the same ones."""
    for axis in known:
        if axis.written == point and (axis.point != point or row is not None):
            return axis
    symbols, span = expressions.symbols, argument.value.span
    inputs = tuple(d for d in point.dims if d != row)
    if known and set(known[0].inputs) != set(inputs):
        raise expressions.fail(
            "G0465",
            f"the points of `{function.name}` have other coordinates elsewhere",
            span,
            f"here [{', '.join(inputs)}]" if inputs else "numbers here",
            secondary=(Label(known[0].span, "these points"),),
            help="all points of a side have the same coordinates",
        )
    text = " ".join(span.text.split())
    name = f"{function.name}({text}, .)" if side == 0 else f"{function.name}(., {text})"
    while name in symbols.quantities:
        name += "'"
    own, given = row, point
    taken = {r for e in function.evaluations for r in e.rows}
    if row is None or row in taken:
        place = sum(d.startswith(f"{row or function.name}.") for d in symbols.dims) + 2
        own = f"{row or function.name}.{place}"
        size = number(1) if row is None else None
        symbols.dims[own] = Dimension(own, size, None, False, None, row, span)
        if row is None:
            given = Ref(f"{name}.point", (own, *inputs), REAL, span)
            symbols.quantities[given.name] = Symbol(given.name, given.dims, Meaning.EQUATION, span)
        else:
            given = moved(point, row, own)
    assert own is not None
    symbols.quantities[name] = Symbol(name, (own,), Meaning.EQUATION, span)
    axis = Evaluation(name, point, given, own, inputs, span)
    if axis.twin not in symbols.dims:
        symbols.dims[axis.twin] = Dimension(axis.twin, None, None, False, None, own, span)
    return axis


def _grid(
    expressions: Expressions,
    function: RandomFunction,
    node: ast.Call | ast.DimCall,
    axes: tuple[Evaluation, ...],
) -> Evaluation:
    quantities = expressions.symbols.quantities
    texts = (" ".join(a.value.span.text.split()) for a in node.arguments)
    name = f"{function.name}({', '.join(texts)})"
    while name in quantities:
        name += "'"
    rows: Dims = tuple(axis.row for axis in axes)
    quantities[name] = Symbol(name, rows, Meaning.EQUATION, node.span)
    inputs = tuple(dict.fromkeys(d for axis in axes for d in axis.inputs))
    return replace(axes[0], name=name, inputs=inputs, span=node.span, axes=axes)


def _at_rows(found: Evaluation, rows: list[str | None], node: ast.Call | ast.DimCall) -> Expr:
    """The values along the dimensions of the left side."""
    value: Expr = Ref(found.name, found.rows, REAL, node.span)
    for own, row in zip(found.rows, rows, strict=True):
        if row is None:
            left = tuple(d for d in value.dims if d != own)
            value = Pick(value, own, 0, left, REAL, node.span)
        elif own != row:
            dims = tuple(row if d == own else d for d in value.dims)
            value = Gather(value, ((own, IndexOf(row, own)),), dims, REAL, node.span)
    return value
