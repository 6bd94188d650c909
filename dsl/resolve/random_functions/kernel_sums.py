"""`sum[q](k)` and `SpectralMixture[q](...)`: kernels that are added over dimensions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.frontend import ast
from gendsl.resolve.failure import attempt_each
from gendsl.resolve.random_functions.kernel_terms import read_term
from gendsl.resolve.random_functions.kernels import SumOver, read_kernel
from gendsl.resolve.random_functions.table import KERNELS

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


def sum_over(expressions: Expressions, node: ast.DimCall) -> SumOver:
    """A kernel for each member of the dimensions in the brackets, added.

    Raises:
        Unresolved: for brackets that name no dimension, and for a row that is no mixture.
    """
    name = node.function.id
    row = KERNELS.get(name)
    if row is not None and not row.is_mixture:
        raise expressions.fail(
            "G0470",
            f"`{name}` is one kernel, no sum over a dimension",
            node.span,
            "brackets name a dimension",
            help=f"write `sum[{node.binders[0].dim}]({name}(...))`",
        )
    for binder in node.binders:
        if binder.lower is not None or binder.by is not None:
            raise expressions.fail(
                "G0470",
                "kernels are added over whole dimensions",
                binder.span,
                "not a dimension alone",
                help=f"write `{name}[{binder.dim}](...)`",
            )
    attempt_each(lambda b: expressions.require_dim(b.dim, b.span), node.binders)
    over = tuple(dict.fromkeys(binder.dim for binder in node.binders))
    if row is None:
        return SumOver(over, read_kernel(expressions, node.arguments[0].value), node.span)
    call = ast.Call(node.function, node.arguments, node.span)
    return SumOver(over, read_term(expressions, row, call, is_summed=True), node.span)
