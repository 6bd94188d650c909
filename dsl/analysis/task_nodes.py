"""The statements that draw a task of a `pfn` block: those that what it names needs, in order.

What a statement defines is a latent, a computed quantity, data that it observes, or the data for
which the block draws inputs; a requirement defines itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gendsl.ir.expr import Ref
from gendsl.ir.pfn import Pfn
from gendsl.ir.program import Factor, Node, Sample, SampleRole
from gendsl.ir.walk import (
    defined_names,
    distribution_exprs,
    is_prediction,
    names_in,
    names_of,
    range_exprs,
)
from gendsl.resolve.pfns.missing import SHARE

REQUIRE = "require."
"""What requirements are called, with their number."""


@dataclass(frozen=True, slots=True)
class TaskNodes:
    """`nodes` by what they define, each behind those that it needs; `absent` is never defined.

    `circle` are names of which each needs the next, if there are such.
    """

    nodes: Mapping[str, Node]
    absent: Mapping[str, str]
    circle: tuple[str, ...]


def requirements(pfn: Pfn) -> dict[str, Factor]:
    """The requirements of a block, by name."""
    places = {(span.start, span.end) for span in pfn.requires}
    source = pfn.span.source
    found = [
        node
        for node in pfn.program.nodes
        if isinstance(node, Factor)
        and node.span.source is source
        and (node.span.start, node.span.end) in places
    ]
    return {f"{REQUIRE}{i}": node for i, node in enumerate(found)}


def added_nodes(pfn: Pfn) -> tuple[Node, ...]:
    """The statements that the block added to its prior: of inputs, of gaps in them, what is
    required."""
    sites = {each.site for each in (*pfn.inputs, *pfn.missing)}
    sites |= {each.site + SHARE for each in pfn.missing}
    required = {id(node) for node in requirements(pfn).values()}
    return tuple(
        node
        for node in pfn.program.nodes
        if (isinstance(node, Sample) and node.name in sites) or id(node) in required
    )


def task_nodes(pfn: Pfn) -> TaskNodes:
    """What is needed of the block's program."""
    required = requirements(pfn)
    defined = _definitions(pfn) | dict(required)
    named = [each.name for each in (pfn.target, *pfn.latents, *pfn.given)]
    named += [each.name for each in pfn.inputs] + [each.site for each in pfn.missing]
    order: dict[str, Node] = {}
    absent: dict[str, str] = {}
    circle: tuple[str, ...] = ()
    stack: list[tuple[str, bool]] = [(n, False) for n in reversed(_roots(named, required))]
    path: list[str] = []
    while stack:
        name, is_done = stack.pop()
        if is_done:
            path.remove(name)
            order[name] = defined[name]
            continue
        if name in order or name in absent:
            continue
        if name in path:
            circle = circle or tuple(path[path.index(name) :])
            continue
        path.append(name)
        stack.append((name, True))
        for needed in sorted(names_needed(defined[name]), reverse=True):
            if needed in defined:
                stack.append((needed, False))
            else:
                absent.setdefault(needed, name)
    return TaskNodes(order, absent, circle)


def _roots(named: list[str], required: Mapping[str, Factor]) -> list[str]:
    return list(dict.fromkeys((*named, *required)))


def names_needed(node: Node) -> frozenset[str]:
    """What has to be known for a node to be drawn: not the data that it observes."""
    if not isinstance(node, Sample) or node.role is not SampleRole.OBSERVED:
        return names_of(node) - frozenset(defined_names(node))
    exprs = [*distribution_exprs(node.distribution), *range_exprs(node.range)]
    exprs += [] if node.where is None else [node.where]
    return frozenset(name for expr in exprs for name in names_in(expr))


def _definitions(pfn: Pfn) -> dict[str, Node]:
    drawn = {each.site: each.name for each in pfn.inputs}
    found: dict[str, Node] = {}
    for node in pfn.program.nodes:
        match node:
            case Sample(role=SampleRole.OBSERVED, value=Ref(name)) if pfn.program.datum(name):
                found.setdefault(name, node)
            case Sample(role=SampleRole.OBSERVED) | Factor():
                continue
            case _ if is_prediction(node):
                continue
            case _:
                for name in defined_names(node):
                    if name not in drawn:
                        found.setdefault(name, node)
    for node in pfn.program.nodes:
        if isinstance(node, Sample) and node.name in drawn:
            found[drawn[node.name]] = node
    return found
