"""Probabilities that are `inv_logit` of something, as log odds: exact however large these are.

`Bernoulli(inv_logit(e))` becomes `Bernoulli(logit = e)`, `1 - inv_logit(e)` the log odds -e, and
`z * inv_logit(e)`, for z that is 0 or 1, those of `if(z == 1, e, -inf)`. A probability rounds to 1
from e = 37 on, where log(1 - p) is -37 and not -inf. A probability with a name is looked
through, `p[row] = inv_logit(e)`: what is saved as `p` stays.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from gendsl.distributions.family import Family
from gendsl.ir.expr import Const, Expr, Gather, Op, Pick, Ref, Shift
from gendsl.ir.program import Distribution, Program
from gendsl.ir.rewrite import with_distributions
from gendsl.ir.types import BOOL, INT, REAL, Kind
from gendsl.ir.walk import sites
from gendsl.transforms.definitions import Definitions, definitions, meaning, replaced


def by_log_odds(program: Program, sizes: Mapping[str, int] | None = None) -> Program:
    """The program with probabilities by their log odds where a family takes these.

    The density is the same; only `Bernoulli` and `Binomial` may be certain of a value.
    """
    known = _Known(_flags(program), definitions(program))
    nodes = with_distributions(program.nodes, lambda d: _distribution(d, known))
    return replaced(program, nodes, "inv_logit", "logit")


@dataclass(frozen=True, slots=True)
class _Known:
    """The quantities that are 0 or 1 throughout, and what names stand for."""

    flags: frozenset[str]
    means: Definitions


def _flags(program: Program) -> frozenset[str]:
    """What is 0 or 1 throughout: Bernoulli sites, all of whose statements are, and bool data."""
    kinds: dict[str, bool] = {d.name: d.type.kind is Kind.BOOL for d in program.data}
    for site in sites(program):
        is_flag = site.distribution.family.name == "Bernoulli"
        kinds[site.name] = kinds.get(site.name, True) and is_flag
    return frozenset(name for name, is_flag in kinds.items() if is_flag)


def _distribution(distribution: Distribution, known: _Known) -> Distribution:
    family = distribution.family
    arguments: list[tuple[str, Expr | Distribution | tuple[Distribution, ...]]] = []
    form = distribution.form
    for name, argument in distribution.arguments:
        if isinstance(argument, Distribution):
            arguments.append((name, _distribution(argument, known)))
        elif isinstance(argument, tuple):
            arguments.append((name, tuple(_distribution(part, known) for part in argument)))
        elif name == "p" and (odds := _log_odds(argument, known, family)) is not None:
            form = next(f for f in family.forms if any(p.name == "logit" for p in f.parameters))
            arguments.append(("logit", odds))
        else:
            arguments.append((name, argument))
    if tuple(arguments) == distribution.arguments:
        return distribution
    return replace(distribution, form=form, arguments=tuple(arguments))


def _log_odds(p: Expr, known: _Known, family: Family) -> Expr | None:
    """The log odds of a probability, where they are exact."""
    if family.name not in ("Bernoulli", "Binomial", "Geometric"):
        return None
    p = meaning(p, known.means)
    match p:
        case Op("inv_logit", (odds,)):
            return odds
        case Op("-", (Const(value=1), rest)):
            match meaning(rest, known.means):
                case Op("inv_logit", (odds,)):
                    return Op("neg", (odds,), p.dims, odds.type, p.span)
                case _:
                    return None
        case Gather(base=base) | Pick(base=base):
            odds_of_all = _log_odds(base, known, family)
            if odds_of_all is None or set(odds_of_all.dims) != set(base.dims):
                return None
            return replace(p, base=odds_of_all)
        case Op("*", (left, right)) if family.name != "Geometric":
            for flag, other in ((left, right), (right, left)):
                given = _log_odds(other, known, family)
                if given is not None and _is_flag(flag, known):
                    is_on = Op("==", (flag, Const(1, INT)), flag.dims, BOOL, flag.span)
                    never = Const(-math.inf, REAL)
                    return Op("if", (is_on, given, never), p.dims, REAL, p.span)
            return None
        case _:
            return None


def _is_flag(expr: Expr, known: _Known) -> bool:
    """Whether an expression is entries of a quantity that is 0 or 1."""
    match expr:
        case Ref(name=name):
            return name in known.flags
        case Gather(base=base) | Pick(base=base) | Shift(base=base):
            return _is_flag(base, known)
        case _:
            return False
