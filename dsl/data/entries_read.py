"""At which entries a statement reads each part of its expressions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gendsl.data.evaluate import Environment, EvaluationError, align, broadcast, evaluate
from gendsl.ir.expr import (
    ArrayCall,
    Contract,
    Cumulate,
    Dims,
    Expr,
    Gather,
    GroupReduce,
    LookBack,
    Op,
    Pick,
    Reduce,
    Shift,
)
from gendsl.ir.program import Node, Recurrence, Sample, Slice
from gendsl.ir.walk import Statement, children, node_exprs, parts


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries along some dimensions, and all along any other: [*dims]."""

    mask: NDArray[np.bool_]
    dims: Dims = ()

    def without(self, dims: Dims) -> Entries:
        """The entries where some dimensions are read as a whole."""
        axes = tuple(i for i, dim in enumerate(self.dims) if dim in dims)
        kept = tuple(dim for dim in self.dims if dim not in dims)
        return Entries(np.asarray(self.mask.any(axis=axes)), kept) if axes else self

    def back(self, dim: str, first: int, last: int | None) -> Entries:
        """The entries from `last` to `first` steps before; without `last`, all of them before."""
        if dim not in self.dims:
            return self
        mask = np.moveaxis(self.mask, self.dims.index(dim), 0)
        size = len(mask)
        found = np.zeros_like(mask)
        for lag in range(max(first, -size), (size if last is None else min(last, size)) + 1):
            low, high = max(lag, 0), size + min(lag, 0)
            found[low - lag : high - lag] |= mask[low:high]
        return Entries(np.moveaxis(found, 0, self.dims.index(dim)), self.dims)

    def along(self, dims: Dims, env: Environment) -> NDArray[np.bool_]:
        """Whether each entry of an expression with these dimensions is read: [*dims]."""
        inner = self.without(tuple(dim for dim in self.dims if dim not in dims))
        return np.asarray(broadcast(inner.mask, inner.dims, dims, env))


EVERYWHERE = Entries(np.asarray(True))
NOWHERE = Entries(np.asarray(False))


def holding(node: Node, env: Environment) -> Iterator[tuple[Expr, Entries]]:
    """Every expression of a node, with the entries at which its statement holds.

    One whose condition data alone do not decide is known to hold nowhere.
    """
    begins: dict[int, Slice] = {}
    if isinstance(node, Recurrence):
        for series in node.series:
            last = series.starts[-1].slice if series.starts else None
            if last is not None:
                begins[id(series.step)] = Slice(node.dim, last.stop, None)
    inner = parts(node)
    if not inner:
        yield from ((expr, EVERYWHERE) for expr in node_exprs(node))
    for statement in inner:
        try:
            entries = _entries(statement, begins.get(id(statement), statement.slice), env)
        except EvaluationError:
            entries = NOWHERE
        yield from ((expr, entries) for expr in node_exprs(statement))


def entries_scored(site: Sample, env: Environment) -> Entries:
    """The entries at which a statement holds.

    Raises:
        EvaluationError: if data alone do not decide it.
    """
    return _entries(site, site.slice, env)


def _entries(statement: Statement, part: Slice | None, env: Environment) -> Entries:
    where = getattr(statement, "where", None)
    dims = () if where is None else where.dims
    mask = np.asarray(True) if where is None else evaluate(where, env).astype(bool)
    if part is None:
        return Entries(mask, dims)
    position = np.arange(env.size(part.dim))
    inside = np.ones(len(position), np.bool_)
    if part.start is not None:
        inside &= position >= evaluate(part.start, env)
    if part.stop is not None:
        inside &= position < evaluate(part.stop, env)
    both = dims if part.dim in dims else (*dims, part.dim)
    return Entries(align(mask, dims, both) & align(inside, (part.dim,), both), both)


def read(expr: Expr, entries: Entries) -> Iterator[tuple[Expr, Entries]]:
    """Every part of an expression, with the entries at which it is read.

    Branches of an `if` are left out: the condition may keep them from counting.
    """
    stack = [(expr, entries)]
    while stack:
        part, at = stack.pop()
        yield part, at
        match part:
            case Op("if", (condition, *_)):
                stack.append((condition, at))
            case Shift(base, dim, lag):
                stack.append((base, at.back(dim, lag, lag)))
            case LookBack(base, weights, along, over, first, last):
                stack.append((base, at.back(along, first, last)))
                if weights is not None:
                    stack.append((weights, at.without((over or "",))))
            case Gather(base, indices):
                stack.append((base, at.without(tuple(dim for dim, _ in indices))))
                stack += [(index, at) for _, index in indices]
            case _:
                inside = at.without(_whole(part))
                stack += [(child, inside) for child in children(part)]


def _whole(expr: Expr) -> Dims:
    """The dimensions along which an operation reads all of what is in it."""
    match expr:
        case Reduce(over=over):
            return over
        case Cumulate(along=along):
            return (along,)
        case Contract(over=over) | Pick(dim=over):
            return (over,)
        case GroupReduce(over=over, into=into):
            return (over, into)
        case ArrayCall(core=core, over=over):
            return (*over, *(dim for dims in core for dim in dims))
        case _:
            return ()
