"""Observations of a summed-out latent that are held out with it: `answer[rating]` of an `item`.

A term of the log likelihood varies over the latent's dimensions, while the data that it scores may
stand on rows of their own, each of which belongs to one of the latents: the rows are held out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.data.evaluate import Environment, EvaluationError, evaluate
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.ir.bound import BoundData
from gendsl.ir.expr import Dims, End, Expr, LabelPosition, Position
from gendsl.ir.program import Elimination, Program, Sample
from gendsl.ir.walk import sites


@dataclass(frozen=True, slots=True)
class Rows:
    """The dimensions of a site's rows, and for each axis of its term where each row belongs."""

    dims: Dims
    places: tuple[NDArray[Any], ...]

    def of(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The mask of the rows, of that of the term."""
        return np.asarray(mask[self.places])


def rows_of(
    program: Program, terms: Mapping[str, tuple[Dims, Elimination | None]], bound: BoundData
) -> dict[str, Rows]:
    """The rows of the sites whose term has dimensions that the site does not.

    Raises:
        DiagnosticError: if rows can't be told to belong to one entry of their term.
    """
    found: dict[str, Rows] = {}
    for site in sites(program):
        dims, group = terms.get(site.name, ((), None))
        if group is None or set(dims) <= set(site.batch_dims):
            continue
        batch = site.batch_dims
        shape = tuple(bound.sizes[d] for d in batch)
        try:
            places = tuple(np.broadcast_to(_place(dim, site, group, bound), shape) for dim in dims)
        except (EvaluationError, LookupError, ValueError):
            raise DiagnosticError(
                (
                    Diagnostic(
                        "G0915",
                        f"`{site.name}` can't be held out: its entries are not told apart by "
                        f"`{dims[0]}`, over which its log likelihood varies",
                        site.span,
                    ),
                )
            ) from None
        found[site.name] = Rows(batch, places)
    return found


def _place(dim: str, site: Sample, group: Elimination, bound: BoundData) -> NDArray[Any]:
    """Where along `dim` each row of a site belongs, on the axes of the rows."""
    batch = site.batch_dims
    if dim in batch:
        return _spread(np.arange(bound.sizes[dim]), (dim,), batch)
    table = next(t for t in group.tables if t.score.name == site.name)
    onto: dict[str, Expr | Position] = dict(table.onto)
    if dim in onto:
        return _evaluated(onto[dim], dim, batch, bound)
    inner, index = next((i, x) for i, outer, x in group.within if outer == dim)
    value = evaluate(index, Environment(bound.arrays, bound.sizes, bound.labels))
    return np.asarray(np.asarray(value)[_place(inner, site, group, bound)])


def _evaluated(place: Expr | Position, dim: str, batch: Dims, bound: BoundData) -> NDArray[Any]:
    match place:
        case int():
            return np.asarray(place % bound.sizes[dim])
        case End():
            return np.asarray(0 if place is End.FIRST else bound.sizes[dim] - 1)
        case LabelPosition(label):
            labels = bound.labels.get(dim) or ()
            return np.asarray([str(v) for v in labels].index(label))
        case _:
            value = evaluate(place, Environment(bound.arrays, bound.sizes, bound.labels))
            return _spread(np.asarray(value), place.dims, batch)


def _spread(values: NDArray[Any], dims: Dims, batch: Dims) -> NDArray[Any]:
    """The array with an axis for each dimension of the rows."""
    order = [dims.index(d) for d in batch if d in dims]
    moved = np.transpose(values, order)
    return moved.reshape([values.shape[dims.index(d)] if d in dims else 1 for d in batch])
