"""What values a discrete site has, and whether they are finitely many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gendsl.ir.expr import Const, Expr, Op, Reduce, Ref, Size
from gendsl.ir.program import Equation, Program, Sample, SampleRole
from gendsl.ir.rewrite import rewritten
from gendsl.ir.types import INT, Kind
from gendsl.ir.walk import names_in, sites


@dataclass(frozen=True, slots=True)
class States:
    """The values of a site: `count` of them, from `least` on; both of numbers, sizes and data."""

    least: Expr
    count: Expr


def discrete_latents(program: Program) -> tuple[Sample, ...]:
    """The latent sites whose values are whole numbers or categories; of a series each part."""
    return tuple(
        site
        for site in sites(program)
        if site.role is SampleRole.LATENT and site.type.kind is not Kind.REAL
    )


def states(site: Sample, program: Program) -> States | None:
    """The values of a discrete site; None where they are not bounded, or by what is inferred.

    Bounds that vary by entry give the values of all entries together.
    """
    if site.type.kind is Kind.INDEX and site.type.dim is not None:
        return States(Const(0, INT), Size(site.type.dim))
    if site.range.lower is None or site.range.upper is None:
        return None
    lower, upper = (_of_data(bound, program) for bound in (site.range.lower, site.range.upper))
    if not (names_in(lower) | names_in(upper)) <= _data(program):
        return None
    least = plus(extreme("min", lower), 1 if site.range.is_lower_strict else 0)
    most = plus(extreme("max", upper), -1 if site.range.is_upper_strict else 0)
    return States(least, plus(difference(most, least), 1))


def moving_bounds(site: Sample, program: Program) -> tuple[str, ...]:
    """What is inferred among the bounds of a discrete site that has both of them."""
    lower, upper = site.range.lower, site.range.upper
    if lower is None or upper is None:
        return ()
    names = {name for e in (lower, upper) for name in names_in(_of_data(e, program))}
    return tuple(sorted(names - _data(program)))


def _data(program: Program) -> frozenset[str]:
    return frozenset(d.name for d in program.data)


def _of_data(bound: Expr, program: Program) -> Expr:
    """The bound with quantities that equations compute from data alone written out."""
    data = _data(program)
    if names_in(bound) <= data:
        return bound
    values: dict[str, Expr] = {}

    def written_out(expr: Expr) -> Expr | None:
        return values.get(expr.name) if isinstance(expr, Ref) else None

    for node in program.nodes:
        if isinstance(node, Equation) and node.slice is None:
            value = rewritten(node.value, written_out)
            if names_in(value) <= data and set(value.dims) == set(node.dims):
                values[node.name] = value
    return rewritten(bound, written_out)


def states_together(parts: Sequence[States]) -> States:
    """The values of the parts of a series together."""
    first = parts[0]
    if isinstance(first.count, Size) or all(part == first for part in parts):
        return first  # categories of dimensions that are alike
    least = _of("min", [part.least for part in parts])
    most = _of("max", [plus(_sum(part.least, part.count), -1) for part in parts])
    return States(least, plus(difference(most, least), 1))


def _of(name: str, exprs: Sequence[Expr]) -> Expr:
    """The least or the greatest of some numbers."""
    numbers = [e.value for e in exprs if isinstance(e, Const)]
    if len(numbers) == len(exprs):
        return Const(int(min(numbers) if name == "min" else max(numbers)), INT)
    result = exprs[0]
    for other in exprs[1:]:
        result = result if result == other else Op(name, (result, other), (), INT)
    return result


def _sum(left: Expr, right: Expr) -> Expr:
    if isinstance(left, Const):
        return plus(right, int(left.value))
    return (
        plus(left, int(right.value))
        if isinstance(right, Const)
        else Op("+", (left, right), (), INT)
    )


def extreme(name: str, bound: Expr) -> Expr:
    """The least (`min`) or the greatest (`max`) entry."""
    return Reduce(name, bound.dims, bound, (), INT) if bound.dims else bound


def plus(expr: Expr, number: int) -> Expr:
    """`expr + number`, computed where it can be."""
    if isinstance(expr, Const):
        return Const(int(expr.value) + number, INT)
    return expr if number == 0 else Op("+", (expr, Const(number, INT)), (), INT)


def difference(left: Expr, right: Expr) -> Expr:
    """`left - right`, computed where it can be."""
    if isinstance(right, Const):
        return plus(left, -int(right.value))
    return Op("-", (left, right), (), INT)
