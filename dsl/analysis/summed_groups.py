"""Hidden sites that share tables are summed out together: the groups, and their eliminations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from gendsl.analysis.along_states import Unreadable
from gendsl.analysis.cannot_sum import CannotSum, entangled
from gendsl.analysis.elimination import TooWide, in_order, order_of
from gendsl.analysis.nesting import with_outer
from gendsl.analysis.state_tables import Draft, StateTables
from gendsl.ir.expr import Dims
from gendsl.ir.program import Elimination, HiddenSite


def with_lags(found: StateTables) -> dict[str, HiddenSite]:
    """The sites with the lags at which they are read.

    Raises:
        Unreadable: if one is read ahead, or at shifts along two dimensions.
    """
    sites = dict(found.sites)
    for name, dim, _ in sorted(found.lagged):
        site = sites[name]
        if site.along not in (None, dim):
            raise Unreadable(name, f"at shifts along `{site.along}` and `{dim}`", found.spans[name])
        sites[name] = replace(site, along=dim)
    for draft in found.drafts:
        for read in draft.reads:
            site = sites[read.site]
            if read.lag < 0:
                raise Unreadable(read.site, f"ahead along `{site.along}`", draft.table.score.span)
            if read.lag > site.lags:
                sites[read.site] = replace(site, lags=read.lag)
    return sites


def connected(
    sites: Iterable[str], drafts: Sequence[Draft]
) -> Iterator[tuple[tuple[str, ...], list[Draft]]]:
    """Sites that share tables, with these."""
    left = names = list(sites)
    while left:
        group = {left[0]}
        while True:
            found = {
                r.site for d in drafts if any(r.site in group for r in d.reads)
                for r in d.reads
            }  # fmt: skip
            if found <= group:
                break
            group |= found
        yield (
            tuple(name for name in names if name in group),
            [d for d in drafts if any(r.site in group for r in d.reads)],
        )
        left = [name for name in left if name not in group]


def elimination(
    sites: Mapping[str, HiddenSite], drafts: Sequence[Draft], found: StateTables, dims: Dims
) -> tuple[int, Elimination]:
    """What sums these sites out together, and where it stands among the nodes.

    `dims` are the dimensions of the program, in its order.

    Raises:
        CannotSum: if two of the sites are entangled, so that no table is narrow.
    """
    tables = tuple(draft.table for draft in drafts)
    nodes = tuple(dict.fromkeys(draft.node for draft in drafts))
    into = {inner: outer for inner, (outer, _) in found.plates.within.items()}
    axes = with_outer({axis for table in tables for axis in table.axes}, into)
    within = tuple((d, o, at) for d, (o, at) in found.plates.within.items() if d in axes)
    name = next(iter(sites))
    whole = tuple(sites.values())
    group = Elimination(name, whole, tables, (), (), nodes, within, found.spans[name])
    try:
        order = order_of(group)
    except TooWide as error:
        raise CannotSum(entangled(error, found.spans)) from None
    blocks = tuple(round.sites for round in order.rounds)
    ordered = tuple(sites[name] for block in blocks for name in block)
    group = replace(group, sites=ordered, order=blocks, dims=in_order(order.plates, dims))
    return max(draft.place for draft in drafts), group
