"""Ranges of expressions by interval arithmetic: what the linter knows of signs and bounds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from gendsl.distributions.support import SupportKind
from gendsl.ir.expr import (
    ArrayCall,
    Const,
    ConstArray,
    Contract,
    Coordinate,
    Cumulate,
    Expr,
    Gather,
    GroupReduce,
    IndexOf,
    LabelOf,
    LookBack,
    Op,
    Pick,
    Reduce,
    Ref,
    Shift,
    Size,
)
from gendsl.ir.functions import DIM_FUNCTIONS, FUNCTIONS
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import (
    Data,
    Elimination,
    Equation,
    Factor,
    Program,
    Range,
    Recurrence,
    Sample,
)  # fmt: skip
from gendsl.ir.types import Kind
from gendsl.ir.walk import children


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval that contains every value."""

    low: float
    high: float

    def __or__(self, other: Interval) -> Interval:
        return Interval(min(self.low, other.low), max(self.high, other.high))

    def __and__(self, other: Interval) -> Interval:
        return Interval(max(self.low, other.low), min(self.high, other.high))


EVERYTHING = Interval(-math.inf, math.inf)
POSITIVE = Interval(0.0, math.inf)
UNIT = Interval(0.0, 1.0)

_TRIED = {UNIT: POSITIVE, POSITIVE: EVERYTHING}
"""What is tried of a deterministic series after an interval that it leaves."""

_joint = {
    SupportKind.SIMPLEX: Interval(0.0, 1.0),
    SupportKind.POSITIVE_ORDERED: POSITIVE,
    SupportKind.UNIT_VECTOR: Interval(-1.0, 1.0),
    SupportKind.CORR: Interval(-1.0, 1.0),
    SupportKind.CHOLESKY_CORR: Interval(-1.0, 1.0),
    SupportKind.BOOL: Interval(0.0, 1.0),
}


def intervals(program: Program) -> dict[str, Interval]:
    """The interval of every named quantity."""
    known: dict[str, Interval] = {}
    for data in program.data:
        known[data.name] = _declared(data, known)
    for node in program.nodes:
        match node:
            case Sample():
                known.setdefault(node.name, _drawn(node, known))
            case Equation():
                known[node.name] = interval(node.value, known)
            case Recurrence():
                known |= _recurrence(node, known)
            case OdeSystem():
                pass
            case Factor() | Elimination():
                pass
    return known


def _recurrence(node: Recurrence, known: dict[str, Interval]) -> dict[str, Interval]:
    """Intervals by induction: what holds at the starts, and at a step whenever it held before.

    Random series stay within their distributions; of an equation it is tried whether its values
    stay within [0, 1], then whether they stay non-negative, and given up where it can't be shown.
    """
    guess: dict[str, Interval] = {}
    for series in node.series:
        drawn = [p for p in (*series.starts, series.step) if isinstance(p, Sample)]
        if isinstance(series.step, Sample):
            guess[series.name] = _hull(tuple(_drawn(p, known) for p in drawn))
        else:
            guess[series.name] = UNIT
    while True:
        inside = known | guess
        failed = {}
        for series in node.series:
            parts = (*series.starts, series.step)
            found = _hull(
                tuple(
                    interval(p.value, inside) if isinstance(p, Equation) else _drawn(p, inside)
                    for p in parts
                )
            )
            held = guess[series.name]
            if not (held.low <= found.low and found.high <= held.high):
                failed[series.name] = (
                    _TRIED.get(held, EVERYTHING)
                    if isinstance(series.step, Equation)
                    else held | found
                )
        if not failed:
            return guess
        guess |= failed


def _declared(data: Data, known: dict[str, Interval]) -> Interval:
    base = (
        Interval(0.0, 1.0) if data.type.kind is Kind.BOOL else _joint.get(data.support, EVERYTHING)
    )
    return base & _range(data.range, known)


def _drawn(node: Sample, known: dict[str, Interval]) -> Interval:
    return _joint.get(node.support, EVERYTHING) & _range(node.range, known)


def _range(range: Range, known: dict[str, Interval]) -> Interval:
    low = interval(range.lower, known).low if range.lower is not None else -math.inf
    high = interval(range.upper, known).high if range.upper is not None else math.inf
    return Interval(low, high)


def interval(expr: Expr, known: dict[str, Interval]) -> Interval:
    """An interval that holds every value that an expression can take."""
    match expr:
        case Const(value):
            return Interval(float(value), float(value))
        case ConstArray(items):
            return _hull(tuple(interval(i, known) for i in items))
        case Ref(name):
            return known.get(name, EVERYTHING)
        case Op(name, arguments):
            if name == "*" and arguments[0] == arguments[1]:
                return _square(interval(arguments[0], known))
            if name == "-" and _is_sum_before(arguments) and interval(arguments[1], known).low >= 0:
                return POSITIVE
            return _operation(name, tuple(interval(a, known) for a in arguments))
        case Reduce(name, _, argument):
            return _reduced(name, interval(argument, known))
        case GroupReduce("sum" | "prod" as name, argument=argument):
            return _reduced(name, interval(argument, known))
        case GroupReduce():
            return EVERYTHING  # an empty group's maximum is no number
        case Cumulate(name, _, argument):
            inside = interval(argument, known)
            return (
                POSITIVE
                if name in ("cumsum", "cumprod") and inside.low >= 0
                else Interval(*DIM_FUNCTIONS[name].range)
            )
        case Contract(left, right):
            return (
                POSITIVE
                if interval(left, known).low >= 0 and interval(right, known).low >= 0
                else EVERYTHING
            )
        case Gather(base) | Pick(base) | Shift(base):
            return interval(base, known)
        case LookBack():
            return (
                POSITIVE
                if all(interval(part, known).low >= 0 for part in children(expr))
                else EVERYTHING
            )
        case Coordinate() | IndexOf() | LabelOf() | Size():
            return POSITIVE
        case ArrayCall("joined" | "first_part" | "last_part", arguments):
            return _hull(tuple(interval(a, known) for a in arguments))
        case ArrayCall():
            return EVERYTHING


def _is_sum_before(arguments: tuple[Expr, ...]) -> bool:
    """Whether a difference is the sum of what stands before: `cumsum[time](x) - x`."""
    left, right = arguments
    return isinstance(left, Cumulate) and left.name == "cumsum" and left.argument == right


def _hull(parts: tuple[Interval, ...]) -> Interval:
    result = parts[0]
    for part in parts[1:]:
        result = result | part
    return result


def _reduced(name: str, inside: Interval) -> Interval:
    match name:
        case "mean" | "max" | "min":
            return inside
        case "sum" | "prod" if inside.low >= 0:
            return POSITIVE
        case _:
            return Interval(*DIM_FUNCTIONS[name].range)


def _operation(name: str, parts: tuple[Interval, ...]) -> Interval:
    a = parts[0]
    match name:
        case "+":
            return Interval(a.low + parts[1].low, a.high + parts[1].high)
        case "-":
            return Interval(a.low - parts[1].high, a.high - parts[1].low)
        case "neg":
            return Interval(-a.high, -a.low)
        case "*":
            return _product(a, parts[1])
        case "/":
            b = parts[1]
            if b.low > 0 or b.high < 0:
                return _product(a, Interval(1 / b.high, 1 / b.low))
            return POSITIVE if a.low >= 0 and b.low >= 0 else EVERYTHING
        case "^":
            exponent = parts[1]
            if exponent.low == exponent.high == 2:
                return _square(a)
            if a.low >= 0 and a.high <= 1 and exponent.low >= 0:
                return UNIT
            is_even = exponent.low == exponent.high and exponent.low % 2 == 0
            return POSITIVE if a.low >= 0 or is_even else EVERYTHING
        case "square":
            return _square(a)
        case "abs":
            return Interval(
                0.0 if a.low <= 0 <= a.high else min(abs(a.low), abs(a.high)),
                max(abs(a.low), abs(a.high)),
            )
        case "min":
            return Interval(min(a.low, parts[1].low), min(a.high, parts[1].high))
        case "max":
            return Interval(max(a.low, parts[1].low), max(a.high, parts[1].high))
        case "if":
            return parts[1] | parts[2]
        case "<" | "<=" | ">" | ">=" | "==" | "!=" | "and" | "or" | "not":
            return Interval(0.0, 1.0)
        case "real" | "round" | "floor" | "ceil":
            return Interval(a.low - 1, a.high + 1) if name != "real" else a
        case _:
            return _tabled(name, a)


def _tabled(name: str, a: Interval) -> Interval:
    """The row's range; for a few increasing functions the image of the interval."""
    row = FUNCTIONS[name]
    exact: dict[str, Callable[[float], float]] = {
        "exp": _exp,
        "log": _log,
        "sqrt": lambda x: math.sqrt(x) if x > 0 else 0.0,
        "log1p": lambda x: _log(1 + x),
    }
    image = exact.get(name)
    if image is None:
        return Interval(*row.range)
    return Interval(image(a.low), image(a.high))


def _exp(x: float) -> float:
    return math.exp(x) if x < 700 else math.inf


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf


def _times(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b


def _product(a: Interval, b: Interval) -> Interval:
    ends = [_times(x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
    return Interval(min(ends), max(ends))


def _square(a: Interval) -> Interval:
    ends = (_times(a.low, a.low), _times(a.high, a.high))
    return Interval(0.0 if a.low <= 0 <= a.high else min(ends), max(ends))
