"""Differential equations by name: which states there are, before any right side is read."""

from __future__ import annotations

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.frontend import ast
from gendsl.ir.expr import Dims
from gendsl.resolve.expressions import Expressions
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.symbols import Meaning, OdeSymbol, Symbol
from gendsl.resolve.targets import target_shape


def declare_odes(expressions: Expressions, statements: tuple[ast.Statement, ...]) -> None:
    """Enter every state, and every name that means something among the equations only."""
    symbols = expressions.symbols
    for statement in statements:
        if not isinstance(statement, ast.OdeStatement):
            continue
        if not _is_free(expressions, statement.name, statement.name_span):
            continue
        ode = OdeSymbol(statement, _time(expressions, statement))
        symbols.odes[statement.name] = ode
        _enter(expressions, statement.name, (), statement.name_span)
        _enter(expressions, ode.time_name, (), statement.name_span)
        for part in statement.parts:
            if not isinstance(part, ast.OdeDerivative | ast.OdeLet):
                continue
            target = part.target
            if not _is_free(expressions, target.name, target.name_span):
                continue
            dims = _dims(expressions, target)
            _enter(expressions, target.name, dims or (), target.name_span, is_broken=dims is None)
            symbols.ode_of[target.name] = statement.name
            if isinstance(part, ast.OdeDerivative):
                ode.states[target.name] = part


def _time(expressions: Expressions, statement: ast.OdeStatement) -> str:
    """The name of the time, which all derivatives share."""
    first: ast.OdeDerivative | None = None
    for part in statement.parts:
        if not isinstance(part, ast.OdeDerivative):
            continue
        first = first or part
        if part.time != first.time:
            expressions.fail(
                "G0422",
                f"the states of `{statement.name}` are functions of `{first.time}` and of"
                f" `{part.time}`",
                part.span,
                f"by `{part.time}`",
                secondary=(Label(first.span, f"by `{first.time}`"),),
                help="equations that are solved together have one time",
            )
    if first is None:
        expressions.fail(
            "G0421",
            f"`{statement.name}` has no equation",
            statement.name_span,
            "nothing says how its states change",
            help="a state is given by its derivative: `d/dt(x) = ...`, and by its start: `x(0) ="
            " ...`",
        )
        return "t"
    return first.time


def _dims(expressions: Expressions, target: ast.Target) -> Dims | None:
    try:
        shape = target_shape(expressions, target)
        if shape.restricted is not None:
            raise expressions.fail(
                "G0202",
                "a state has whole dimensions",
                shape.restricted.span,
                "a part of one",
                help=f"its start is written `{target.name}(0) = ...`",
            )
    except Unresolved:
        return None
    return shape.dims


def _enter(
    expressions: Expressions, name: str, dims: Dims, span: Span, is_broken: bool = False
) -> None:
    expressions.symbols.quantities[name] = Symbol(
        name, dims, Meaning.STATE, span, is_broken=is_broken
    )


def _is_free(expressions: Expressions, name: str, span: Span) -> bool:
    """Whether a name stands for nothing yet; what it stands for is reported."""
    symbols = expressions.symbols
    earlier = symbols.quantities.get(name)
    if earlier is None and name not in symbols.dims:
        return True
    if earlier is None:
        where, what = symbols.dims[name].span, "a dimension"
    else:
        where, what = earlier.span, "a state" if earlier.meaning is Meaning.STATE else "a quantity"
    expressions.fail(
        "G0204",
        f"`{name}` is {what} already",
        span,
        "the second time",
        secondary=(Label(where, "the first time"),),
        help="a state is a function of time; its values are a quantity of another name:"
        f" `{name}_at[time] = {name}(ts)`"
        if what == "a quantity"
        else "give one of them another name",
    )
    return False
