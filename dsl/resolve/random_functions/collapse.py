"""Whether a random function can be integrated out of the one Gaussian site around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gendsl.ir.expr import Dims, Expr, Op, Ref
from gendsl.ir.program import Distribution, Equation, Factor, Sample
from gendsl.ir.rewrite import rewritten, rewritten_distribution
from gendsl.ir.walk import is_prediction, names_in, names_of
from gendsl.resolve.build import number, op
from gendsl.resolve.random_functions.covariance import is_zero, plus
from gendsl.resolve.random_functions.reading import Process
from gendsl.resolve.symbols_of_functions import Evaluation, RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions
    from gendsl.resolve.random_functions.solvers import Writer

Definitions = dict[str, tuple[Sample | Equation, ...]]


@dataclass(frozen=True, slots=True)
class Collapsed:
    """`y ~ Normal(rest + coefficient * f(x), scale)`; `None` stands for 1 or 0.

    `through` are the equations by way of which `y` reads the function: they are computed from
    values drawn given `y`.
    """

    site: Sample
    at: Evaluation
    coefficient: Expr | None
    rest: Expr | None
    scale: Expr
    through: tuple[str, ...] = ()

    def mean(self, own: Expr, order: Dims) -> Expr:
        """The mean of the site, with that of the function."""
        inside = None if is_zero(own) else own
        if inside is not None and self.coefficient is not None:
            inside = op("*", (self.coefficient, inside), order)
        if inside is None:
            return self.rest if self.rest is not None else number(0.0)
        return plus(self.rest, inside, order)

    def residual(self, loc: Expr, order: Dims) -> Expr:
        """What is left of the site's value without its mean."""
        value = self.site.value
        assert value is not None
        return value if is_zero(loc) else op("-", (value, loc), order)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why it is not integrated out, and what to write for it to be, where there is a way."""

    reason: str
    way: str | None = None

    def __str__(self) -> str:
        return self.reason if self.way is None else f"{self.reason}: {self.way}"


def collapsed(
    expressions: Expressions,
    function: RandomFunction,
    process: Process,
    writer: Writer,
    needed: list[Evaluation],
    definitions: Definitions,
    scored: tuple[Sample | Factor, ...],
    elsewhere: frozenset[str],
    taken: Mapping[str, str],
) -> Collapsed | Refused:
    """The site that it is integrated out of, or the reason why there is none.

    `taken` has the sites of which another function is integrated out, with its name.
    """
    found = _found(function, needed, definitions, scored, elsewhere, taken)
    if isinstance(found, Collapsed):
        if process.solver.collapse is False:
            return Refused("as the source says")
        refusal = writer.refusal(found)
        if refusal is not None:
            found = Refused(refusal)
    if isinstance(found, Refused) and process.solver.collapse:
        expressions.fail(
            "G0467",
            f"`{function.name}` can't be integrated out",
            function.statement.distribution.span,
            found.reason,
            help=found.way or "drop `collapse = true`: its values are inferred then",
        )
    return found


def _found(
    function: RandomFunction,
    needed: list[Evaluation],
    definitions: Definitions,
    scored: tuple[Sample | Factor, ...],
    elsewhere: frozenset[str],
    taken: Mapping[str, str],
) -> Collapsed | Refused:
    if not needed:
        return Refused("only predictions call it")
    if function.dims:
        return Refused(f"one function for each member of {', '.join(function.dims)}")
    if len(needed) > 1:
        return Refused(f"called at {len(needed)} places that are inferred")
    at = needed[0]
    through = _through(at.name, definitions)
    if isinstance(through, Refused):
        return through
    names = frozenset((at.name, *through))
    if names & elsewhere:
        return Refused("its values are points or parameters of others")
    readers = [s for s in scored if names & names_of(s)]
    if len(readers) != 1:
        return Refused(f"{len(readers)} statements are scored by its values")
    site = readers[0]
    if isinstance(site, Factor):
        return Refused("a `factor` reads its values")
    if site.name in taken:
        return Refused(
            f"`{taken[site.name]}` is integrated out of `{site.name}` already",
            "write one function with the sum of both kernels",
        )
    return _of_site(_inlined(site, through, definitions), site, at, through)


def _through(name: str, definitions: Definitions) -> tuple[str, ...] | Refused:
    """The equations that read a quantity, by way of others too."""
    names = [name]
    for read in names:
        for other, each in definitions.items():
            if other in names or not any(
                read in names_of(part) and not is_prediction(part) for part in each
            ):
                continue
            if len(each) > 1 or not isinstance(each[0], Equation) or each[0].slice is not None:
                return Refused(f"`{other}` reads its values, and is no equation for all of itself")
            names.append(other)
    return tuple(names[1:])


def _inlined(site: Sample, through: tuple[str, ...], definitions: Definitions) -> Sample:
    """The site, equations written into its distribution."""

    def choose(expr: Expr) -> Expr | None:
        if not isinstance(expr, Ref) or expr.name not in through:
            return None
        [equation] = definitions[expr.name]
        assert isinstance(equation, Equation)
        return rewritten(equation.value, choose)

    return replace(site, distribution=rewritten_distribution(site.distribution, choose))


def _of_site(
    site: Sample, written: Sample, at: Evaluation, through: tuple[str, ...]
) -> Collapsed | Refused:
    """Whether it is linear; `written` is the site as the source has it."""
    distribution = site.distribution
    if distribution.family.name != "Normal":
        return Refused(f"`{site.name}` is {distribution.family.name}, not Normal")
    given = dict(distribution.arguments)
    loc, scale = given.get("loc"), given.get("scale")
    if (
        loc is None
        or scale is None
        or isinstance(loc, Distribution | tuple)
        or isinstance(scale, Distribution | tuple)
        or distribution.truncation is not None
        or distribution.restriction is not None
    ):
        return Refused(f"`{site.name}` is truncated")
    if at.name in names_in(scale):
        return Refused(f"the scale of `{site.name}` depends on it")
    if site.where is not None or site.slice is not None:
        return Refused(f"only a part of `{site.name}` is scored")
    if len(site.dims) != len(at.rows) or set(site.dims) != set(at.rows):
        return Refused(f"`{site.name}` is not along its points alone")
    assert site.value is not None
    if {at.name, *through} & names_in(site.value):
        return Refused("what is scored reads its values")
    linear = _linear(loc, at.name)
    if linear is None:
        return Refused(f"`{site.name}` is not linear in it")
    return Collapsed(written, at, linear[0], linear[1], scale, through)


def _linear(expr: Expr, name: str) -> tuple[Expr | None, Expr | None] | None:
    """The coefficient of a quantity and the rest, where the expression is linear in it."""
    match expr:
        case Ref(found) if found == name:
            return None, None
        case Op("+" | "-" as sign, (left, right)):
            in_left, in_right = name in names_in(left), name in names_in(right)
            if in_left and in_right:
                return None
            inner = _linear(left if in_left else right, name)
            if inner is None:
                return None
            coefficient, rest = inner
            other = right if in_left else left
            if in_left:
                if rest is None:
                    joined = other if sign == "+" else op("neg", (other,), other.dims)
                else:
                    joined = op(sign, (rest, other), expr.dims)
                return coefficient, joined
            if sign == "-":
                coefficient = _negative(coefficient)
            if rest is None:
                return coefficient, other
            return coefficient, op(sign, (other, rest), expr.dims)
        case Op("neg", (inner_expr,)):
            inner = _linear(inner_expr, name)
            if inner is None:
                return None
            rest = inner[1]
            return _negative(inner[0]), None if rest is None else op("neg", (rest,), rest.dims)
        case Op("*" | "/" as sign, (left, right)):
            in_left, in_right = name in names_in(left), name in names_in(right)
            if in_left == in_right or (sign == "/" and in_right):
                return None
            inner = _linear(left if in_left else right, name)
            if inner is None:
                return None
            other = right if in_left else left
            return tuple(
                _times(part, other, sign, expr.dims) if i == 1 else _scaled(part, other, sign)
                for i, part in enumerate(inner)
            )  # type: ignore[return-value]
        case _:
            return None


def _negative(coefficient: Expr | None) -> Expr:
    if coefficient is None:
        return number(-1.0)
    return op("neg", (coefficient,), coefficient.dims)


def _scaled(coefficient: Expr | None, other: Expr, sign: str) -> Expr:
    if coefficient is None:
        return other if sign == "*" else op("/", (number(1.0), other), other.dims)
    return op(sign, (coefficient, other), (*coefficient.dims, *other.dims))


def _times(rest: Expr | None, other: Expr, sign: str, order: tuple[str, ...]) -> Expr | None:
    return None if rest is None else op(sign, (rest, other), order)
