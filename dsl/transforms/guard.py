"""Statements that hold in places: harmless where they do not, in the gradient too.

The density of `y[row] ~ Poisson(mu) where seen` has no term where `seen` is false. But the reverse
pass multiplies that zero with the slopes of what was computed there, and 0 * inf is no number. So
parameters, and what could be infinite on the way to them, are computed from safe values there:

    Poisson(exp(a + b * log(x)))  ->  Poisson(exp(if(seen, a + b * log(if(seen, x, 1)), 0)))

A quantity that is defined by such functions is written out where the statement reads it; its own
values stay as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from gendsl.analysis.intervals import Interval, interval, intervals
from gendsl.diagnostics.source import Span
from gendsl.distributions.family import FamilyParameter, Role
from gendsl.distributions.support import SupportKind
from gendsl.ir.expr import (
    Const,
    Contract,
    Expr,
    Gather,
    LookBack,
    Op,
    Pick,
    Reduce,
    Ref,
    Shift,
    Size,
)
from gendsl.ir.functions import FUNCTIONS
from gendsl.ir.program import (
    Argument,
    Distribution,
    Equation,
    EquationRole,
    Factor,
    Node,
    Program,
    Sample,
)
from gendsl.ir.types import BOOL, INT, REAL, Kind
from gendsl.ir.walk import names_in, names_taken, walk
from gendsl.transforms.definitions import Definitions, definitions, meaning, without_unread
from gendsl.transforms.hold_out import HELD_OUT

SMALL_EXPONENT = 80.0
"""Whose exponential is finite in single precision, too."""

GROWING = {"exp": 0.0, "expm1": 0.0, "exp2": 0.0, "sinh": 0.0, "cosh": 0.0}
"""Functions that overflow, and an argument at which they don't."""

POLES = {
    "lgamma": 1.0,
    "digamma": 1.0,
    "trigamma": 1.0,
    "tgamma": 1.0,
    "lbeta": 1.0,
    "lchoose": 1.0,
    "choose": 1.0,
    "cbrt": 1.0,
    "hypot": 1.0,
    "atan2": 1.0,
    "xlogy": 1.0,
    "xlog1py": 1.0,
    "log1p_exp": 0.0,
    "log_inv_logit": 0.0,
    "log1m_inv_logit": 0.0,
    "log_Phi": 0.0,
    "tan": 0.0,
}
"""Functions of any number that are infinite somewhere, or steep, and where they are neither."""


def guard(program: Program, sizes: Mapping[str, int] | None = None) -> Program:
    """The program whose conditional statements have finite gradients; the density is the same."""
    if not any(isinstance(n, Sample | Factor) and n.where is not None for n in program.nodes):
        return program
    known, means = intervals(program), definitions(program)
    names = _Names(program, set(names_taken(program)))
    nodes: list[Node] = []
    for node in program.nodes:
        nodes += _guarded(node, program, known, means, names)
    return replace(program, nodes=without_unread(nodes, program))


@dataclass(slots=True)
class _Names:
    """Names of conditions, the same for equal ones: those of data alone, which stand anywhere."""

    program: Program
    taken: set[str]
    named: dict[Expr, Ref] = field(default_factory=dict)

    def of(self, condition: Expr, site: str) -> Expr:
        """A reference to the condition, or the condition where it has no name."""
        if isinstance(condition, Ref) or not _is_of_data(condition, self.program):
            return condition
        if condition in self.named:
            return self.named[condition]
        name = f"{site}_holds"
        while name in self.taken:
            name += "_"
        return Ref(name, condition.dims, BOOL, condition.span)

    def define(self, condition: Expr, ref: Ref, span: Span) -> Iterator[Equation]:
        """The equation of a name, the first time."""
        if condition not in self.named:
            self.named[condition] = ref
            self.taken.add(ref.name)
            yield Equation(ref.name, ref.dims, BOOL, condition, EquationRole.LET, None, span)


def _guarded(
    node: Node,
    program: Program,
    known: dict[str, Interval],
    means: Definitions,
    names: _Names,
) -> Iterator[Node]:
    """A node, after the equation that names the condition under which it holds."""
    where = node.where if isinstance(node, Sample | Factor) else None
    own = None if where is None else _own(where)
    if where is None or own is None or not isinstance(node, Sample | Factor):
        yield node
        return
    mask = names.of(own, node.name)
    at = _Place(mask, program, known, means)
    changed = (
        replace(node, value=at.safe(node.value))
        if isinstance(node, Factor)
        else replace(node, distribution=at.distribution(node.distribution))
    )
    if changed == node:
        yield node
        return
    if isinstance(mask, Ref) and mask is not own:
        yield from names.define(own, mask, node.span)
        changed = replace(changed, where=_replaced(where, own, mask))
    yield changed


def _own(where: Expr) -> Expr | None:
    """The condition without the mask of a cross-validation: what that holds out is an entry."""
    match where:
        case Op("and", (left, right)) if any(name.endswith(HELD_OUT) for name in names_in(right)):
            return left
        case _ if any(name.endswith(HELD_OUT) for name in names_in(where)):
            return None
        case _:
            return where


def _replaced(where: Expr, own: Expr, mask: Expr) -> Expr:
    if where is own:
        return mask
    assert isinstance(where, Op)
    return replace(where, arguments=(mask, *where.arguments[1:]))


def _is_of_data(expr: Expr, program: Program) -> bool:
    """Whether an expression is of data alone, and stands anywhere."""
    is_still = not any(isinstance(part, Shift | LookBack) for part in walk(expr))
    return is_still and all(program.datum(name) is not None for name in names_in(expr))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a statement holds: the condition, and what is known of what it reads."""

    mask: Expr
    program: Program
    known: dict[str, Interval]
    means: Definitions

    def where(self, expr: Expr, safe: Expr) -> Expr:
        """`if(mask, expr, safe)`."""
        dims = (*(d for d in self.mask.dims if d not in expr.dims), *expr.dims)
        return Op("if", (self.mask, expr, safe), dims, expr.type, expr.span)

    def varies(self, expr: Expr) -> bool:
        """Whether an expression differs between entries where the statement holds and others."""
        return not set(self.mask.dims).isdisjoint(expr.dims)

    # --- parameters ----------------------------------------------------------------------

    def distribution(self, distribution: Distribution) -> Distribution:
        """The distribution with safe parameters."""
        parameters = {p.name: p for p in distribution.form.parameters}
        category = distribution.category_dim
        given = distribution.arguments
        is_moved = distribution.family.has_moving_support and any(
            self.varies(a) for _, a in given if not isinstance(a, Distribution | tuple)
        )
        arguments = tuple(
            (name, self._argument(a, parameters[name], category, is_moved, distribution))
            for name, a in given
        )
        return replace(distribution, arguments=arguments)

    def _argument(
        self,
        argument: Argument,
        parameter: FamilyParameter,
        category: str | None,
        is_moved: bool,
        distribution: Distribution,
    ) -> Argument:
        if isinstance(argument, Distribution):
            return self.distribution(argument)
        if isinstance(argument, tuple):
            return tuple(self.distribution(part) for part in argument)
        if parameter.role is Role.CONTEXT:
            # Rows of the context are read whether the entries that share their place hold or not.
            return argument
        inner = self.safe(argument)
        is_limit = is_moved and parameter.role is Role.SCALAR
        if not (is_limit or self.varies(inner)) or self._is_safe(inner):
            return inner
        events = distribution.event_dims
        along = category if parameter.role is Role.CATEGORIES else events[-1] if events else None
        safe = safe_value(parameter, along, distribution.family.name, inner)
        return inner if safe is None or safe == inner else self.where(inner, safe)

    def _is_safe(self, expr: Expr) -> bool:
        """Whether an expression is `exp(if(mask, ..., 0))`, which is 1 elsewhere."""
        match expr:
            case Op("exp", (Op("if", (mask, _, _)),)):
                return mask == self.mask
            case _:
                return False

    # --- expressions ---------------------------------------------------------------------

    def safe(self, expr: Expr) -> Expr:
        """The expression, finite in value and slope where the statement does not hold."""
        match expr:
            case Ref():
                value = meaning(expr, self.means)
                inner = value if value is expr else self.safe(value)
                return expr if inner is value else inner
            case Op(name, arguments):
                operands = tuple(
                    self._operand(name, i, self.safe(a)) for i, a in enumerate(arguments)
                )
                return self._with(expr, operands)
            case Reduce(over=over, argument=argument) if not set(over) & set(self.mask.dims):
                part = self.safe(argument)
                is_same = set(part.dims) == set(argument.dims)
                return replace(expr, argument=part) if part is not argument and is_same else expr
            case Contract(left, right, over) if over not in self.mask.dims:
                parts = self.safe(left), self.safe(right)
                if all(p is q for p, q in zip(parts, (left, right), strict=True)):
                    return expr
                is_same = all(
                    set(p.dims) == set(q.dims) for p, q in zip(parts, (left, right), strict=True)
                )
                return replace(expr, left=parts[0], right=parts[1]) if is_same else expr
            case _:
                return expr

    def _with(self, expr: Op, arguments: tuple[Expr, ...]) -> Expr:
        if all(new is old for new, old in zip(arguments, expr.arguments, strict=True)):
            return expr
        new = dict.fromkeys(d for a in arguments for d in a.dims if d not in expr.dims)
        return replace(expr, arguments=arguments, dims=(*new, *expr.dims))

    def _operand(self, name: str, place: int, operand: Expr) -> Expr:
        """An argument of a function, safe where the function may be infinite, or steep."""
        if not self.varies(operand) or operand.type.kind is Kind.BOOL:
            return operand
        held = interval(operand, self.known)
        match name:
            case "/":
                risk = None if place == 0 or self._is_away_from_0(operand, held) else 1.0
            case "^" if place == 0:
                risk = None if self._is_away_from_0(operand, held) else 1.0
            case "^":
                risk = 1.0 if self._may_overflow(operand, held) else None
            case _ if name in GROWING:
                risk = GROWING[name] if self._may_overflow(operand, held) else None
            case _ if name in POLES:
                risk = None if POLES[name] and self._is_positive(operand, held) else POLES[name]
            case _:
                risk = self._outside(FUNCTIONS[name].domain, operand, held)
        if risk is None or _is_number(operand):
            return operand
        is_whole = operand.type.kind is Kind.INT
        return self.where(operand, Const(int(risk), INT) if is_whole else Const(risk, REAL))

    def _outside(self, domain: tuple[float, float], operand: Expr, held: Interval) -> float | None:
        """A point inside a domain whose ends the operand may reach; `None` if it can't."""
        low, high = domain
        if math.isinf(low) and math.isinf(high):
            return None
        if low < held.low and held.high < high:
            return None
        if (low, high) == (0.0, math.inf):
            return None if self._is_positive(operand, held) else 1.0
        if math.isinf(high):
            return low + 1.0
        return high - 1.0 if math.isinf(low) else (low + high) / 2

    def _may_overflow(self, exponent: Expr, held: Interval) -> bool:
        is_small = max(abs(held.low), abs(held.high)) < SMALL_EXPONENT
        return set(self.mask.dims) <= set(exponent.dims) and not is_small

    def _is_away_from_0(self, operand: Expr, held: Interval) -> bool:
        return held.high < 0 or self._is_positive(operand, held)

    def _is_positive(self, operand: Expr, held: Interval) -> bool:
        """Whether it is above 0: by its interval, or as an entry of what is declared so."""
        if held.low > 0:
            return True
        base = operand
        while isinstance(base, Gather | Pick | Shift):
            base = base.base
        if held.low < 0 or not isinstance(base, Ref):
            return False
        datum = self.program.datum(base.name)
        return datum is not None and datum.range.is_lower_strict


def _is_number(expr: Expr) -> bool:
    return isinstance(expr, Const)


def safe_value(
    parameter: FamilyParameter, along: str | None, family: str, given: Expr
) -> Expr | None:
    """A value of a parameter at which the density is finite; `None` where none is known.

    `along` is the dimension of a parameter that is one of a vector.
    """
    kind, support = parameter.support.kind, parameter.support
    if parameter.role in (Role.MATRIX, Role.FACTOR, Role.CUTPOINTS):
        return None
    if family == "Censored":
        return Const(-math.inf if parameter.name == "lower" else math.inf, REAL)
    if kind is SupportKind.SIMPLEX:
        size: Expr | None = None if along is None else Size(along)
        return None if size is None else Op("/", (Const(1.0, REAL), size), (), REAL)
    low = support.lower.value if support.lower is not None else None
    high = support.upper.value if support.upper is not None else None
    if isinstance(low, str):
        value = 2.0  # the upper limit of a range whose lower one is 0 or 1
    elif low is None:
        value = 0.0
    else:
        value = 0.5 if isinstance(high, float) else low + 1.0
    return (
        Const(int(value), INT)
        if given.type.kind is Kind.INT and value != 0.5
        else Const(value, REAL)
    )
