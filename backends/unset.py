"""Data that are not given but drawn in sequence: what stands for them before they are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gendsl.backends.counts import host_value
from gendsl.backends.failures import FirstNotGiven, ReadsItself
from gendsl.ir.bound import BoundData
from gendsl.ir.expr import Expr, Ref
from gendsl.ir.program import Program, Sample, SampleRole
from gendsl.ir.types import Kind
from gendsl.ir.walk import distribution_exprs, names_now, sites


def unset(program: Program, data: str, bound: BoundData) -> np.ndarray[Any, Any] | None:
    """An array for data that are not given but drawn in sequence; `None` if nothing draws them.

    Raises:
        FirstNotGiven: if its first entries are conditioned on.
        ReadsItself: if a statement reads the entries that it draws.
    """
    datum = program.datum(data)
    scoring = [node for node in sites(program) if _scores(node, data)]
    if datum is None or not scoring or datum.is_fixed:
        return None
    if any(data in names_now(e) for node in scoring for e in _right_side(node)):
        raise ReadsItself(data)
    covered = np.zeros([bound.sizes[d] for d in datum.dims], bool)
    for node in scoring:
        places = [slice(None)] * len(datum.dims)
        if node.slice is not None:
            ends = (node.slice.start, node.slice.stop)
            start, stop = (None if end is None else int(host_value(end, bound)) for end in ends)
            places[datum.dims.index(node.slice.dim)] = slice(start, stop)
        covered[tuple(places)] = True
    if not covered.all():
        raise FirstNotGiven(data, int((~covered).sum()))
    kind = {Kind.REAL: float, Kind.BOOL: bool}.get(datum.type.kind, int)
    return np.zeros(covered.shape, kind)


def _scores(node: Sample, data: str) -> bool:
    is_observed = node.role is SampleRole.OBSERVED
    return is_observed and isinstance(node.value, Ref) and node.value.name == data


def _right_side(node: Sample) -> Iterator[Expr]:
    """What a statement reads to draw its entries."""
    yield from distribution_exprs(node.distribution)
    if node.where is not None:
        yield node.where
