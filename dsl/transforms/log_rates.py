"""Rates that are `exp` of something, by their logarithms: exact where they underflow.

`Poisson(exp(e))` becomes `Poisson(log_rate = e)`, and `NegativeBinomial(exp(e), phi)` the form by
`log_mean`: at e = -800 and a count of 2 the density is exp(-1600) / 2, not 0. A rate with a name is
looked through, `mu[row] = exp(e)`: what is saved as `mu` stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gendsl.ir.expr import Expr, Gather, Op, Pick
from gendsl.ir.program import Argument, Distribution, Program
from gendsl.ir.rewrite import with_distributions
from gendsl.transforms.definitions import Definitions, definitions, meaning, replaced

FORMS = {"Poisson": ("rate", "log_rate"), "NegativeBinomial": ("mean", "log_mean")}
"""The parameters by which families take a rate, and its logarithm."""


def by_log_rates(program: Program, sizes: Mapping[str, int] | None = None) -> Program:
    """The program with rates by their logarithms where a family takes these; the density stays."""
    means = definitions(program)
    nodes = with_distributions(program.nodes, lambda d: _distribution(d, means))
    return replaced(program, nodes, "exp", "log")


def _distribution(distribution: Distribution, means: Definitions) -> Distribution:
    family = distribution.family
    names = FORMS.get(family.name)
    form = distribution.form
    arguments: list[tuple[str, Argument]] = []
    for name, argument in distribution.arguments:
        if isinstance(argument, Distribution):
            arguments.append((name, _distribution(argument, means)))
        elif isinstance(argument, tuple):
            arguments.append((name, tuple(_distribution(part, means) for part in argument)))
        elif names and name == names[0] and (log := _log(argument, means)) is not None:
            form = next(f for f in family.forms if any(p.name == names[1] for p in f.parameters))
            arguments.append((names[1], log))
        else:
            arguments.append((name, argument))
    if tuple(arguments) == distribution.arguments:
        return distribution
    return replace(distribution, form=form, arguments=tuple(arguments))


def _log(rate: Expr, means: Definitions) -> Expr | None:
    """The logarithm of a rate, where it is exact."""
    rate = meaning(rate, means)
    match rate:
        case Op("exp", (log,)):
            return log
        case Gather(base=base) | Pick(base=base):
            log_of_all = _log(base, means)
            if log_of_all is None or set(log_of_all.dims) != set(base.dims):
                return None
            return replace(rate, base=log_of_all)
        case _:
            return None
