"""Where expressions read other positions than their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gendsl.diagnostics.source import Span
from gendsl.ir.expr import Expr, LookBack, Shift
from gendsl.ir.walk import walk


@dataclass(frozen=True, slots=True)
class Look:
    """A place where an expression reads other positions: `lag` is the farthest that it must find.

    A look `is_open` that reads as much of the past as there is.
    """

    base: Expr
    dim: str
    lag: int
    is_open: bool
    span: Span | None


def first_positions(look: Look) -> str:
    """The positions that a start must cover, as they are written."""
    return f"{look.dim} = first" if look.lag == 1 else f"{look.dim} < {look.lag}"


def looks(expr: Expr) -> Iterator[Look]:
    """Every place of an expression where it reads other positions."""
    for node in walk(expr):
        match node:
            case Shift(base, dim, lag):
                yield Look(base, dim, lag, False, node.span)
            case LookBack(base, along=along, last=last):
                yield Look(base, along, last or 1, last is None, node.span)
            case _:
                pass
