"""Dimensions that lie within others by indices of data: pupils in classes, classes in schools."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gendsl.ir.expr import Expr, Gather, Position

Places = Mapping[str, Expr | Position | None]
"""By dimension, where the entries that are read stand; None at the statement's own position."""

Within = Mapping[str, tuple[str, Expr]]
"""By dimension, the one that it lies within, and the index that says where."""


def links_of(dim: str, at: Expr) -> list[tuple[str, str, Expr]]:
    """Which dimension lies within which, if an index points into `dim`, the innermost last.

    `school_of[class_of]` says that classes are in schools, and pupils in classes.
    """
    match at:
        case Gather(base, ((mid, inner),)) if base.dims == (mid,):
            return [(mid, dim, base), *links_of(mid, inner)]
        case _:
            return [(source, dim, at) for source in at.dims]


def implied(places: Places) -> dict[str, tuple[str, Expr]]:
    """By a dimension that is read through another that is read too: that one, and the index.

    With `class_of` and `school_of[class_of]`, the school is that of the class.
    """
    found: dict[str, tuple[str, Expr]] = {}
    for dim, at in places.items():
        match at:
            case Gather(base, ((mid, inner),)) if base.dims == (mid,) and places.get(mid) == inner:
                found[dim] = (mid, base)
            case _:
                pass
    return found


def with_outer(dims: Iterable[str], within: Mapping[str, str]) -> frozenset[str]:
    """The dimensions, and all those that they lie within."""
    found = set(dims)
    for dim in dims:
        while dim in within and within[dim] not in found:
            dim = within[dim]
            found.add(dim)
    return frozenset(found)
