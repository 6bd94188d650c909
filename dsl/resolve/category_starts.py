"""Chains of categories whose start is missing, or known: `z[time = first] = 0`, `= "calm"`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.distributions.support import SupportKind
from gendsl.distributions.table import FAMILIES
from gendsl.frontend import ast
from gendsl.ir.expr import Const, Dims, Expr, LabelOf, Ref
from gendsl.ir.types import Kind
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.free import free_names
from gendsl.resolve.symbols import Context, is_restricted

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


def category_of_chain(expressions: Expressions, name: str) -> str | None:
    """The dimension whose members a chain of categories takes, by its step; None if it is none.

    The step says it by its type, or by the one dimension of which its weights are: that which the
    chain itself lacks. A matrix of transitions has it twice.
    """
    steps = _steps(expressions, name)
    if len(steps) != 1 or not _draws_categories(steps[0]):
        return None
    step, symbols = steps[0], expressions.symbols
    if step.type is not None:
        return step.type.name if step.type.name in symbols.dims else None
    named = {n.id for a in step.distribution.arguments for n in free_names(a.value)} - {name}
    read = [symbols.quantities[n].dims for n in sorted(named) if n in symbols.quantities]
    own = {symbols.base_dim(dim) for dim in symbols.quantities[name].dims}
    free = [tuple(d for d in dims if symbols.base_dim(d) not in own) for dims in read]
    twice = [d for dims in free for d in dims if _count(expressions, d, dims) > 1]
    found = twice or [d for dims in free for d in dims]
    return found[0] if len({symbols.base_dim(dim) for dim in found}) == 1 else None


def known_start(
    expressions: Expressions, statement: ast.EquationStatement, into: str, context: Context
) -> Expr:
    """The value of a start that is no index: a label, or the position of a category, from 0."""
    written = statement.value
    if isinstance(written, ast.String):
        labels = expressions.known_labels(into)
        if labels is not None and written.value not in labels:
            close = nearest(written.value, labels)
            raise expressions.fail(
                "G0206",
                f"`{into}` has no member `{written.value}`",
                written.span,
                "unknown member",
                secondary=(Label(expressions.symbols.dims[into].span, "declared here"),),
                help=f"did you mean `{close}`?" if close else f"its members are {listed(labels)}",
            )
        return LabelOf(into, written.value, written.span)
    value = expressions.resolve(written, context)
    if value.type.kind is Kind.INDEX:
        return value
    size = expressions.known_size(into)
    is_plain = isinstance(value, Ref)
    if value.type.kind is Kind.REAL or is_plain:
        raise _not_a_category(expressions, statement, into, is_plain)
    if isinstance(value, Const) and not 0 <= value.value < (size or value.value + 1):
        raise expressions.fail(
            "G0206",
            f"`{into}` has no position {value.value}",
            written.span,
            "positions count from 0" if value.value < 0 else f"the last is {(size or 0) - 1}",
            secondary=(Label(expressions.symbols.dims[into].span, "declared here"),),
            help="a start is the position of a category, from 0, or its label in quotes",
        )
    return value


def start_of_categories(
    expressions: Expressions, name: str, along: str, into: Dims, span: Span
) -> Unresolved | None:
    """Report a chain that looks back at what no start makes a category; nothing if it is none.

    What a chain of categories is made of is said by its start, for its step refers to itself.
    """
    definitions = expressions.symbols.quantities[name].definitions
    starts = [d for d in definitions if is_restricted(d)]
    steps = _steps(expressions, name)
    if len(steps) != 1 or not _draws_categories(steps[0]):
        return None
    if not starts:
        return expressions.fail(
            "G0404",
            f"`{name}` looks back along `{along}` and has no start",
            span,
            f"what is this at the first position of `{along}`?",
            secondary=(Label(steps[0].span, "nothing says where it starts"),),
            help=f"add one: `{name}[{along} = first] ~ ...`",
        )
    start = starts[0]
    if not isinstance(start, ast.EquationStatement):
        return None
    expressions.uncertain.add(name)
    return _not_a_category(expressions, start, into[0] if into else "state", is_data=False)


def _not_a_category(
    expressions: Expressions, start: ast.EquationStatement, into: str, is_data: bool
) -> Unresolved:
    name = start.target.name
    (step,) = _steps(expressions, name)
    left = step.target.span.text
    text = start.value.span.text
    dims = expressions.symbols.quantities[text].dims if is_data else ()
    data = f"{text}[{', '.join(dims)}]" if dims else text
    return expressions.fail(
        "G0303",
        f"`{name}` starts as a number, and is a category after that",
        start.value.span,
        "not a category",
        secondary=(Label(step.span, "draws categories"),),
        help=f"declare it as an index: `data {data} : {into}`"
        if is_data
        else f"say of what: `{left} : {into} ~ ...`; its start is a label, an index into `{into}`,"
        " or a position that counts from 0",
    )


def _steps(expressions: Expressions, name: str) -> list[ast.SampleStatement]:
    definitions = expressions.symbols.quantities[name].definitions
    return [d for d in definitions if not is_restricted(d) and isinstance(d, ast.SampleStatement)]


def _draws_categories(statement: ast.SampleStatement) -> bool:
    family = FAMILIES.get(statement.distribution.function.id)
    return family is not None and family.support.kind is SupportKind.INDEX


def _count(expressions: Expressions, dim: str, dims: Dims) -> int:
    return sum(expressions.symbols.are_alike(dim, other) for other in dims)
