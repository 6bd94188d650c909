"""Chains of categories whose start is missing, or is a number where a category should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.distributions.support import SupportKind
from gendsl.distributions.table import FAMILIES
from gendsl.frontend import ast
from gendsl.ir.expr import Dims
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.symbols import is_restricted

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


def start_of_categories(
    expressions: Expressions, name: str, along: str, into: Dims, span: Span
) -> Unresolved | None:
    """Report a chain that looks back at what no start makes a category; nothing if it is none.

    What a chain of categories is made of is said by its start, for its step refers to itself.
    """
    definitions = expressions.symbols.quantities[name].definitions
    starts = [d for d in definitions if is_restricted(d)]
    steps = [d for d in definitions if not is_restricted(d) and isinstance(d, ast.SampleStatement)]
    if len(steps) != 1 or not _draws_categories(steps[0]):
        return None
    left = f"{name}[{along} = first]"
    if not starts:
        return expressions.fail(
            "G0404",
            f"`{name}` looks back along `{along}` and has no start",
            span,
            f"what is this at the first position of `{along}`?",
            secondary=(Label(steps[0].span, "nothing says where it starts"),),
            help=f"add one: `{left} ~ ...`",
        )
    start = starts[0]
    if not isinstance(start, ast.EquationStatement):
        return None
    size = expressions.known_size(into[0]) if into else None
    value = start.value.value if isinstance(start.value, ast.Number) else None
    if into and size is not None and isinstance(value, int) and 0 <= value < size:
        odds = ", ".join("1" if k == value else "0" for k in range(size))
    else:
        odds = "1, 0, ..."
    dim = into[0] if into else "state"
    expressions.uncertain.add(name)
    return expressions.fail(
        "G0303",
        f"`{name}` starts as a number, and is a category after that",
        start.value.span,
        "not drawn from the categories",
        secondary=(Label(span, "looked back at as a category"),),
        help=f"a known start is drawn with certainty: `{left} : {dim} ~ Categorical([{odds}])`",
    )


def _draws_categories(statement: ast.SampleStatement) -> bool:
    family = FAMILIES.get(statement.distribution.function.id)
    return family is not None and family.support.kind is SupportKind.INDEX
