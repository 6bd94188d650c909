"""What no draw of a `pfn` block can be: inputs without values, conditions that never hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gendsl.analysis.intervals import Interval, interval, intervals
from gendsl.analysis.task_nodes import requirements
from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.ir.expr import Expr, Op
from gendsl.ir.pfn import Pfn
from gendsl.ir.program import Sample
from gendsl.resolve.pfns.missing import SHARE

Known = Mapping[str, Interval]


def impossible(pfn: Pfn) -> Iterator[Diagnostic]:
    """What can be seen of the numbers that are written; what is rare is met by sampling alone."""
    known = intervals(pfn.program)
    drawn = {node.name: node for node in pfn.program.nodes if isinstance(node, Sample)}
    for each in pfn.inputs:
        node, found = drawn.get(each.site), known.get(each.site)
        datum = pfn.program.datum(each.name)
        if node is None or found is None or found.low <= found.high:
            continue
        yield Diagnostic(
            "G1009",
            f"`{node.distribution.family.name}` draws no `{each.name}` that lies within its bounds",
            each.span,
            f"no number is at least {found.low:g} and at most {found.high:g}",
            () if datum is None else (Label(datum.span, "declared here"),),
            help="draw values that the model allows",
        )
    for each in pfn.missing:
        node, found = drawn[each.site + SHARE], known.get(each.site + SHARE)
        if found is not None and found.low > found.high:
            yield Diagnostic(
                "G1054",
                f"`{node.distribution.family.name}` draws no share of `{each.name}`",
                each.span,
                "lies nowhere between 0 and 1",
                help=f"the share that is missing, for each task: `{each.name} ~ Uniform(0, 0.5)`",
            )
    for factor in requirements(pfn).values():
        if _is_never(factor.value, known):
            yield Diagnostic(
                "G1014",
                "what is required never holds",
                factor.span,
                "no draw of the prior is kept",
                help="compare with values that the prior has, or widen it",
            )


def _is_never(expr: Expr, known: Known) -> bool:
    """Whether intervals show that a condition is false everywhere."""
    match expr:
        case Op("and", arguments):
            return any(_is_never(each, known) for each in arguments)
        case Op("or", arguments):
            return all(_is_never(each, known) for each in arguments)
        case Op("<" | "<=" | ">" | ">=" | "==" as name, (left, right)):
            a, b = interval(left, dict(known)), interval(right, dict(known))
            match name:
                case "<":
                    return a.low >= b.high
                case "<=":
                    return a.low > b.high
                case ">":
                    return a.high <= b.low
                case ">=":
                    return a.high < b.low
                case _:
                    return a.high < b.low or a.low > b.high
        case _:
            return False
