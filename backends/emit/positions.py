"""Positions along a dimension that are known before the program runs, and slices made of them."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from gendsl.backends.emit import python as py
from gendsl.ir.expr import Expr


@dataclass(frozen=True, slots=True)
class Place:
    """`offset` after the start (or after the end, so at most 0 there), or after what data say.

    `computed` is that position's expression in the program, and `origin` its code.
    """

    offset: int
    is_from_end: bool = False
    computed: Expr | None = None
    origin: ast.expr | None = field(default=None, compare=False)

    def moved(self, steps: int) -> Place:
        """The place some steps later."""
        return Place(self.offset + steps, self.is_from_end, self.computed, self.origin)

    def code(self, size: ast.expr) -> ast.expr:
        """As a number, given the size of the dimension."""
        if self.origin is None and not self.is_from_end:
            return py.number(self.offset)
        return plus(size if self.origin is None else self.origin, self.offset)

    def edge(self) -> ast.expr | None:
        """As one side of a slice: `None` at the very end."""
        if self.is_from_end and self.origin is None:
            return py.number(self.offset) if self.offset else None
        return plus(self.origin, self.offset) if self.origin is not None else py.number(self.offset)


START = Place(0)
END = Place(0, is_from_end=True)


def plus(code: ast.expr, offset: int) -> ast.expr:
    """`code + offset`."""
    if offset == 0:
        return code
    return py.binary("-" if offset < 0 else "+", code, py.number(abs(offset)))


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a dimension where a statement holds: from `start` to before `stop`."""

    start: Place = START
    stop: Place = END

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole dimension."""
        return self.start == START and self.stop == END

    def shifted(self, lag: int) -> Window:
        """The same window, `lag` steps earlier."""
        return Window(self.start.moved(-lag), self.stop.moved(-lag))

    def slice(self) -> ast.expr:
        """What stands inside the brackets."""
        if self.is_whole:
            return py.FULL
        lower = None if self.start == START else self.start.edge()
        return ast.Slice(lower, self.stop.edge(), None)

    def length(self, size: ast.expr) -> ast.expr:
        """How many positions it has."""
        start, stop = self.start, self.stop
        if start.origin is None and not start.is_from_end:
            if stop.origin is None and not stop.is_from_end:
                return py.number(stop.offset - start.offset)
            return stop.moved(-start.offset).code(size)
        if start.is_from_end and stop.is_from_end and start.origin is None and stop.origin is None:
            return py.number(stop.offset - start.offset)
        return py.binary("-", stop.code(size), start.code(size))


@dataclass(frozen=True, slots=True)
class Minibatch(Window):
    """Some members of a dimension: those at the positions that `index`, a tensor, has.

    What is computed within it has their entries alone; arrays of data are read at them.
    `size` names the argument with how many there are; `axis` is that of the dimension's plate,
    from the right, where a statement has no axes of its own.
    """

    index: str = ""
    size: str = ""
    axis: int = -1

    @property
    def is_whole(self) -> bool:
        """It is not, whatever its size."""
        return False

    def slice(self) -> ast.expr:
        """What stands inside the brackets."""
        return py.name(self.index)

    def length(self, size: ast.expr) -> ast.expr:
        """How many positions it has."""
        return py.name(self.size)
