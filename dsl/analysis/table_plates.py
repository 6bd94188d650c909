"""The plates of a table: where the entries stand that a statement reads, and what lies in what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gendsl.analysis.along_states import Read, Unreadable, place_dims, without
from gendsl.analysis.nesting import implied, links_of
from gendsl.ir.expr import Dims, Expr, Position
from gendsl.ir.program import Factor, HiddenSite, Sample, Table


@dataclass(slots=True)
class Plates:
    """What the tables of a program say of its dimensions: by an inner one, the outer and the index.

    `within` grows with each table.
    """

    sites: Mapping[str, HiddenSite]
    within: dict[str, tuple[str, Expr]] = field(default_factory=dict)

    def table(
        self, score: Sample | Factor, batch: Dims, reads: Iterable[Read], states: Dims
    ) -> Table:
        """The table of what a statement scores: over its plates, then over the states it reads.

        Raises:
            Unreadable: if it reads entries that stand at unrelated places.
        """
        places = self._places(reads, score)
        outer = implied(places)
        for dim, (inner, index) in outer.items():
            self._note_within(inner, dim, index, reads, score)
        onto = tuple((d, at) for d, at in places.items() if at is not None and d not in outer)
        sources = {d for _, at in onto for d in place_dims(at)}
        if sources & {dim for dim, at in places.items() if at is None}:
            # Other sites vary with the index: they are summed first, the entries added up then.
            for dim, at in onto:
                self._note_nesting(dim, at, reads, score)
            onto, sources = (), set()
        # Along a dimension in which one entry is read, those of the statement are added up there.
        plates = (*dict(onto), *without(batch, {*sources, *dict(onto)}))
        return Table(score, (*plates, *states), onto)

    def _note_nesting(
        self, dim: str, at: Expr | Position, reads: Iterable[Read], score: Sample | Factor
    ) -> None:
        """Note that the dimension of an index lies within the one that it points into."""
        links = [] if isinstance(at, Position) else links_of(dim, at)
        if len({into for _, into, _ in links}) != len(links) or not links:
            raise Unreadable(
                _pointed(reads),
                "together with discrete quantities over other dimensions",
                score.span,
            )
        for inner, outer, index in links:
            self._note_within(inner, outer, index, reads, score)

    def _note_within(
        self, inner: str, outer: str, at: Expr, reads: Iterable[Read], score: Sample | Factor
    ) -> None:
        if self.within.setdefault(inner, (outer, at)) != (outer, at):
            site = _pointed(reads)
            raise Unreadable(site, f"through two indices over `{inner}`", score.span)

    def _places(
        self, reads: Iterable[Read], score: Sample | Factor
    ) -> dict[str, Expr | Position | None]:
        """By dimension, where the entries that are read stand; None at the statement's own."""
        places: dict[str, Expr | Position | None] = {}
        for read in sorted(reads, key=lambda r: (r.site, r.lag)):
            at = dict(read.at)
            for dim in self.sites[read.site].plates:
                found = at.get(dim)
                if dim in places and places[dim] != found:
                    raise Unreadable(read.site, f"at two places along `{dim}`", score.span)
                places[dim] = found
        return places


def _pointed(reads: Iterable[Read]) -> str:
    """The first site that is read at a place."""
    return next(r.site for r in sorted(reads, key=lambda r: r.site) if r.at)
