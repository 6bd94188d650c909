"""Quantities that are set from outside: `do(x = 1)`.

The statement that defines the quantity is taken out, and with it every arrow into the quantity;
data with its name take its place, so that what depends on it sees the value. Where only some
entries are set, the statement stays under another name, `x.own`, and
`x = if(x.is_set, x.set, x.own)`.

Source: Pearl (2009), "Causality", 2nd edition, section 3.2: the truncated factorisation.
"""

from __future__ import annotations

from dataclasses import replace

from gendsl.ir.expr import Ref
from gendsl.ir.program import Data, Equation, Node, Program, Recurrence, Sample
from gendsl.transforms.fixed_data import (
    data_in_part,
    series_named,
    set_in_part,
    standing_for,
    without_series,
)


def intervene(
    program: Program, names: frozenset[str], partial: frozenset[str] = frozenset()
) -> Program:
    """Set these quantities from outside; of those in `partial` only some entries are set."""
    data: list[Data] = []
    nodes: list[Node] = []
    for node in program.nodes:
        chosen = tuple(series_named(node, names))
        if isinstance(node, Recurrence) and chosen:
            data += [standing_for(series.step) for series in chosen]
            nodes += without_series(node, names)
        elif isinstance(node, Sample) and _observes(node, names):
            continue
        elif isinstance(node, Sample | Equation) and node.name in names and not _scores(node):
            if node.name in partial:
                nodes += set_in_part(node)
                data += data_in_part(node)
            else:
                data.append(standing_for(node))
        else:
            nodes.append(node)
    return replace(program, data=(*program.data, *data), nodes=tuple(nodes))


def _scores(node: Sample | Equation) -> bool:
    return isinstance(node, Sample) and node.value is not None


def _observes(node: Sample, names: frozenset[str]) -> bool:
    return isinstance(node.value, Ref) and node.value.name in names
