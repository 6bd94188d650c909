"""Calls that make a dimension of basis functions: `bspline[basis](x, knots)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import counted
from gendsl.frontend import ast
from gendsl.ir.array_functions import ARRAY_FUNCTIONS
from gendsl.ir.expr import ArrayCall, Const, Dims, Expr
from gendsl.resolve.build import union
from gendsl.resolve.failure import Unresolved, attempt_each
from gendsl.resolve.symbols import Context

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

PARAMETERS = {
    "bspline": ("x", "knots", "degree"),
    "poly": ("x",),
    "fourier": ("x", "period"),
}
MAX_DEGREE = 20


def basis_call(expressions: Expressions, node: ast.DimCall, context: Context) -> Expr:
    """A basis of functions of x, along the last dimension in the brackets."""
    name = node.function.id
    row = ARRAY_FUNCTIONS[name]
    over = _brackets(expressions, node, 2 if name == "poly" else 1)
    written = _arguments(expressions, node)
    degree = _degree(expressions, written.pop("degree", None), context)
    inner = context.within(over)
    read = attempt_each(lambda a: expressions.number_of(a.value, inner), tuple(written.values()))
    arguments = dict(zip(written, read, strict=True))
    core = _core(expressions, node, arguments, written, over, context)
    if name == "bspline":
        _check_size(expressions, node, over[0], core[1][0], degree)
    parts = tuple(
        tuple(d for d in value.dims if d not in gone)
        for value, gone in zip(arguments.values(), core, strict=True)
    )
    dims = union((*parts, tuple(over[i] for i in row.result)), context.order)
    literals = (degree,) if name == "bspline" else ()
    return ArrayCall(name, tuple(arguments.values()), core, dims, over, literals, span=node.span)


def _core(
    expressions: Expressions,
    node: ast.DimCall,
    arguments: dict[str, Expr],
    written: dict[str, ast.Argument],
    over: Dims,
    context: Context,
) -> tuple[Dims, ...]:
    """The axes of each argument that the basis is made of."""
    name, x = node.function.id, arguments["x"]
    if name == "poly":
        expressions.check_reach(x, over, f"`{name}`", node.span)
        if over[0] not in x.dims or over[1] in x.dims:
            raise _wrong_dims(expressions, node, x, written["x"], f"a vector along `{over[0]}`")
        return ((over[0],),)
    if over[0] in x.dims:
        raise _wrong_dims(expressions, node, x, written["x"], f"what has no `{over[0]}` yet")
    if name == "fourier":
        return ((), ())
    knots = arguments["knots"]
    own = tuple(d for d in knots.dims if d not in x.dims and d not in context.kept)
    if len(own) != 1 or over[0] in knots.dims:
        what = "knots along a dimension of their own"
        raise _wrong_dims(expressions, node, knots, written["knots"], what)
    return ((), own)


def _brackets(expressions: Expressions, node: ast.DimCall, count: int) -> Dims:
    name = node.function.id
    attempt_each(lambda b: expressions.require_dim(b.dim, b.span), node.binders)
    dims = tuple(b.dim for b in node.binders)
    is_plain = all(b.lower is None and b.by is None for b in node.binders)
    if len(dims) != count or len(set(dims)) < len(dims) or not is_plain:
        raise expressions.fail(
            "G0240",
            f"`{name}` names {'its basis' if count == 1 else 'the rows and its basis'} in brackets",
            node.span,
            f"{len(dims)} here" if is_plain else "not plain",
            help=f"write `{ARRAY_FUNCTIONS[name].signature}`",
        )
    return dims


def _arguments(expressions: Expressions, node: ast.DimCall) -> dict[str, ast.Argument]:
    """The arguments by name, all that there must be."""
    name, names = node.function.id, PARAMETERS[node.function.id]
    help = f"write `{ARRAY_FUNCTIONS[name].signature}`"
    if len(node.arguments) > len(names):
        raise expressions.fail(
            "G0212",
            f"`{name}` takes at most {len(names)} arguments, not {len(node.arguments)}",
            node.span,
            f"{len(node.arguments)} given",
            help=help,
        )
    found: dict[str, ast.Argument] = {}
    for place, argument in enumerate(node.arguments):
        key = argument.name or names[place]
        if key not in names or key in found:
            close = nearest(key, names)
            raise expressions.fail(
                "G0212",
                f"`{name}` is given `{key}` twice" if key in found else f"`{name}` has no `{key}`",
                argument.span,
                "the second time" if key in found else "unknown",
                help=f"did you mean `{close}`?" if close and key not in found else help,
            )
        found[key] = argument
    for key in names:
        if key not in found and key != "degree":
            raise expressions.fail(
                "G0212", f"`{name}` lacks its argument `{key}`", node.span, "missing", help=help
            )
    return {key: found[key] for key in names if key in found}


def _degree(expressions: Expressions, written: ast.Argument | None, context: Context) -> int:
    if written is None:
        return 3
    value = expressions.number_of(written.value, context)
    if isinstance(value, Const) and isinstance(value.value, int) and 0 <= value.value <= MAX_DEGREE:
        return value.value
    raise expressions.fail(
        "G0240",
        f"a spline's degree is a whole number from 0 to {MAX_DEGREE}",
        written.span,
        "not one that is known here",
        help="`degree = 3` makes cubic splines",
    )


def _wrong_dims(
    expressions: Expressions, node: ast.DimCall, value: Expr, written: ast.Argument, wanted: str
) -> Unresolved:
    return expressions.fail(
        "G0240",
        f"`{node.function.id}` takes {wanted} here",
        written.span,
        f"has dimensions [{', '.join(value.dims)}]" if value.dims else "is a single number",
        help=f"write `{ARRAY_FUNCTIONS[node.function.id].signature}`",
    )


def _check_size(
    expressions: Expressions, node: ast.DimCall, basis: str, knot: str, degree: int
) -> None:
    """Report a basis whose written size does not go with that of the knots."""
    has, knots = expressions.known_size(basis), expressions.known_size(knot)
    if has is None or knots is None or has == knots + degree - 1:
        return
    declared = expressions.symbols.dims[basis]
    raise expressions.fail(
        "G0243",
        f"{knots} knots and degree {degree} make {knots + degree - 1} splines, `{basis}` has {has}",
        node.span,
        f"along `{basis}`",
        secondary=(Label(declared.span, counted(has, "member")),),
        help=f"let it follow from the knots: `dim {basis} = size({knot}) + {degree - 1}`",
    )
