"""`f(x)`: which points a random function is called at, each distinct request once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.frontend import ast
from gendsl.ir.expr import Dims, Expr, Gather, IndexOf, Pick, Ref
from gendsl.ir.program import Dimension
from gendsl.ir.types import REAL
from gendsl.resolve.bracketed_indices import bracketed_indices
from gendsl.resolve.build import number, op, union
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.looks import looks
from gendsl.resolve.ode_calls import is_inside
from gendsl.resolve.random_functions.grids import on_grid
from gendsl.resolve.random_functions.moving import moved
from gendsl.resolve.symbols import Context, Meaning, Symbol
from gendsl.resolve.symbols_of_functions import Evaluation, Members, RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


def evaluation(
    expressions: Expressions,
    node: ast.Call | ast.DimCall,
    context: Context,
    asked: str = "value",
) -> Expr:
    """The values of a random function at the points that are given, or what else is `asked` of it.

    An integral is asked for with both ends.
    """
    from gendsl.resolve.random_functions.coregions import members_of_call
    from gendsl.resolve.random_functions.reading import read_function

    symbols = expressions.symbols
    name = node.function.id
    function = symbols.random_functions[name]
    if symbols.quantities[name].is_broken:
        raise Unresolved
    if read_function(expressions, function).solver.row.is_of_grids:
        return _members(
            expressions, node, on_grid(expressions, function, node, context, asked), context
        )
    n_points = 2 if asked == "integral" else 1
    if len(node.arguments) != n_points or node.arguments[0].name is not None:
        raise expressions.fail(
            "G0212",
            f"`{name}` is a function of one point",
            node.span,
            f"{len(node.arguments)} given" if len(node.arguments) != 1 else "named here",
            help=f"write `{name}(x)`; a point of several coordinates is an array, `data X[row, col]"
            " : real`; a grid of points is solved by `approx = kronecker`",
        )
    point = point_of(expressions, function, node.arguments[0], node, context)
    until = whole = None
    if n_points == 2:
        until = expressions.number_of(node.arguments[1].value, context)
        whole = op("-", (until, point), context.order)
    span = node.arguments[0].value.span
    row, inputs = _dims(expressions, function, whole or point, span, context)
    request = _Request(point, row, inputs, node, asked, until)
    if function.joint:
        members = members_of_call(expressions, function, node, context)
        row = _row_of_members(expressions, function, row, members, node.span)
        return _values(expressions, function, replace(request, row=row, members=members))
    return _members(expressions, node, _values(expressions, function, request), context)


def point_of(
    expressions: Expressions,
    function: RandomFunction,
    argument: ast.Argument,
    node: ast.Call | ast.DimCall,
    context: Context,
) -> Expr:
    """The points that are given, with the coordinates that the function has.

    Raises:
        Unresolved: for points that are unknown before the function is.
    """
    name, written = function.name, argument.value
    point = expressions.number_of(written, context)
    if is_inside(expressions, point):
        raise expressions.fail(
            "G0465",
            f"`{name}` is called inside differential equations",
            node.span,
            "its points are not known before they are solved",
            help="a random function is called at data, or at what is computed from quantities",
        )
    shift = next(iter(looks(point)), None)
    if shift is not None:
        raise expressions.fail(
            "G0404",
            f"`{name}` is called at a point that does not exist at the first position of"
            f" `{shift.dim}`",
            shift.span or written.span,
            "what is this there?",
            help=f"name its values, `let at[{shift.dim}] = {name}(x)`, and look back at those",
        )
    return _along(expressions, function, point, context)


@dataclass(frozen=True, slots=True)
class _Request:
    """What one call asks for: at which points along which dimension, of which members."""

    point: Expr
    row: str | None
    inputs: Dims
    node: ast.Call | ast.DimCall
    asked: str
    until: Expr | None
    members: Members = ()

    @property
    def name(self) -> str:
        """The call as the source has it."""
        texts = (" ".join(a.value.span.text.split()) for a in self.node.arguments)
        of = ", ".join(index.span.text for _, index in self.members if index.span is not None)
        name, given = self.node.function.id, f"({', '.join(texts)})"
        if self.asked == "value":
            return f"{name}[{of}]{given}" if of else f"{name}{given}"
        return f"{self.asked}[{name}, {of}]{given}" if of else f"{self.asked}[{name}]{given}"

    @property
    def span(self) -> Span:
        """Where the points stand."""
        return self.node.arguments[0].value.span


def _row_of_members(
    expressions: Expressions,
    function: RandomFunction,
    row: str | None,
    members: Members,
    span: Span,
) -> str | None:
    """The dimension of the points, along which the indices of members stand too."""
    other = next((d for _, index in members for d in index.dims if d != row), None)
    if other is not None:
        raise expressions.fail(
            "G0465",
            f"the members of `{function.name}` are not along its points",
            span,
            f"vary over [{other}], the points over [{row}]" if row else f"vary over [{other}]",
            help=f"give each its point: `data x[{other}] : real`",
        )
    return row


def _along(
    expressions: Expressions, function: RandomFunction, point: Expr, context: Context
) -> Expr:
    """The point with the coordinates that the function has: of `dim axis2 like axis`, `axis`."""
    from gendsl.resolve.random_functions.reading import read_function

    first = function.evaluations[0].inputs if function.evaluations else ()
    for dim in dict.fromkeys((*read_function(expressions, function).inputs, *first)):
        if dim in point.dims:
            continue
        for own in point.dims:
            if own not in (*context.kept, *first) and expressions.symbols.are_alike(own, dim):
                point = moved(point, own, dim)
                break
    return point


def _dims(
    expressions: Expressions, function: RandomFunction, point: Expr, span: Span, context: Context
) -> tuple[str | None, Dims]:
    """The dimension of the points, and those of the coordinates of one of them.

    What the left side has, or a reduction around the call, are points, unless the kernel has
    parameters over it.
    """
    from gendsl.resolve.random_functions.reading import read_function

    name = function.name
    by_kernel = read_function(expressions, function).inputs
    rows = tuple(d for d in point.dims if d in context.kept and d not in by_kernel)
    inputs = tuple(d for d in point.dims if d not in rows)
    if len(rows) > 1:
        raise expressions.fail(
            "G0465",
            f"the points of `{name}` vary over [{', '.join(rows)}]",
            span,
            "more than one dimension of points",
            help="let the points stand along one dimension: a long table with an index for each"
            f" dimension; coordinates of a point are a dimension that the left side lacks, as"
            f" `col` in `y[row] ~ Normal({name}(X), s)`, `data X[row, col]`",
        )
    if rows and rows[0] in function.dims and not function.joint:
        raise expressions.fail(
            "G0465",
            f"`{name}` is one function for each member of `{rows[0]}`, and its points are along it"
            " too",
            span,
            f"varies over [{rows[0]}]",
            secondary=(Label(function.statement.target.span, "one function for each member"),),
            help=f"one function at all of these points is `{_target(function, rows[0])} ~ GP(...)`",
        )
    if inputs and not rows and any(d not in by_kernel for d in inputs):
        left = f"[{', '.join(context.kept)}]" if context.kept else "no dimension"
        raise expressions.fail(
            "G0465",
            f"the points of `{name}` are not along the left side",
            span,
            f"varies over [{', '.join(inputs)}], the left side has {left}",
            help=f"call it where its points are: `q[{inputs[0]}] = {name}(...)`",
        )
    shared = next((d for d in by_kernel if d in context.kept), None)
    if shared is not None:
        raise expressions.fail(
            "G0464",
            f"a parameter of the kernel of `{name}` varies over [{shared}], as the left side does",
            span,
            f"`{shared}` would be the coordinates of one point, the same for all of the left side",
            secondary=(Label(function.statement.distribution.span, "with this kernel"),),
            help="a kernel is one number for two points: let no parameter vary over the points;"
            f" a point with the coordinates `{shared}` is called where the left side lacks them",
        )
    lacking = [d for d in by_kernel if d not in inputs]
    if lacking:
        raise expressions.fail(
            "G0464",
            f"a parameter of the kernel of `{name}` varies over [{', '.join(lacking)}]",
            span,
            f"varies over [{', '.join(point.dims)}]" if point.dims else "has no dimension",
            secondary=(Label(function.statement.distribution.span, "with this kernel"),),
            help=f"a length for each coordinate needs points with them: `data X[row, {lacking[0]}]"
            f" : real`; one function for each member is `{name}[{lacking[0]}] ~ GP(...)`",
        )
    first = function.evaluations[0] if function.evaluations else None
    if first is not None and set(first.inputs) != set(inputs):
        raise expressions.fail(
            "G0465",
            f"the points of `{name}` have other coordinates elsewhere",
            span,
            f"here [{', '.join(inputs)}]" if inputs else "numbers here",
            secondary=(
                Label(
                    first.span, f"there [{', '.join(first.inputs)}]" if first.inputs else "numbers"
                ),
            ),
            help="all points of a function have the same coordinates",
        )
    return (rows[0] if rows else None), inputs


def _target(function: RandomFunction, without: str) -> str:
    """The left side of a function, without a dimension."""
    rest = [d for d in function.dims if d != without]
    return f"{function.name}[{', '.join(rest)}]" if rest else function.name


def _values(expressions: Expressions, function: RandomFunction, request: _Request) -> Expr:
    """The quantity that holds the values; a dimension is a row of one evaluation only."""
    found = next((e for e in function.evaluations if _answers(e, request)), None)
    if found is None:
        found = _new(expressions, function, request)
        function.evaluations.append(found)
    span, row = request.span, request.row
    dims = (*function.dims, found.row)
    ref = Ref(found.name, dims, REAL, span)
    if row is None:
        return Pick(ref, found.row, 0, function.dims, REAL, span)
    if found.row == row:
        return ref
    back = ((found.row, IndexOf(row, found.row)),)
    return Gather(ref, back, (*function.dims, row), REAL, span)


def _answers(known: Evaluation, request: _Request) -> bool:
    """Whether an evaluation is the one that is asked for."""
    named = _named_point(known.name, known.row, request.inputs, request.span)
    return (
        known.written == request.point
        and known.written_members == request.members
        and (known.asked, known.written_until) == (request.asked, request.until)
        and (request.row is None) == (known.point == named)
    )


def _named_point(name: str, row: str, inputs: Dims, span: Span) -> Ref:
    """A single point as an array of one."""
    return Ref(f"{name}.point", (row, *inputs), REAL, span)


def _new(expressions: Expressions, function: RandomFunction, request: _Request) -> Evaluation:
    symbols = expressions.symbols
    name, row, span = request.name, request.row, request.span
    while name in symbols.quantities:
        name += "'"
    own = row
    taken = {e.row for e in function.evaluations}
    if row is None or row in taken:
        own = f"{row or function.name}.{len(function.evaluations) + 1}"
        size = number(1) if row is None else None
        symbols.dims[own] = Dimension(own, size, None, False, None, row, span)
    assert own is not None
    given, until, members = request.point, request.until, request.members
    if row is None:
        given = _named_point(name, own, request.inputs, span)
        symbols.quantities[given.name] = Symbol(given.name, given.dims, Meaning.EQUATION, span)
    elif own != row:
        given = moved(given, row, own)
        until = None if until is None else moved(until, row, own)
        members = tuple((d, moved(index, row, own)) for d, index in members)
    symbols.quantities[name] = Symbol(name, (*function.dims, own), Meaning.EQUATION, span)
    found = Evaluation(
        name, request.point, given, own, request.inputs, span, members, request.members,
        request.asked, until, request.until,
    )  # fmt: skip
    if found.twin not in symbols.dims:
        symbols.dims[found.twin] = Dimension(found.twin, None, None, False, None, own, span)
    return found


def _members(
    expressions: Expressions, node: ast.Call | ast.DimCall, values: Expr, context: Context
) -> Expr:
    """`f[region_of](x)`: for each point the function that an index names."""
    if isinstance(node, ast.Call):
        return values
    function = expressions.symbols.random_functions[node.function.id]
    found = {
        into: index
        for _, into, index in bracketed_indices(
            expressions, node, function.dims, context, "{}[region_of](x)"
        )
    }
    if not found:
        return values
    rest = tuple(d for d in values.dims if d not in found)
    parts = (*(index.dims for index in found.values()), rest)
    return Gather(values, tuple(found.items()), union(parts, context.order), REAL, node.span)
