"""The order in which series that feed each other are computed before their steps begin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gendsl.ir.expr import Const, Expr, LookBack, Op, Ref, Shift
from gendsl.ir.program import Equation, Sample, Series, Slice
from gendsl.ir.types import INT
from gendsl.ir.walk import names_in, names_now, node_exprs, walk

Edge = tuple[Expr | None, int]
"""A position: a number of steps after the first position, or after one that is computed."""


@dataclass(frozen=True, slots=True)
class Start:
    """A part of a series before its steps: `part` holds on its slice, from `start` to `stop`.

    `number` is its place among the starts of the series; None for one position of a statement that
    holds on more.
    """

    series: str
    part: Sample | Equation
    start: Edge
    stop: Edge
    number: int | None


class StartsInCircle(Exception):
    """Starts that need each other's values, on positions that only the data say."""

    def __init__(self, parts: Sequence[Sample | Equation]) -> None:
        super().__init__(parts)
        self.parts = tuple(parts)


def start_order(series: Sequence[Series], dim: str) -> tuple[Start, ...]:
    """The parts of series up to the position where all steps begin, each after what it reads.

    A statement for several positions stands as a whole where it can; else it is taken apart, since
    position by position there always is an order.

    Raises:
        StartsInCircle: if one has to be taken apart whose positions are not known yet.
    """
    names = frozenset(s.name for s in series)
    starts: list[Start] = []
    for start in _written(series, dim):
        reads_all = any(look.last is None for look in _look_backs(start, dim, names))
        starts += (_apart(start) or (start,)) if reads_all else (start,)
    while True:
        circle = _circle(starts, dim)
        if circle is None:
            return _sorted(starts, dim)
        apart = {start: pieces for start in circle if (pieces := _apart(start)) is not None}
        if not apart:
            raise StartsInCircle([start.part for start in circle])
        starts = [piece for start in starts for piece in apart.get(start, (start,))]


def _written(series: Sequence[Series], dim: str) -> Iterator[Start]:
    """The starts as they are written; a series that begins its steps earlier goes on by them."""
    ends = [_edge(s.starts[-1].slice.stop) for s in series if s.starts and s.starts[-1].slice]
    head = max((offset for computed, offset in ends if computed is None), default=0)
    for each in series:
        reached: Edge = (None, 0)
        for number, part in enumerate(each.starts):
            assert part.slice is not None
            reached = _edge(part.slice.stop)
            yield Start(each.name, part, _edge(part.slice.start), reached, number)
        if reached[0] is None:
            for position in range(reached[1], head):
                yield _at(each.name, each.step, position, dim)


def _at(series: str, part: Sample | Equation, position: int, dim: str) -> Start:
    where = Slice(dim, Const(position, INT), Const(position + 1, INT))
    return Start(series, replace(part, slice=where), (None, position), (None, position + 1), None)


def _apart(start: Start) -> tuple[Start, ...] | None:
    """One start for each position; None if there is only one, or their number is not known."""
    (after, first), (until, stop) = start.start, start.stop
    if after is not None or until is not None or stop - first < 2:
        return None
    assert start.part.slice is not None
    dim = start.part.slice.dim
    return tuple(_at(start.series, start.part, position, dim) for position in range(first, stop))


def _edge(position: Expr | None) -> Edge:
    match position:
        case None:
            return (None, 0)
        case Const(value):
            return (None, int(value))
        case Op("+" | "-" as sign, (left, Const(value))):
            computed, offset = _edge(left)
            return (computed, offset + (int(value) if sign == "+" else -int(value)))
        case _:
            return (position, 0)


def _look_backs(start: Start, dim: str, names: frozenset[str]) -> Iterator[LookBack]:
    for expr in node_exprs(start.part):
        for part in walk(expr):
            if isinstance(part, LookBack) and part.along == dim and names_in(part.base) & names:
                yield part


def _reads(start: Start, dim: str) -> Iterator[tuple[str, Edge, Edge]]:
    """The quantities that a start reads, and from where to where."""
    for expr in node_exprs(start.part):
        for name in names_now(expr):
            yield name, start.start, start.stop
        for part in walk(expr):
            match part:
                case Shift(Ref(name), along, lag) if along == dim:
                    yield name, _moved(start.start, lag), _moved(start.stop, lag)
                case LookBack(base, along=along, first=first, last=last) if along == dim:
                    earliest = (None, 0) if last is None else _moved(start.start, last)
                    for name in names_in(base):
                        yield name, earliest, _moved(start.stop, first)
                case _:
                    pass


def _moved(edge: Edge, lag: int) -> Edge:
    return (edge[0], edge[1] - lag)


def _needs(starts: Sequence[Start], dim: str) -> dict[Start, list[Start]]:
    """What each start is computed after: the earlier starts of its series, and all it reads."""
    needs: dict[Start, list[Start]] = {}
    of: dict[str, list[Start]] = {}
    for start in starts:
        needs[start] = of.setdefault(start.series, []).copy()
        of[start.series].append(start)
    for start in starts:
        for name, low, high in _reads(start, dim):
            for other in of.get(name, ()):
                if not (_ends_before(other.stop, low) or _ends_before(high, other.start)):
                    needs[start].append(other)
    return needs


def _ends_before(stop: Edge, start: Edge) -> bool:
    """Whether a part that ends at `stop` is known to be over at `start`."""
    return stop[0] == start[0] and stop[1] <= start[1]


def _circle(starts: Sequence[Start], dim: str) -> list[Start] | None:
    """Starts of which each reads the next, and the last the first; None if there are none."""
    needs = _needs(starts, dim)
    done: set[Start] = set()
    for root in starts:
        path: list[Start] = []
        work = [(root, iter(needs[root]))] if root not in done else []
        path += [start for start, _ in work]
        while work:
            other = next(work[-1][1], None)
            if other is None:
                work.pop()
                done.add(path.pop())
            elif other in path:
                return path[path.index(other) :]
            elif other not in done:
                work.append((other, iter(needs[other])))
                path.append(other)
    return None


def _sorted(starts: Sequence[Start], dim: str) -> tuple[Start, ...]:
    """The starts series by series, but each after what it reads."""
    needs = _needs(starts, dim)
    placed: dict[Start, None] = {}
    for root in starts:
        work = [root]
        while work:
            missing = [other for other in needs[work[-1]] if other not in placed]
            if missing:
                work.append(missing[0])
            else:
                placed[work.pop()] = None
    return tuple(placed)
