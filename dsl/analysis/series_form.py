"""Which random series are sampled through their standardised innovations, and why.

`x[time] ~ Normal(f(x[time - 1]), q)` is `x = f(x[time - 1]) + q * z`. With noise of sd s in what
the data say of a position, the posterior of x has a condition number of about 4 s^2 / q^2, that of
z one of about 1 + q^2 / s^2 times the square of how long the series remembers. Data that set a
location, with noise of the size of q, speak for x; data that see x only as a scale say little of
each position (an information of 1/2), and speak for z (Kastner & Frühwirth-Schnatter 2014,
"Ancillarity-sufficiency interweaving strategy for boosting MCMC estimation of stochastic volatility
models").
"""

from __future__ import annotations

from dataclasses import replace

from gendsl.analysis.dependence import directly_above
from gendsl.ir.expr import LookBack, Shift
from gendsl.ir.program import (
    Distribution,
    Equation,
    Program,
    Recurrence,
    Sample,
    SampleRole,
    Series,
)
from gendsl.ir.walk import distribution_exprs, names_in, names_of, walk


def has_innovations(node: Recurrence, series: Series) -> bool:
    """Whether a series is a location and a scale times innovations that depend on nothing past."""
    step = series.step
    if not isinstance(step, Sample):
        return False
    parts = step.distribution.family.location_scale
    if parts is None or step.role is not SampleRole.LATENT or step.event_dims:
        return False
    inside = {s.name for s in node.series}
    for name, argument in step.distribution.arguments:
        if name in (parts.location, parts.scale):
            continue
        if isinstance(argument, Distribution | tuple):
            return False
        if names_in(argument) & inside or any(
            isinstance(part, Shift | LookBack) for part in walk(argument)
        ):
            return False
    return True


def sets_no_location(program: Program, name: str) -> bool:
    """Whether what is observed of a series has it in a scale alone, and something is."""
    reached = {name}
    for node in program.nodes:
        match node:
            case Equation() if names_of(node) & reached:
                reached.add(node.name)
            case Recurrence() if names_of(node) & reached:
                reached |= {s.name for s in node.series if names_of(s.step) & reached}
            case _:
                pass
    found = [s for s in directly_above(program, name) if s.role is SampleRole.OBSERVED]
    return bool(found) and all(_is_scaled_only(site, reached) for site in found)


def _is_scaled_only(site: Sample, reached: set[str]) -> bool:
    parts = site.distribution.family.location_scale
    if parts is None or parts.location is None:
        return False
    arguments = dict(site.distribution.arguments)
    arguments.pop(parts.scale)
    rest = replace(site.distribution, arguments=tuple(arguments.items()))
    return not any(names_in(expr) & reached for expr in distribution_exprs(rest))
