"""What stands after `kernel k =`: sums and products of rows, formulas and other kernels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.distributions.table import FAMILIES
from gendsl.frontend import ast
from gendsl.ir.expr import Const, Dims, Expr, Ref
from gendsl.ir.functions import CONSTANTS, FUNCTIONS
from gendsl.ir.types import REAL
from gendsl.resolve.build import number, op
from gendsl.resolve.failure import Unresolved, attempt_each
from gendsl.resolve.free import free_names
from gendsl.resolve.random_functions.table import KERNELS, KernelRow, formula
from gendsl.resolve.symbols import Context, Meaning

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


@dataclass(frozen=True, slots=True)
class Term:
    """A row with its arguments by name."""

    row: KernelRow
    arguments: tuple[tuple[str, Expr], ...]
    span: Span
    words: tuple[tuple[str, str], ...] = ()
    """The parameters that are one of a few words."""
    kernels: tuple[tuple[str, Kernel], ...] = ()
    """The parameters that are kernels."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A user's formula for two points, and the kernels that it calls."""

    statement: ast.KernelStatement
    called: tuple[Kernel, ...] = ()


@dataclass(frozen=True, slots=True)
class Sum:
    """The kernel of a sum of independent functions."""

    left: Kernel
    right: Kernel
    span: Span


@dataclass(frozen=True, slots=True)
class Product:
    """The kernel of a product."""

    left: Kernel
    right: Kernel
    span: Span


@dataclass(frozen=True, slots=True)
class Scaled:
    """A number times a kernel."""

    factor: Expr
    kernel: Kernel
    span: Span


@dataclass(frozen=True, slots=True)
class SumOver:
    """`sum[q](k)`: one kernel for each member of some dimensions, added."""

    over: Dims
    kernel: Kernel
    span: Span


@dataclass(frozen=True, slots=True)
class OfCoordinates:
    """`k[col = age]`, `k[chosen]`: a kernel of some coordinates of a point."""

    kernel: Kernel
    items: tuple[ast.IndexItem, ...]
    span: Span


Kernel = Term | Formula | Sum | Product | Scaled | SumOver | OfCoordinates


def parts(kernel: Kernel) -> Iterator[Kernel]:
    """A kernel and all that it is made of."""
    yield kernel
    for inner in inside(kernel):
        yield from parts(inner)


def inside(kernel: Kernel) -> tuple[Kernel, ...]:
    """The kernels that one is made of."""
    match kernel:
        case Sum(left, right) | Product(left, right):
            return left, right
        case Scaled(kernel=inner) | SumOver(kernel=inner) | OfCoordinates(kernel=inner):
            return (inner,)
        case Term(kernels=kernels):
            return tuple(inner for _, inner in kernels)
        case Formula(called=called):
            return called


def of_whole_points(kernel: Kernel, bound: Dims = ()) -> Iterator[tuple[Kernel, Dims]]:
    """The parts whose points are those of the kernel, each with the dimensions summed over."""
    yield kernel, bound
    match kernel:
        case Formula() | OfCoordinates():
            return
        case SumOver(over=over):
            bound = (*bound, *over)
        case _:
            pass
    for inner in inside(kernel):
        yield from of_whole_points(inner, bound)


def exprs(kernel: Kernel) -> Iterator[Expr]:
    """The parameters and factors of a kernel, and the names in its formulas."""
    for part in parts(kernel):
        match part:
            case Term(arguments=arguments):
                yield from (value for _, value in arguments)
            case Scaled(factor=factor):
                yield factor
            case Formula(statement):
                points = {name.name for name in statement.points or ()}
                for name in free_names(statement.value):
                    if name.id not in points:
                        yield Ref(name.id, (), REAL, name.span)
            case _:
                pass


def positive_parts(kernel: Kernel) -> tuple[tuple[str, Expr], ...]:
    """The parameters and scales that must be positive, each with what it is called."""
    found: list[tuple[str, Expr]] = []
    for part in parts(kernel):
        match part:
            case Term(row, arguments):
                signed = {p.name for p in row.parameters if p.is_signed}
                found += [(f"`{n}` of `{row.name}`", v) for n, v in arguments if n not in signed]
            case Scaled(factor=factor):
                found.append(("the scale of a kernel", factor))
            case _:
                pass
    return tuple(found)


def is_from_zero(kernel: Kernel) -> bool:
    """Whether a kernel is one of points that are at least 0."""
    return any(isinstance(part, Term) and part.row.is_from_zero for part in parts(kernel))


def by_coordinate(row: KernelRow) -> frozenset[str]:
    """The parameters that may differ by coordinate: all that its formula names are in `each`."""
    if row.each is None:
        return frozenset()
    each = {name.id for text in row.sums for name in free_names(formula(text))}
    outside = {name.id for name in free_names(formula(row.formula))}
    return frozenset(p.name for p in row.parameters if p.name in each - outside)


def read_kernel(expressions: Expressions, node: ast.Expr) -> Kernel:
    """The kernel that an expression stands for."""
    from gendsl.resolve.random_functions.kernel_sums import sum_over
    from gendsl.resolve.random_functions.kernel_terms import read_term

    match node:
        case ast.Name(id) if id in expressions.symbols.kernels:
            return named_kernel(expressions, id, node.span)
        case ast.Call(function) if function.id in KERNELS:
            return read_term(expressions, KERNELS[function.id], node)
        case ast.DimCall() if is_kernel(expressions, node):
            return sum_over(expressions, node)
        case ast.Index(base, items, span) if is_kernel(expressions, base):
            return OfCoordinates(read_kernel(expressions, base), items, span)
        case ast.Binary("+" | "*" | "/", left, right):
            return _joined(expressions, node, left, right)
        case ast.Call(function) if not _is_known(expressions, function.id):
            raise _unknown(expressions, function)
        case ast.Name(id) if id in KERNELS:
            raise expressions.fail(
                "G0463",
                f"`{id}` lacks its arguments",
                node.span,
                "no brackets",
                help=f"write `{KERNELS[id].signature}`",
            )
        case ast.Name(id) if not _is_known(expressions, id):
            raise _unknown(expressions, node)
        case _:
            raise expressions.fail(
                "G0468",
                "this is no kernel",
                node.span,
                "a kernel of the table, or one with a name, is wanted",
                help="a kernel is a sum or a product of kernels, or a number times one:"
                " `amp^2 * RBF(len)`",
            )


def named_kernel(expressions: Expressions, name: str, span: Span) -> Kernel:
    """The kernel of a `kernel` statement."""
    from gendsl.resolve.random_functions.kernel_calls import called_in

    symbol = expressions.symbols.kernels[name]
    if symbol.is_under_way:
        raise expressions.fail(
            "G0403",
            f"the kernel `{name}` is defined by itself",
            span,
            "needs its own value",
            secondary=(Label(symbol.statement.name_span, "defined here"),),
            help="a kernel is made of other kernels",
        )
    symbol.is_under_way = symbol.is_read = True
    try:
        if symbol.statement.points is not None:
            return Formula(symbol.statement, called_in(expressions, symbol.statement.value))
        return read_kernel(expressions, symbol.statement.value)
    finally:
        symbol.is_under_way = False


def is_kernel(expressions: Expressions, node: ast.Expr) -> bool:
    """Whether an expression has a kernel in it, so that it is meant as one."""
    match node:
        case ast.Name(id):
            return id in expressions.symbols.kernels or id in KERNELS
        case ast.Call(function):
            return function.id in KERNELS or not _is_known(expressions, function.id)
        case ast.Binary(_, left, right):
            return is_kernel(expressions, left) or is_kernel(expressions, right)
        case ast.Unary(_, operand):
            return is_kernel(expressions, operand)
        case ast.Index(base):
            return is_kernel(expressions, base)
        case ast.DimCall(function, _, arguments):
            is_sum = function.id == "sum" and len(arguments) == 1
            return function.id in KERNELS or (is_sum and is_kernel(expressions, arguments[0].value))
        case _:
            return False


def _is_known(expressions: Expressions, name: str) -> bool:
    symbols = expressions.symbols
    return (
        name in FUNCTIONS
        or name in FAMILIES
        or name in CONSTANTS
        or name in ("pos", "size")
        or name in symbols.quantities
        or name in symbols.functions
        or name in symbols.dims
    )


def _unknown(expressions: Expressions, name: ast.Name) -> Unresolved:
    own = tuple(expressions.symbols.kernels)
    kin = [k for k in KERNELS if _without_number(k) == _without_number(name.id)]
    close = nearest(name.id, (*KERNELS, *own))
    if len(kin) > 1 and close not in own:
        help = f"there are {listed(kin)}"
    else:
        help = f"did you mean `{close}`?" if close else f"there are {listed([*own, *KERNELS])}"
    return expressions.fail(
        "G0461", f"no kernel is called `{name.id}`", name.span, "unknown kernel", help=help
    )


def _without_number(name: str) -> str:
    """The name of a family of kernels: `matern` of `Matern32`."""
    return name.rstrip("0123456789").rstrip("_").casefold()


def _joined(expressions: Expressions, node: ast.Binary, left: ast.Expr, right: ast.Expr) -> Kernel:
    sides = (is_kernel(expressions, left), is_kernel(expressions, right))
    if sides == (False, False):
        raise expressions.fail(
            "G0468",
            "this is a number, not a kernel",
            node.span,
            "no kernel in it",
            help="a function that is one random number is written `Constant(scale)`",
        )
    if node.op == "+":
        for is_one, other in zip(sides, (left, right), strict=True):
            if isinstance(other, ast.Name) and not _is_known(expressions, other.id):
                raise _unknown(expressions, other)
            if not is_one:
                raise expressions.fail(
                    "G0468",
                    "a number is added to a kernel",
                    other.span,
                    "a number",
                    help=f"a random constant is a kernel: `Constant({other.span.text})`; noise at"
                    f" each point is `White({other.span.text})`",
                )
        first, second = attempt_each(lambda s: read_kernel(expressions, s), (left, right))
        return Sum(first, second, node.span)
    if node.op == "/" and sides[1]:
        raise expressions.fail(
            "G0468",
            "nothing is divided by a kernel",
            right.span,
            "a kernel",
            help="kernels are added and multiplied, and scaled by numbers",
        )
    if all(sides):
        first, second = attempt_each(lambda s: read_kernel(expressions, s), (left, right))
        return Product(first, second, node.span)
    written = left if sides[1] else right
    kernel = read_kernel(expressions, right if sides[1] else left)
    factor = expressions.number_of(written, Context((), (), {}))
    if isinstance(factor, Const) and factor.value <= 0:
        raise expressions.fail(
            "G0463",
            "a kernel is scaled by a positive number",
            written.span,
            "not positive",
            help="it multiplies a variance: `amp^2 * RBF(len)`",
        )
    if node.op == "/":
        factor = op("/", (number(1.0), factor), (), written.span)
    return Scaled(factor, kernel, node.span)


def kernel_as_number(
    expressions: Expressions, name: str, span: Span, is_in_formula: bool = False
) -> Unresolved:
    """Report a kernel, or a function without a point, where a value should stand."""
    symbol = expressions.symbols.quantities.get(name)
    if symbol is not None and symbol.meaning is Meaning.FUNCTION:
        return expressions.fail(
            "G0462",
            f"`{name}` is a random function",
            span,
            "at which points?",
            secondary=(Label(symbol.span, "defined here"),),
            help=f"call it: `{name}(x)`, with `data x[row] : real`",
        )
    where = () if symbol is None else (Label(symbol.span, "defined here"),)
    written = name if where else f"{name}(...)"
    if is_in_formula:
        return expressions.fail(
            "G0471",
            f"`{name}` is a kernel, called by the name of a statement",
            span,
            "a kernel",
            secondary=where,
            help=f"write `base(x, y)`, with a statement `kernel base = {written}`",
        )
    return expressions.fail(
        "G0462",
        f"`{name}` is a kernel, not a number",
        span,
        "a kernel",
        secondary=where,
        help=f"a function with it has values: `f ~ GP(kernel = {written})`, then `f(x)`",
    )
