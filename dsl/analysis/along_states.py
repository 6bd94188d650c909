"""Expressions of hidden sites as expressions along the dimensions of their states.

`mu[z]` becomes `mu` along the states of `z`; where `z` is read through an index or a shift, it is
kept in mind which of its entries that means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gendsl.diagnostics.source import Span
from gendsl.ir.expr import (
    ArrayCall,
    Const,
    ConstArray,
    Contract,
    Coordinate,
    Cumulate,
    Dims,
    Expr,
    Gather,
    GroupReduce,
    IndexOf,
    LabelOf,
    LookBack,
    Op,
    Pick,
    Position,
    Reduce,
    Ref,
    Shift,
    Size,
)  # fmt: skip
from gendsl.ir.program import HiddenSite, axis_of
from gendsl.ir.types import BOOL, INT, Kind
from gendsl.ir.walk import names_in


@dataclass(frozen=True, slots=True)
class Lag:
    """The entry some steps before."""

    steps: int


@dataclass(frozen=True, slots=True)
class At:
    """The entry that an index points to, or at a position."""

    where: Expr | Position


Address = Lag | At


@dataclass(frozen=True, slots=True)
class Read:
    """Which entry of a hidden site is read: `lag` steps back, at `at` along other dimensions."""

    site: str
    lag: int = 0
    at: tuple[tuple[str, Expr | Position], ...] = ()


class Unreadable(Exception):
    """A hidden site is read in a way for which there is no table.

    Unless its entries along the dimensions of `together` share a state.
    """

    def __init__(self, site: str, why: str, span: Span | None, together: Dims = ()) -> None:
        super().__init__(why)
        self.site, self.why, self.span, self.together = site, why, span, together


@dataclass(frozen=True, slots=True)
class Derived:
    """An equation whose value depends on hidden sites: kept with their states as dimensions."""

    dims: Dims
    reads: frozenset[Read]


@dataclass(slots=True)
class Rewriter:
    """Rewrites the expressions of one statement, and notes what they read.

    `derived` are equations that have the states among their dimensions, `inlined` those that are
    put in where they are referred to. `lagged` has the shifts: of which site, along what, how far.
    """

    sites: Mapping[str, HiddenSite]
    derived: Mapping[str, Derived] = field(default_factory=dict)
    inlined: Mapping[str, Expr] = field(default_factory=dict)
    reads: set[Read] = field(default_factory=set)
    axes: dict[str, tuple[str, int]] = field(default_factory=dict)
    lagged: set[tuple[str, str, int]] = field(default_factory=set)

    def value(self, site: HiddenSite, lag: int = 0) -> Expr:
        """The values of a site along its states."""
        axis = axis_of(site, lag)
        self.axes[axis] = (site.name, lag)
        if site.together:
            values = Ref(site.values, (site.states, *site.together), site.type)
            return renamed(values, site.states, axis) if lag else values
        if site.type.kind is Kind.INDEX and site.type.dim is not None:
            return IndexOf(axis, site.type.dim)
        if isinstance(site.least, Const) and site.least.value == 0:
            return Coordinate(axis)
        return Op("+", (site.least, Coordinate(axis)), (axis,), INT)

    def expr(self, expr: Expr, at: Mapping[str, Address] | None = None) -> Expr:
        """The expression, with the addresses `at` which it is read along its dimensions."""
        where = at or {}
        if not self._concerns(expr):
            return expr
        match expr:
            case Ref(name):
                return self._reference(name, expr, where)
            case Op(_, arguments):
                parts = tuple(self.expr(a, where) for a in arguments)
                return replace(expr, arguments=parts, dims=union(expr.dims, parts))
            case ConstArray():
                return self._array(expr, where)
            case Gather(base, indices):
                return self._gather(base, indices, expr, where)
            case Pick(base, dim, position):
                inner = self.expr(base, {**where, dim: At(position)})
                return self._kept(expr, inner, dim)
            case Shift(base, dim, lag):
                inner = self.expr(base, {**where, dim: self._lagged(where.get(dim), lag, expr)})
                return self._kept(expr, inner, dim)
            case Reduce(name, over, argument):
                inner = self._whole(argument, where, over, expr)
                return replace(expr, argument=inner, dims=without(inner.dims, over))
            case Cumulate(_, along, argument):
                inner = self._whole(argument, where, (along,), expr)
                return replace(expr, argument=inner, dims=inner.dims)
            case Contract(left, right, over):
                parts = tuple(self._whole(p, where, (over,), expr) for p in (left, right))
                dims = without(union(expr.dims, parts), (over,))
                return replace(expr, left=parts[0], right=parts[1], dims=dims)
            case GroupReduce(over=over, argument=argument, into=into):
                inner = self._whole(argument, where, (over,), expr)
                dims = (*without(inner.dims, (over,)), into)
                return replace(expr, argument=inner, dims=dims)
            case LookBack(base=base, weights=weights, along=along):
                inner = self._whole(base, where, (along,), expr)
                kept = None if weights is None else self.expr(weights, where)
                dims = union(expr.dims, (inner, *(() if kept is None else (kept,))))
                dims = without(dims, () if expr.over in (None, along) else (expr.over,))
                return replace(expr, base=inner, weights=kept, dims=dims)
            case ArrayCall(arguments=arguments, core=core):
                parts = tuple(
                    self._whole(a, where, own, expr) for a, own in zip(arguments, core, strict=True)
                )
                added = without(union((), parts), union((), arguments))
                return replace(expr, arguments=parts, dims=(*added, *expr.dims))
            case Const() | Coordinate() | IndexOf() | LabelOf() | Size():
                return expr

    # --- parts ---------------------------------------------------------------------------

    def _concerns(self, expr: Expr) -> bool:
        names = names_in(expr)
        return any(n in self.sites or n in self.derived or n in self.inlined for n in names)

    def _reference(self, name: str, expr: Ref, where: Mapping[str, Address]) -> Expr:
        if name in self.sites:
            read = self._read(Read(name), where, expr.span)
            return self.value(self.sites[name], read.lag)
        if name in self.inlined:
            return self.expr(self.inlined[name], where)
        if name not in self.derived:
            return expr
        found: Expr = replace(expr, dims=self.derived[name].dims)
        for read in sorted(self.derived[name].reads, key=lambda r: r.site):
            site = self.sites[read.site]
            seen = self._read(read, where, expr.span)
            self.axes[axis_of(site, seen.lag)] = (site.name, seen.lag)
            if seen.lag:
                found = renamed(found, site.states, axis_of(site, seen.lag))
        return found

    def _read(self, read: Read, where: Mapping[str, Address], span: Span | None) -> Read:
        """Note which entry is read."""
        site = self.sites[read.site]
        lag, at = read.lag, list(read.at)
        for dim in site.plates:
            match where.get(dim):
                case Lag(steps):
                    self.lagged.add((site.name, dim, steps))
                    lag += steps
                case At(place):
                    if not isinstance(place, Position) and self._concerns(place):
                        raise Unreadable(site.name, "at a place that is itself unknown", span)
                    at.append((dim, place))
                case None:
                    pass
        found = Read(site.name, lag, tuple(at))
        self.reads.add(found)
        return found

    def _array(self, expr: ConstArray, where: Mapping[str, Address]) -> Expr:
        """An array whose items vary: a choice by position."""
        items = [self.expr(item, where) for item in expr.items]
        dim = expr.own
        chosen = items[-1]
        for i, item in reversed(list(enumerate(items[:-1]))):
            is_here = Op("==", (Coordinate(dim), Const(i, INT)), (dim,), BOOL)
            dims = union((), (is_here, item, chosen))
            chosen = Op("if", (is_here, item, chosen), dims, expr.type, expr.span)
        return chosen

    def _gather(
        self,
        base: Expr,
        indices: tuple[tuple[str, Expr], ...],
        expr: Gather,
        where: Mapping[str, Address],
    ) -> Expr:
        outside = {d: a for d, a in where.items() if d not in dict(indices)}
        inside = {dim: At(_moved(index, where)) for dim, index in indices}
        inner = self.expr(base, {**outside, **inside})
        pointers = [(dim, self.expr(index, where)) for dim, index in indices if dim in inner.dims]
        others: list[tuple[str, Expr]] = []
        for dim, pointer in pointers:
            if isinstance(pointer, IndexOf) and pointer.dim not in inner.dims:
                inner = renamed(inner, dim, pointer.dim, pointer.into)
            else:
                others.append((dim, pointer))
        if not others:
            return inner
        gone = tuple(dim for dim, _ in others)
        dims = joined(without(inner.dims, gone), [p for _, p in others])
        return Gather(inner, tuple(others), dims, expr.type, expr.span)

    @staticmethod
    def _kept(expr: Pick | Shift, inner: Expr, dim: str) -> Expr:
        """The operation on what still varies along the dimension."""
        if dim not in inner.dims:
            return inner
        dims = without(inner.dims, (dim,)) if isinstance(expr, Pick) else inner.dims
        return replace(expr, base=inner, dims=dims)

    def _lagged(self, outer: Address | None, lag: int, expr: Shift) -> Address:
        match outer:
            case None:
                return Lag(lag)
            case Lag(steps):
                return Lag(steps + lag)
            case At():
                name = sorted(names_in(expr.base) & self.sites.keys() or names_in(expr.base))[0]
                raise Unreadable(name, "at a fixed place of what is shifted", expr.span)

    def _whole(
        self, argument: Expr, where: Mapping[str, Address], over: Iterable[str], expr: Expr
    ) -> Expr:
        """An argument of which all positions along some dimensions enter together."""
        dims = set(over)
        before, self.reads = self.reads, set()
        inner = self.expr(argument, {d: a for d, a in where.items() if d not in dims})
        found, self.reads = self.reads, before | self.reads
        for read in sorted(found, key=lambda r: r.site):
            places = dict(read.at)
            for dim in self.sites[read.site].plates:
                place = places.get(dim)
                varies = {dim} if place is None else place_dims(place)
                if varies & dims:
                    names = " and ".join(f"`{d}`" for d in sorted(varies & dims))
                    why = f"at every position of {names} at once"
                    raise Unreadable(read.site, why, expr.span, (dim,))
        return inner


def place_dims(place: Expr | Position) -> set[str]:
    """What a place varies along."""
    return set() if isinstance(place, Position) else set(place.dims)


def union(order: Dims, parts: Iterable[Expr]) -> Dims:
    """Every dimension of the parts, those of `order` first."""
    found = dict.fromkeys(d for part in parts for d in part.dims)
    return (*(d for d in order if d in found), *(d for d in found if d not in order))


def joined(dims: Dims, parts: Iterable[Expr]) -> Dims:
    """The dimensions with those of the parts."""
    return tuple(dict.fromkeys((*dims, *(d for part in parts for d in part.dims))))


def without(dims: Dims, gone: Iterable[str]) -> Dims:
    """The dimensions that are not `gone`."""
    left_out = set(gone)
    return tuple(d for d in dims if d not in left_out)


def renamed(expr: Expr, old: str, new: str, into: str | None = None) -> Expr:
    """The expression with one dimension under another name."""
    dims = tuple(new if d == old else d for d in expr.dims)
    return Gather(expr, ((old, IndexOf(new, into or old)),), dims, expr.type, expr.span)


def _moved(index: Expr, where: Mapping[str, Address]) -> Expr:
    """An index as it is read at an address."""
    for dim, address in where.items():
        if dim not in index.dims:
            continue
        match address:
            case Lag(0):
                pass
            case Lag(steps):
                index = Shift(index, dim, steps, index.dims, index.type)
            case At(place):
                rest = without(index.dims, (dim,))
                if isinstance(place, Position):
                    index = Pick(index, dim, place, rest, index.type)
                else:
                    index = Gather(index, ((dim, place),), joined(rest, (place,)), index.type)
    return index
