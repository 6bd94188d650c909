"""Observations that can be left out without changing the program: `y[row] ~ ... where not held`.

Each site gets a mask of its own, `y.held_out[row]`, as data: which entries are left out is a matter
of the values, so that all folds of a cross-validation are one compiled program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gendsl.ir.expr import Dims, Op, Ref
from gendsl.ir.program import Data, Node, Program, Sample
from gendsl.ir.statements import mask, restricted
from gendsl.ir.types import BOOL

HELD_OUT = ".held_out"


def hold_out(program: Program, sites: Mapping[str, Dims]) -> Program:
    """Mask these observed sites over these of their batch dimensions."""
    data: list[Data] = []
    nodes: list[Node] = []
    for node in program.nodes:
        if isinstance(node, Sample) and node.value is not None and node.name in sites:
            name, dims = node.name + HELD_OUT, sites[node.name]
            data.append(mask(name, dims, node.span, is_fixed=True))
            is_held_out = Ref(name, dims, BOOL, node.span)
            nodes.append(restricted(node, Op("not", (is_held_out,), dims, BOOL, node.span)))
        else:
            nodes.append(node)
    return replace(program, data=(*program.data, *data), nodes=tuple(nodes))
