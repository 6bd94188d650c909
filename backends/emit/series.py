"""What a recurrence is made of: heads, lags, inputs, and how it is to be run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from gendsl.backends.emit.look_back import past_key
from gendsl.backends.emit.positions import END, START, Place, Window
from gendsl.backends.emit.scope import Scope
from gendsl.backends.emit.supports import is_flat
from gendsl.diagnostics.diagnostic import InternalError
from gendsl.ir.expr import Const, Dims, Expr, LookBack, Ref, Shift
from gendsl.ir.program import Equation, Recurrence, Sample, Series
from gendsl.ir.rewrite import rewritten_statement
from gendsl.ir.types import REAL
from gendsl.ir.walk import names_in, names_of, node_exprs, walk


@dataclass(frozen=True, slots=True)
class Plan:
    """A recurrence taken apart.

    `head` is the first position that the steps compute; `lags` how far back each series is looked
    at one by one, `pasts` the sums over a past, one for each past that is carried: that which reads
    farthest. `stochastic` are the series whose steps are drawn.
    """

    dim: str
    series: tuple[Series, ...]
    head: Place
    lags: dict[str, int]
    pasts: tuple[LookBack, ...]
    stochastic: tuple[Series, ...]

    @property
    def names(self) -> frozenset[str]:
        """The series' names."""
        return frozenset(s.name for s in self.series)

    @property
    def later(self) -> Window:
        """Where the steps hold."""
        return Window(self.head, END)

    @property
    def first(self) -> Window:
        """Where the starts hold."""
        return Window(START, self.head)

    def rest(self, series: Series) -> Dims:
        """A series' dimensions at one position."""
        return tuple(d for d in series.dims if d != self.dim)

    @property
    def is_one_site(self) -> bool:
        """Whether one random series makes the whole: it is one site, evaluated all at once."""
        if len(self.stochastic) != 1:
            return False
        series = self.stochastic[0]
        step = series.step
        assert isinstance(step, Sample)
        others = self.names - {series.name}
        kinds = {isinstance(start, Sample) for start in series.starts}
        return (
            len(kinds) == 1
            and not self.pasts
            and not any(self.lags[name] for name in others)
            and not any(names_of(start) & self.names for start in series.starts)
            and not step.event_dims
            and step.distribution.truncation is None
            and not step.distribution.family.has_moving_support
            and not is_flat(step.distribution)
        )


def plan(node: Recurrence, scope: Scope) -> Plan:
    """Take a recurrence apart."""
    heads = [_head(series, node.dim, scope) for series in node.series]
    head = heads[0]
    if any(h.computed is not None for h in heads) and any(h != head for h in heads):
        raise InternalError("series of one recurrence start at different data-given positions")
    head = max(heads, key=lambda h: h.offset)
    names = {s.name for s in node.series}
    lags = dict.fromkeys(sorted(names), 0)
    pasts: dict[tuple[Expr, Expr | None, int], LookBack] = {}
    for series in node.series:
        for expr in node_exprs(series.step):
            for part in walk(expr):
                match part:
                    case Shift(Ref(name), node.dim, lag) if name in names:
                        lags[name] = max(lags[name], lag)
                    case LookBack(base, along=node.dim) if names_in(base) & names:
                        known = pasts.setdefault(past_key(part), part)
                        if part.reach > known.reach:
                            pasts[past_key(part)] = part
                    case _:
                        pass
    stochastic = tuple(s for s in node.series if isinstance(s.step, Sample))
    return Plan(node.dim, node.series, head, lags, tuple(pasts.values()), stochastic)


def _head(series: Series, dim: str, scope: Scope) -> Place:
    last = series.starts[-1].slice if series.starts else series.step.slice
    if last is None:
        raise InternalError(f"`{series.name}` has no start along `{dim}`")
    return scope.place(last.stop if series.starts else last.start, START, dim)


def window_of(part: Sample | Equation, scope: Scope) -> Window:
    """Where a part of a series holds."""
    assert part.slice is not None
    return scope.narrowed(part.slice).windows[part.slice.dim]


def without_past(part: Sample | Equation, dim: str, names: frozenset[str]) -> Sample | Equation:
    """What a part of a series is at the first position, where sums over all of the past are 0."""

    def nothing(expr: Expr) -> Expr | None:
        is_past = isinstance(expr, LookBack) and expr.along == dim and expr.last is None
        return Const(0.0, REAL) if is_past and names_in(expr) & names else None

    return cast(Sample | Equation, rewritten_statement(part, nothing))
