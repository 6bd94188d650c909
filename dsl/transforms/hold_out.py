"""Observations that can be left out without changing the program: `y[row] ~ ... where not held`.

Each site gets a mask of its own, `y.held_out[row]`, as data: which entries are left out is a matter
of the values, so that all folds of a cross-validation are one compiled program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gendsl.distributions.support import SupportKind
from gendsl.ir.expr import Dims, Expr, Op, Ref
from gendsl.ir.program import Data, Node, Program, Range, Sample
from gendsl.ir.types import BOOL

HELD_OUT = ".held_out"


def hold_out(program: Program, sites: Mapping[str, Dims]) -> Program:
    """Mask these observed sites over these of their batch dimensions."""
    data: list[Data] = []
    nodes: list[Node] = []
    for node in program.nodes:
        if isinstance(node, Sample) and node.value is not None and node.name in sites:
            name, dims = node.name + HELD_OUT, sites[node.name]
            data.append(
                Data(name, dims, BOOL, Range(), SupportKind.BOOL, False, node.span, is_fixed=True)
            )
            mask = Ref(name, dims, BOOL, node.span)
            kept: Expr = Op("not", (mask,), dims, BOOL, node.span)
            if node.where is not None:
                over = (*node.where.dims, *(d for d in dims if d not in node.where.dims))
                kept = Op("and", (node.where, kept), over, BOOL, node.span)
            nodes.append(replace(node, where=kept))
        else:
            nodes.append(node)
    return replace(program, data=(*program.data, *data), nodes=tuple(nodes))
