"""Probabilities that are `inv_logit` of something, as log odds: exact however large these are.

`Bernoulli(inv_logit(e))` becomes `Bernoulli(logit = e)`, `1 - inv_logit(e)` the log odds -e, and
`z * inv_logit(e)`, for z that is 0 or 1, those of `if(z == 1, e, -inf)`. A probability rounds to 1
from e = 37 on, where log(1 - p) is -37 and not -inf.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from gendsl.distributions.family import Family
from gendsl.ir.expr import Const, Expr, Gather, Op, Pick, Ref, Shift
from gendsl.ir.program import Distribution, Node, Program, Recurrence, Sample
from gendsl.ir.types import BOOL, INT, REAL, Kind
from gendsl.ir.walk import sites


def by_log_odds(program: Program, sizes: Mapping[str, int] | None = None) -> Program:
    """The program with probabilities by their log odds where a family takes these.

    The density is the same; only `Bernoulli` and `Binomial` may be certain of a value.
    """
    flags = _flags(program)
    return replace(program, nodes=tuple(_node(node, flags) for node in program.nodes))


def _flags(program: Program) -> frozenset[str]:
    """What is 0 or 1 throughout: Bernoulli sites, all of whose statements are, and bool data."""
    kinds: dict[str, bool] = {d.name: d.type.kind is Kind.BOOL for d in program.data}
    for site in sites(program):
        is_flag = site.distribution.family.name == "Bernoulli"
        kinds[site.name] = kinds.get(site.name, True) and is_flag
    return frozenset(name for name, is_flag in kinds.items() if is_flag)


def _node(node: Node, flags: frozenset[str]) -> Node:
    match node:
        case Sample():
            return _sample(node, flags)
        case Recurrence():
            series = tuple(
                replace(
                    s,
                    starts=tuple(
                        _sample(p, flags) if isinstance(p, Sample) else p for p in s.starts
                    ),
                    step=_sample(s.step, flags) if isinstance(s.step, Sample) else s.step,
                )
                for s in node.series
            )
            return replace(node, series=series)
        case _:
            return node


def _sample(sample: Sample, flags: frozenset[str]) -> Sample:
    distribution = _distribution(sample.distribution, flags)
    return (
        sample
        if distribution is sample.distribution
        else replace(sample, distribution=distribution)
    )


def _distribution(distribution: Distribution, flags: frozenset[str]) -> Distribution:
    family = distribution.family
    arguments: list[tuple[str, Expr | Distribution | tuple[Distribution, ...]]] = []
    form = distribution.form
    for name, argument in distribution.arguments:
        if isinstance(argument, Distribution):
            arguments.append((name, _distribution(argument, flags)))
        elif isinstance(argument, tuple):
            arguments.append((name, tuple(_distribution(part, flags) for part in argument)))
        elif name == "p" and (odds := _log_odds(argument, flags, family)) is not None:
            form = next(f for f in family.forms if any(p.name == "logit" for p in f.parameters))
            arguments.append(("logit", odds))
        else:
            arguments.append((name, argument))
    if tuple(arguments) == distribution.arguments:
        return distribution
    return replace(distribution, form=form, arguments=tuple(arguments))


def _log_odds(p: Expr, flags: frozenset[str], family: Family) -> Expr | None:
    """The log odds of a probability, where they are exact."""
    if family.name not in ("Bernoulli", "Binomial", "Geometric"):
        return None
    match p:
        case Op("inv_logit", (odds,)):
            return odds
        case Op("-", (Const(value=1), Op("inv_logit", (odds,)))):
            return Op("neg", (odds,), p.dims, odds.type, p.span)
        case Op("*", (left, right)) if family.name != "Geometric":
            for flag, other in ((left, right), (right, left)):
                given = _log_odds(other, flags, family)
                if given is not None and _is_flag(flag, flags):
                    is_on = Op("==", (flag, Const(1, INT)), flag.dims, BOOL, flag.span)
                    never = Const(-math.inf, REAL)
                    return Op("if", (is_on, given, never), p.dims, REAL, p.span)
            return None
        case _:
            return None


def _is_flag(expr: Expr, flags: frozenset[str]) -> bool:
    """Whether an expression is entries of a quantity that is 0 or 1."""
    match expr:
        case Ref(name=name):
            return name in flags
        case Gather(base=base) | Pick(base=base) | Shift(base=base):
            return _is_flag(base, flags)
        case _:
            return False
