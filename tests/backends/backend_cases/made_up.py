"""Small data made up for any model: a few members of each dimension, values inside their bounds."""

from collections.abc import Mapping

import numpy as np

from gendsl.api.synthetic import make_up
from gendsl.backends.counts import host_value
from gendsl.ir.bound import BoundData
from gendsl.ir.expr import Expr, LabelOf, LabelPosition, Pick, Ref
from gendsl.ir.program import Dimension, Program
from gendsl.ir.walk import node_exprs, walk

MEMBERS, POSITIONS, COUNT = 4, 7, 5
"""Of a dimension, of an ordered one, of one whose size is a number in the data."""


def made_up(
    program: Program, given: Mapping[str, object] | None = None, seed: int = 0
) -> BoundData:
    """Data of small sizes, all of them known; `given` are those that can't be just anything."""
    arrays = {name: np.asarray(value) for name, value in (given or {}).items()}
    arrays |= {
        name: np.asarray(COUNT)
        for dimension in program.dimensions
        if dimension.size is not None
        for name in _data_in(dimension.size, program)
        if name not in arrays
    }
    labels = _labels(program)
    sizes: dict[str, int] = {}
    left = list(program.dimensions)
    while left:
        dimension = left.pop(0)
        known = BoundData(arrays, sizes, {}, {}, frozenset())
        try:
            sizes[dimension.name] = _size(dimension, labels, known)
        except KeyError:  # the size of a later one
            left.append(dimension)
    named = {d.name: labels.get(d.name, d.labels) for d in program.dimensions}
    absent = frozenset(datum.name for datum in program.data) - arrays.keys()
    return make_up(program, BoundData(arrays, sizes, named, {}, absent), absent, seed)


def _size(dimension: Dimension, labels: Mapping[str, tuple[str, ...]], known: BoundData) -> int:
    if dimension.labels is not None:
        return len(dimension.labels)
    if dimension.like is not None:
        return known.sizes[dimension.like]
    if dimension.size is not None:
        return int(host_value(dimension.size, known))
    if dimension.name in labels:
        return len(labels[dimension.name])
    return POSITIONS if dimension.is_ordered else MEMBERS


def _data_in(expr: Expr, program: Program) -> list[str]:
    named = (part.name for part in walk(expr) if isinstance(part, Ref))
    return [name for name in named if program.datum(name) is not None]


def _labels(program: Program) -> dict[str, tuple[str, ...]]:
    """The labels of dimensions whose members are named in expressions only, and some others."""
    found: dict[str, list[str]] = {}
    written = {d.name for d in program.dimensions if d.labels is not None}
    for node in program.nodes:
        for expr in node_exprs(node):
            for part in walk(expr):
                match part:
                    case LabelOf(dim, label) | Pick(dim=dim, position=LabelPosition(label)):
                        if dim not in written and label not in found.setdefault(dim, []):
                            found[dim].append(label)
                    case _:
                        pass
    return {dim: (*names, "another", "a third") for dim, names in found.items()}


__all__ = ["made_up"]
