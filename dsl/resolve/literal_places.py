"""The dimensions of array literals among the arguments of distributions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.wording import listed
from gendsl.distributions.family import Family
from gendsl.distributions.table import FAMILIES
from gendsl.frontend import ast
from gendsl.ir.expr import Dims
from gendsl.ir.program import Dimension
from gendsl.resolve.beside import has_literal
from gendsl.resolve.build import number
from gendsl.resolve.expressions import Expressions
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.free import free_names
from gendsl.resolve.literals import literal_depth
from gendsl.resolve.symbols import Context


def matrix_place(expressions: Expressions, written: ast.Expr, event: str) -> Dims:
    """Rows and columns of a matrix literal: one draw's dimension and the one that is like it."""
    if literal_depth(written) == 0:
        return ()
    symbols = expressions.symbols
    twins = [d for d in symbols.dims if d != event and symbols.are_alike(d, event)]
    if len(twins) == 1:
        return (event, twins[0])
    raise expressions.fail(
        "G0219",
        "the columns of this matrix need a dimension"
        if not twins
        else f"the columns of this matrix could be {' or '.join(f'`{d}`' for d in twins)}",
        written.span,
        "which dimension is this?",
        help=f"declare a twin of `{event}`: `dim other like {event}`"
        if not twins
        else f"name it, `let K[{event}, {twins[0]}] = ...`, then use `K`",
    )


def category_of_literal(
    expressions: Expressions,
    family: Family,
    written: ast.Expr,
    components: ast.Expr | None,
    site: Dims,
    context: Context,
) -> str:
    """The dimension of probabilities, weights or cutpoints that are written as a literal.

    That over which the one component varies; components that are listed, and cutpoints, have a
    dimension of their own.
    """
    literal = next(_literals(written))
    if family.name == "Mixture" and isinstance(components, ast.Call):
        return _of_component(expressions, literal, components, site, context)
    if family.name != "Categorical":
        return _own(expressions, "component" if family.name == "Mixture" else "cutpoint", literal)
    raise expressions.fail(
        "G0219",
        "nothing says what these are the categories of",
        literal.span,
        "which dimension is this?",
        help="say of what: `z[row] : k ~ Categorical([...])`, with `dim k`; one probability is"
        " `Bernoulli(p)`",
    )


def _of_component(
    expressions: Expressions,
    literal: ast.Array,
    component: ast.Call,
    site: Dims,
    context: Context,
) -> str:
    found = [d for d in _varies_over(expressions, component, context) if d not in site]
    if len(found) == 1:
        return found[0]
    if not found and any(map(has_literal, _arguments(component))):
        return _own(expressions, "component", literal)
    raise expressions.fail(
        "G0219",
        "nothing says along which dimension these weights lie",
        literal.span,
        "which dimension is this?",
        help="let the component vary along it, `Normal(mu, sigma)` with `mu[k]`, or list the"
        " components: `Mixture([0.3, 0.7], [Normal(0, 1), Normal(5, 1)])`"
        if not found
        else f"the component varies over {listed(found)}; name the weights,"
        f" `let w[{found[-1]}] = ...`, then use `w`",
    )


def _own(expressions: Expressions, name: str, literal: ast.Array) -> str:
    """A new dimension, as long as a literal, that the model itself does not name."""
    symbols, count = expressions.symbols, 1
    own = name
    while own in symbols.dims or own in symbols.quantities:
        count += 1
        own = f"{name}.{count}"
    size = number(len(literal.items), literal.span)
    symbols.dims[own] = Dimension(own, size, None, False, None, None, literal.span)
    return own


def _literals(node: ast.Expr) -> Iterator[ast.Array]:
    """The outermost array literals that say how deep an expression's literals are."""
    match node:
        case ast.Array():
            yield node
        case ast.Unary(operand=operand):
            yield from _literals(operand)
        case ast.Binary(left=left, right=right):
            yield from _literals(left)
            yield from _literals(right)
        case ast.Call(arguments=arguments):
            for argument in arguments:
                yield from _literals(argument.value)
        case _:
            return


def _arguments(call: ast.Call) -> Iterator[ast.Expr]:
    """The numbers that a distribution is given, those of distributions inside it included."""
    for argument in call.arguments:
        match argument.value:
            case ast.Call(function=function) as inner if function.id in FAMILIES:
                yield from _arguments(inner)
            case value:
                yield value


def _varies_over(expressions: Expressions, call: ast.Call, context: Context) -> Dims:
    """What the arguments of a distribution vary over; what is wrong with them is said later."""
    written = [a for a in _arguments(call) if not has_literal(a)]
    for free in (name for a in written for name in free_names(a)):
        if free.id in expressions.symbols.quantities:
            expressions.kind_of(free.id)
    found: dict[str, None] = {}
    with _silence(expressions):
        for argument in written:
            try:
                found |= dict.fromkeys(expressions.resolve(argument, context).dims)
            except Unresolved:
                continue
    return tuple(found)


@contextmanager
def _silence(expressions: Expressions) -> Iterator[None]:
    """Reading that reports nothing and forgets what it found wrong."""
    reporter, reported = expressions.reporter, set(expressions.reported)
    checked = dict(expressions.checked_locals)
    expressions.reporter = Reporter()
    try:
        yield
    finally:
        expressions.reporter, expressions.reported = reporter, reported
        expressions.checked_locals = checked
