"""Indices between the brackets of a call: `blood[subject_of](t)`, `f[region_of](x)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.frontend import ast
from gendsl.ir.expr import Dims, Expr
from gendsl.ir.types import Kind
from gendsl.resolve.symbols import Context

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

Indexed = tuple[ast.Binder, str, Expr]
"""What is written, the dimension into which it points, and the index."""


def bracketed_indices(
    expressions: Expressions, node: ast.DimCall, dims: Dims, context: Context, example: str
) -> tuple[Indexed, ...]:
    """The indices of a call of what varies over `dims`; names of these themselves are left out.

    `example` is how such a call is written, with `{}` for the name.

    Raises:
        Unresolved: for what is no index, or points into another dimension.
    """
    name = node.function.id
    found: dict[str, Indexed] = {}
    for binder in node.binders:
        if binder.lower is not None or binder.by is not None:
            raise expressions.fail(
                "G0209",
                f"between the brackets of `{name}` stand indices",
                binder.span,
                "not an index",
                help=f"write `{example.format(name)}`",
            )
        if binder.dim in dims:
            continue
        index = expressions.name(binder.dim, binder.span, context)
        if index.type.kind is not Kind.INDEX:
            raise expressions.fail(
                "G0208",
                f"`{binder.dim}` is no index",
                binder.span,
                f"`{name}` has dimensions [{', '.join(dims)}]",
                help="an index is data whose type is a dimension: `data subject_of[row] : subject`",
            )
        alike = (d for d in dims if expressions.symbols.are_alike(d, index.type.dim or ""))
        into = next((d for d in alike if d not in found), None)
        if into is None:
            raise expressions.fail(
                "G0209",
                f"`{binder.dim}` does not index `{name}`",
                binder.span,
                f"points into `{index.type.dim}`",
                help=f"`{name}` has dimensions [{', '.join(dims)}]"
                if dims
                else f"there is one `{name}`: leave the brackets out",
            )
        found[into] = binder, into, index
    return tuple(found.values())
