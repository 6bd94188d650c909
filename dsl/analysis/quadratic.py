"""Whether the log density is quadratic in some latents, all others being fixed.

It is where they are Normal, enter the mean of Normal data and nothing else, and enter it in a
formula of the first degree.
"""

from __future__ import annotations

from dataclasses import dataclass

from gendsl.diagnostics.source import Span
from gendsl.ir.expr import (
    ConstArray,
    Contract,
    Expr,
    Gather,
    GroupReduce,
    Op,
    Pick,
    Reduce,
    Ref,
    Shift,
)
from gendsl.ir.program import Distribution, Equation, Factor, Node, Program, Sample, SampleRole
from gendsl.ir.types import Kind
from gendsl.ir.walk import children, defined_names, is_prediction, names_of

_SUMS = frozenset({"sum", "mean"})
_OTHER = 2
"""The degree of what is neither free of them nor of the first degree."""

Degrees = dict[str, int]


@dataclass(frozen=True, slots=True)
class NotQuadratic:
    """What is in the way, and where."""

    reason: str
    span: Span | None


def not_quadratic(program: Program, names: frozenset[str]) -> NotQuadratic | None:
    """What keeps the log density from being quadratic in `names`; None where nothing does."""
    degrees: Degrees = dict.fromkeys(names, 1)
    for node in program.nodes:
        if is_prediction(node):
            continue
        match node:
            case Equation():
                degrees[node.name] = max(_degree(node.value, degrees), degrees.get(node.name, 0))
                found = None
            case Sample():
                found = _of_sample(node, names, degrees)
            case _:
                found = _of_another(node, degrees)
        if found is not None:
            return found
    return None


def _of_sample(site: Sample, names: frozenset[str], degrees: Degrees) -> NotQuadratic | None:
    """What is in the way in one statement with a distribution."""
    distribution = site.distribution
    is_plain = distribution.truncation is None and distribution.restriction is None
    is_normal = distribution.family.name == "Normal" and is_plain
    entering = names_of(site)
    if site.role is SampleRole.LATENT:
        if site.name in names and not is_normal:
            return NotQuadratic(f"`{site.name}` has another prior than a Normal", site.span)
        if site.type.kind is not Kind.REAL:
            return NotQuadratic(f"`{site.name}` is summed out", site.span)
        if any(degrees.get(name) for name in entering - {site.name}):
            return NotQuadratic(f"the prior of `{site.name}` depends on them", site.span)
        return None
    if not any(degrees.get(name) for name in entering):
        return None
    if not is_normal:
        return NotQuadratic(f"`{site.name}` has another likelihood than a Normal one", site.span)
    degree = {
        parameter: _degree(value, degrees)
        for parameter, value in distribution.arguments
        if not isinstance(value, tuple | Distribution)
    }
    beside = [e for e in (site.value, site.where) if e is not None]
    if any(_degree(e, degrees) for e in beside):
        return NotQuadratic(f"what `{site.name}` scores depends on them", site.span)
    if any(d for p, d in degree.items() if p != "loc"):
        return NotQuadratic(f"the scale of `{site.name}` depends on them", site.span)
    if degree.get("loc", 0) > 1:
        return NotQuadratic(f"the mean of `{site.name}` is not linear in them", site.span)
    return None


def _of_another(node: Node, degrees: Degrees) -> NotQuadratic | None:
    """A factor, a recurrence or equations in time that they enter."""
    if not any(degrees.get(name) for name in names_of(node)):
        return None
    what = "a factor" if isinstance(node, Factor) else f"`{defined_names(node)[0]}`"
    return NotQuadratic(f"{what} depends on them", node.span)


def _degree(expr: Expr, degrees: Degrees) -> int:
    """The degree of an expression in them: 0, 1, or more than that."""
    match expr:
        case Ref(name):
            return degrees.get(name, 0)
        case Op("+" | "-" | "neg", arguments) | ConstArray(arguments):
            return max((_degree(a, degrees) for a in arguments), default=0)
        case Op("real", (argument,)):
            return _degree(argument, degrees)
        case Op("*", arguments):
            return min(_OTHER, sum(_degree(a, degrees) for a in arguments))
        case Op("/", (above, below)):
            return _OTHER if _degree(below, degrees) else _degree(above, degrees)
        case Op("if", (condition, *branches)):
            inside = max(_degree(b, degrees) for b in branches)
            return _OTHER if _degree(condition, degrees) else inside
        case Contract(left, right):
            return min(_OTHER, _degree(left, degrees) + _degree(right, degrees))
        case Reduce(name, _, argument) if name in _SUMS:
            return _degree(argument, degrees)
        case GroupReduce(name, _, index, _, argument) if name in _SUMS:
            return _OTHER if _degree(index, degrees) else _degree(argument, degrees)
        case Gather(base, indices):
            is_free = not any(_degree(index, degrees) for _, index in indices)
            return _degree(base, degrees) if is_free else _OTHER
        case Pick(base) | Shift(base):
            return _degree(base, degrees)
        case _:
            return _OTHER if any(_degree(inner, degrees) for inner in children(expr)) else 0
