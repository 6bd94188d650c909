"""`Coregion(B)`: functions that vary together, one for each member of a dimension.

With B over outputs, the covariance of f[o](x) and f[p](y) is B[o, p] k(x, y) for the kernel
`k * Coregion(B)`: the intrinsic model of coregionalisation; a sum of such products is the linear
one.
Source: Bonilla, Chai & Williams (2007), Multi-task Gaussian Process Prediction; Alvarez,
Rosasco & Lawrence (2012), Kernels for Vector-Valued Functions: a Review, sec. 4.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.frontend import ast
from gendsl.ir.expr import Const, Dims, Expr, Gather, Pick
from gendsl.ir.types import REAL
from gendsl.resolve.bracketed_indices import bracketed_indices
from gendsl.resolve.build import number, union
from gendsl.resolve.random_functions.kernels import Kernel, Term, parts
from gendsl.resolve.symbols import Context
from gendsl.resolve.symbols_of_functions import Members, RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions
    from gendsl.resolve.random_functions.covariance import Pair


def joint_dims(expressions: Expressions, function: RandomFunction, kernel: Kernel) -> Dims:
    """The dimensions of a function over which its kernel has a covariance.

    Raises:
        Unresolved: for an argument that is no square matrix over one of them.
    """
    found: dict[str, None] = {}
    for part in parts(kernel):
        if isinstance(part, Term) and part.row.is_joint:
            [(_, matrix)] = part.arguments
            square = _square(expressions, matrix, function.dims)
            if square is None:
                over = f"[{', '.join(matrix.dims)}]" if matrix.dims else "no dimension"
                raise expressions.fail(
                    "G0472",
                    f"`Coregion` takes a covariance over the members of `{function.name}`",
                    matrix.span or part.span,
                    f"varies over {over}",
                    secondary=(Label(function.statement.target.span, "a kernel of this function"),),
                    help=f"write `{function.name}[output] ~ GP(...)` and `Coregion(B)`, with"
                    " `B[output, other]` and `dim other like output`",
                )
            found[square] = None
    return tuple(found)


def _square(expressions: Expressions, matrix: Expr, dims: Dims) -> str | None:
    """The one of the dimensions of which a matrix is the rows and the columns."""
    alike = expressions.symbols.are_alike
    return next(
        (d for d in dims if len(matrix.dims) == 2 and all(alike(d, m) for m in matrix.dims)), None
    )


def members_of_call(
    expressions: Expressions,
    function: RandomFunction,
    node: ast.Call | ast.DimCall,
    context: Context,
) -> Members:
    """`f[output_of](x)`, `f[weight](x)`: for each joint dimension an index, or a position.

    Raises:
        Unresolved: where one of them is not said.
    """
    name, symbols = function.name, expressions.symbols
    binders = node.binders if isinstance(node, ast.DimCall) else ()
    found: dict[str, Expr] = {}
    rest = []
    for binder in binders:
        member = symbols.member(function.joint, binder.dim)
        if member is not None and binder.dim not in symbols.quantities:
            found[member[0]] = number(member[1], binder.span)
        else:
            rest.append(binder)
    if isinstance(node, ast.DimCall):
        call = ast.DimCall(node.function, tuple(rest), node.arguments, node.span)
        for _, into, index in bracketed_indices(
            expressions, call, function.joint, context, "{}[output_of](x)"
        ):
            found[into] = index
    for dim in function.joint:
        if dim not in found:
            raise expressions.fail(
                "G0472",
                f"`{name}` is called for one member of `{dim}` at each point",
                node.span,
                "of which one?",
                secondary=(Label(function.statement.target.span, "these vary together"),),
                help=f"name it: `{name}[{dim}_of](x)`, with `data {dim}_of[row] : {dim}`",
            )
    return tuple((dim, found[dim]) for dim in function.joint)


def coregion(expressions: Expressions, term: Term, pair: Pair) -> Expr:
    """The covariance of the members at two points."""
    [(_, matrix)] = term.arguments
    rows, columns = matrix.dims
    alike = expressions.symbols.are_alike
    at_x = next(index for dim, index in pair.members_x if alike(dim, rows))
    at_y = next(index for dim, index in pair.members_y if alike(dim, rows))
    picked = matrix
    indices = []
    for dim, index in ((rows, at_x), (columns, at_y)):
        if isinstance(index, Const):
            left = tuple(d for d in picked.dims if d != dim)
            picked = Pick(picked, dim, int(index.value), left, REAL, term.span)
        else:
            indices.append((dim, index))
    if not indices:
        return picked
    gathered = {dim for dim, _ in indices}
    left = tuple(d for d in picked.dims if d not in gathered)
    dims = union((*(index.dims for _, index in indices), left), pair.order)
    return Gather(picked, tuple(indices), dims, REAL, term.span)
