"""Limits of censoring that are flags: `upper = event`, where a time should stand."""

from __future__ import annotations

from collections.abc import Iterator

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.ir.expr import Expr, Ref
from gendsl.ir.program import Distribution, Program
from gendsl.ir.types import Kind
from gendsl.ir.walk import sites


def flags_as_limits(program: Program) -> Iterator[Diagnostic]:
    """A limit of `Censored` that is true or false: 0 and 1 are hardly where the detector ends."""
    for site in sites(program):
        for name, limit in _limits(site.distribution):
            if limit.type.kind is not Kind.BOOL:
                continue
            seen = site.value.name if isinstance(site.value, Ref) else site.name
            flag = limit.span.text if limit.span is not None else "seen"
            end = "inf" if name == "upper" else "-inf"
            yield Diagnostic(
                "G0513",
                f"`{name}` of `Censored` is true or false, not a value of `{seen}`",
                limit.span or site.span,
                "a flag",
                help=f"choose by it, where true is what was seen: `{name} = if({flag}, {end},"
                f" {seen})`"
                + (
                    f"; of what lasted longer than it was watched, the limit is `upper ="
                    f" if({flag}, inf, {seen})`"
                    if name == "lower"
                    else ""
                ),
            )


def _limits(distribution: Distribution) -> Iterator[tuple[str, Expr]]:
    """The limits of all censoring in a distribution."""
    for name, argument in distribution.arguments:
        if isinstance(argument, Distribution):
            yield from _limits(argument)
        elif isinstance(argument, tuple):
            for component in argument:
                yield from _limits(component)
        elif distribution.family.name == "Censored":
            yield name, argument
