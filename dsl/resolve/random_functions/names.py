"""Kernels and random functions by name, before any right side is read."""

from __future__ import annotations

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.frontend import ast
from gendsl.ir.expr import Dims
from gendsl.resolve.expressions import Expressions
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.symbols import Meaning, Symbol
from gendsl.resolve.symbols_of_functions import KernelSymbol, RandomFunction, is_random_function
from gendsl.resolve.targets import target_shape


def declare_functions(expressions: Expressions, statements: tuple[ast.Statement, ...]) -> None:
    """Enter every `kernel` and every `f ~ GP(...)`."""
    symbols = expressions.symbols
    for statement in statements:
        match statement:
            case ast.KernelStatement(name=name, name_span=span):
                if _is_free(expressions, name, span):
                    symbols.kernels[name] = KernelSymbol(statement)
                    symbols.quantities[name] = Symbol(name, (), Meaning.KERNEL, span)
            case ast.SampleStatement(target=target) if is_random_function(statement):
                if not _is_free(expressions, target.name, target.name_span):
                    continue
                dims = _dims(expressions, statement)
                symbols.quantities[target.name] = Symbol(
                    target.name, dims or (), Meaning.FUNCTION, target.span, is_broken=dims is None
                )
                symbols.random_functions[target.name] = RandomFunction(statement, dims or ())
            case _:
                pass


def _dims(expressions: Expressions, statement: ast.SampleStatement) -> Dims | None:
    """The dimensions over which there is one function each; `None` where the statement is wrong."""
    target = statement.target
    wrong: tuple[Span, str, str] | None = None
    if statement.is_predict:
        wrong = (statement.span, "a function that is only predicted", "drop `predict` here")
    elif statement.type is not None:
        wrong = (statement.type.span, "a type", "a random function is real: drop the type")
    elif statement.where is not None:
        wrong = (statement.where.span, "a condition", "put `where` beside what is observed")
    elif statement.parameterisation is not None:
        wrong = (
            statement.span,
            f"`as {statement.parameterisation}`",
            "say how it is solved: `approx = exact(collapse = false)`",
        )
    elif statement.distribution.given:
        given = statement.distribution.given[0]
        wrong = (given.span, "a context", "rows are those of `y[row] ~ Normal(f(x), sigma)`")
    try:
        shape = target_shape(expressions, target)
    except Unresolved:
        return None
    if shape.restricted is not None:
        wrong = (shape.restricted.span, "a part of a dimension", "name whole dimensions")
    if wrong is None:
        return shape.dims
    span, label, help = wrong
    expressions.fail("G0467", f"`{target.name}` is a random function", span, label, help=help)
    return None


def _is_free(expressions: Expressions, name: str, span: Span) -> bool:
    """Whether a name stands for nothing yet; what it stands for is reported."""
    symbols = expressions.symbols
    earlier = symbols.quantities.get(name)
    if earlier is None and name not in symbols.dims:
        return True
    where = earlier.span if earlier is not None else symbols.dims[name].span
    expressions.fail(
        "G0204",
        f"`{name}` is defined twice",
        span,
        "the second time",
        secondary=(Label(where, "the first time"),),
        help="give one of them another name",
    )
    return False
