"""`prey(ts)`, `central[subject_of](t)`: a state at times, for members that an index names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.frontend import ast
from gendsl.ir.expr import Dims, Expr, Gather, Ref
from gendsl.ir.types import REAL
from gendsl.ir.walk import names_in
from gendsl.resolve.bracketed_indices import bracketed_indices
from gendsl.resolve.build import union
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.looks import looks
from gendsl.resolve.symbols import Context, Meaning, OdeSymbol, Symbol

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


def is_inside(expressions: Expressions, expr: Expr) -> bool:
    """Whether an expression refers to what means something among the equations only."""
    quantities = expressions.symbols.quantities
    return any(quantities[name].meaning is Meaning.STATE for name in names_in(expr))


def no_time(expressions: Expressions, name: str, span: Span) -> Unresolved:
    """Report a state, or another name of an `ode` block, where a value should stand."""
    symbols = expressions.symbols
    ode = symbols.ode_of.get(name)
    where = (Label(symbols.quantities[name].span, "defined here"),)
    if ode is None or name not in symbols.odes[ode].states:
        return expressions.fail(
            "G0423",
            f"`{name}` means nothing outside of its equations",
            span,
            "not a quantity",
            secondary=where,
            help="what the model uses of them is a state at some times: `x(ts)`",
        )
    return expressions.fail(
        "G0423",
        f"`{name}` is a function of time",
        span,
        "at which times?",
        secondary=where,
        help=f"say at which: `{name}(ts)`, with `data ts[time] : real`",
    )


def solution(expressions: Expressions, node: ast.Call | ast.DimCall, context: Context) -> Expr:
    """A state at the times that are given, each distinct request once."""
    symbols = expressions.symbols
    name = node.function.id
    ode = symbols.odes[symbols.ode_of[name]]
    symbol = symbols.quantities[name]
    if name not in ode.states:
        raise no_time(expressions, name, node.function.span)
    if symbol.is_broken:
        raise Unresolved
    if name in context.bindings:
        raise expressions.fail(
            "G0423",
            f"the equations of `{ode.statement.name}` ask for `{name}` at another time",
            node.span,
            "not known while they are solved",
            help=f"inside, `{name}` alone is its value at the time `{ode.time}`; delays and"
            " integrals need a state of their own",
        )
    [argument] = _single(expressions, node)
    times = expressions.number_of(argument.value, context)
    if is_inside(expressions, times):
        raise expressions.fail(
            "G0423",
            f"`{name}` is asked for at a time that is not known yet",
            node.span,
            "while other equations are solved",
            help="put the equations into one `ode` block: then the name alone is the state's value",
        )
    _check_times(expressions, times, argument.value.span, name)
    dims = (*times.dims, *(d for d in symbol.dims if d not in times.dims))
    found = Ref(_request(ode, expressions, name, times, dims, argument), dims, REAL, node.span)
    if isinstance(node, ast.Call):
        return found
    indices = _indices(expressions, node, symbol.dims, times.dims, context)
    if not indices:
        return found
    gathered = {dim for dim, _ in indices}
    rest = tuple(d for d in dims if d not in gathered)
    parts = (*(index.dims for _, index in indices), rest)
    return Gather(found, indices, union(parts, context.order), REAL, node.span)


def _check_times(expressions: Expressions, times: Expr, span: Span, name: str) -> None:
    """Every state is asked for at all of its times at once, so each of them must exist."""
    shift = next(iter(looks(times)), None)
    if shift is None:
        return
    end = "last" if shift.lag < 0 else "first"
    dim = shift.dim
    raise expressions.fail(
        "G0404",
        f"`{name}` is asked for at a time that does not exist at the {end} position of `{dim}`",
        shift.span or span,
        f"what is this at the {end} position of `{dim}`?",
        help=f"name the state at all times, `let at[{dim}] = {name}(ts)`, and look back at that"
        f" where there is a start: `d[{dim} = first] = ...`, `d[{dim}] = at - at[{dim} - 1]`",
    )


def _single(expressions: Expressions, node: ast.Call | ast.DimCall) -> tuple[ast.Argument, ...]:
    name = node.function.id
    if len(node.arguments) != 1 or node.arguments[0].name is not None:
        raise expressions.fail(
            "G0212",
            f"`{name}` is a function of time alone",
            node.span,
            f"{len(node.arguments)} given" if len(node.arguments) != 1 else "named here",
            help=f"write `{name}(ts)`",
        )
    return node.arguments


def _request(
    ode: OdeSymbol,
    expressions: Expressions,
    state: str,
    times: Expr,
    dims: Dims,
    written: ast.Argument,
) -> str:
    """The name of the quantity that holds the state at these times."""
    if times not in ode.times:
        ode.times.append(times)
    key = (state, ode.times.index(times))
    if key not in ode.solutions:
        name = f"{state}({' '.join(written.value.span.text.split())})"
        while name in expressions.symbols.quantities:
            name += "'"
        expressions.symbols.quantities[name] = Symbol(name, dims, Meaning.EQUATION, written.span)
        ode.solutions[key] = name
    return ode.solutions[key]


def _indices(
    expressions: Expressions, node: ast.DimCall, dims: Dims, events: Dims, context: Context
) -> tuple[tuple[str, Expr], ...]:
    """The indices between the brackets, by the dimension into which each points."""
    found = bracketed_indices(expressions, node, dims, context, "{}[subject_of](t)")
    for binder, into, index in found:
        if into in events:
            raise expressions.fail(
                "G0209",
                f"`{binder.dim}` does not index `{node.function.id}`",
                binder.span,
                f"points into `{index.type.dim}`",
                help=f"the times vary over `{into}` already: drop the index",
            )
    return tuple((into, index) for _, into, index in found)


def jump_indices(
    expressions: Expressions, node: ast.Call | ast.DimCall, dims: Dims, events: Dims
) -> tuple[tuple[str, Expr], ...]:
    """The members of a state that a jump changes."""
    if isinstance(node, ast.Call):
        return ()
    return _indices(expressions, node, dims, events, Context(events, events, {}))
