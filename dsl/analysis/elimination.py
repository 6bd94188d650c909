"""In which order the discrete sites of a group are summed out, or why they can't be.

Source: Obermeyer et al. (2019), "Tensor variable elimination for plated factor graphs",
algorithm 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gendsl.analysis.nesting import with_outer
from gendsl.ir.expr import Dims
from gendsl.ir.program import Elimination, HiddenSite, axis_of


@dataclass(frozen=True, slots=True)
class Scope:
    """What a table varies over: its plates, and the states of sites, some of them lagged."""

    plates: frozenset[str]
    reads: frozenset[tuple[str, int]]

    @property
    def sites(self) -> frozenset[str]:
        """The sites whose states it has."""
        return frozenset(name for name, _ in self.reads)


@dataclass(frozen=True, slots=True)
class Round:
    """Sites summed out together, over a table that has these plates and states."""

    sites: tuple[str, ...]
    plates: frozenset[str]
    reads: frozenset[tuple[str, int]]
    along: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """The rounds, and the plates that are left in the end."""

    rounds: tuple[Round, ...]
    plates: frozenset[str]


class TooWide(Exception):
    """Two sites are entangled in a way for which no table is narrow."""

    def __init__(self, site: str, other: str, why: str) -> None:
        super().__init__(why)
        self.site, self.other, self.why = site, other, why


def order_of(group: Elimination) -> Order:
    """In which order the sites of a group are summed out.

    Raises:
        TooWide: if they are entangled.
    """
    within = {dim: into for dim, into, _ in group.within}
    scopes = [Scope(with_outer(scope.plates, within), scope.reads) for scope in scopes_of(group)]
    plates = {s.name: with_outer(frozenset(s.plates), within) for s in group.sites}
    found = elimination_order(group.sites, plates, scopes)
    rounds = tuple(replace(r, plates=_without_outer(r.plates, within)) for r in found.rounds)
    return Order(rounds, _without_outer(found.plates, within))


def _without_outer(dims: frozenset[str], within: Mapping[str, str]) -> frozenset[str]:
    return dims - {within[dim] for dim in dims if dim in within}


def scopes_of(group: Elimination) -> tuple[Scope, ...]:
    """What each table of a group varies over."""
    states = {
        axis_of(site, lag): (site.name, lag) for site in group.sites for lag in range(site.lags + 1)
    }
    return tuple(
        Scope(
            frozenset(axis for axis in table.axes if axis not in states),
            frozenset(states[axis] for axis in table.axes if axis in states),
        )
        for table in group.tables
    )


def elimination_order(
    sites: Sequence[HiddenSite], plates: Mapping[str, frozenset[str]], scopes: Iterable[Scope]
) -> Order:
    """Sites in the most plates first, among them those whose tables are the narrowest.

    Raises:
        TooWide: if sites of different plates meet in the plates of both, or in a chain.
    """
    by_name = {site.name: site for site in sites}
    left = list(by_name)
    tables = list(scopes)
    rounds: list[Round] = []
    while left:
        block = _next(left, by_name, plates, tables)
        touched = [t for t in tables if t.sites & set(block)]
        round = _summed(block, by_name, plates, touched)
        rounds.append(round)
        along = frozenset() if round.along is None else frozenset({round.along})
        rest = frozenset((n, lag) for n, lag in round.reads if n not in block)
        tables = [t for t in tables if t not in touched]
        tables.append(Scope(round.plates - along, rest))
        left = [name for name in left if name not in block]
    return Order(tuple(rounds), frozenset.intersection(*(t.plates for t in tables)))


def _next(
    left: Sequence[str],
    sites: Mapping[str, HiddenSite],
    plates: Mapping[str, frozenset[str]],
    tables: Sequence[Scope],
) -> tuple[str, ...]:
    """The sites to sum out next: alone, or with those that a chain ties them to."""
    deepest = [n for n in left if not any(plates[n] < plates[o] for o in left)]
    alone = [n for n in deepest if sites[n].along is None]
    if alone:
        return (min(alone, key=lambda n: _width((n,), tables)),)
    block = {deepest[0]}
    while True:
        reach = {s for t in tables if t.sites & block for s in t.sites if s in left}
        chained = {s for s in reach if sites[s].along == sites[deepest[0]].along} - block
        if not chained:
            return tuple(name for name in left if name in block)
        block |= chained


def _width(block: Sequence[str], tables: Sequence[Scope]) -> int:
    """How many states a table over these sites has, other things equal."""
    return len({read for t in tables if t.sites & set(block) for read in t.reads})


def _summed(
    block: Sequence[str],
    sites: Mapping[str, HiddenSite],
    plates_of: Mapping[str, frozenset[str]],
    touched: Sequence[Scope],
) -> Round:
    plates = plates_of[block[0]]
    along = sites[block[0]].along
    for name in block[1:]:
        if plates_of[name] != plates:
            raise TooWide(name, block[0], "they are chains over different dimensions")
    for table in touched:
        for name in sorted(table.sites - set(block)):
            shared = (table.plates - plates) & plates_of[name]
            if shared:
                dims = " and ".join(f"`{d}`" for d in sorted(shared))
                raise TooWide(block[0], name, f"every entry meets many along {dims}")
            if along is not None and along in plates_of[name]:
                raise TooWide(block[0], name, f"both vary along `{along}`, not over the same")
    reads = frozenset(read for table in touched for read in table.reads)
    return Round(tuple(block), plates, reads, along)


def in_order(dims: Iterable[str], order: Dims) -> Dims:
    """The dimensions in the order in which these stand."""
    found = set(dims)
    return tuple(d for d in order if d in found)
