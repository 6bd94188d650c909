"""Finite discrete latents: what summing them out makes of a program.

Every statement that reads a hidden site, itself or through equations, becomes a table of log
densities over its states; what is connected by tables is summed out together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gendsl.analysis.along_states import Unreadable
from gendsl.analysis.cannot_sum import CannotSum, as_prediction
from gendsl.analysis.dependence import conditioned
from gendsl.analysis.hidden_sites import hidden_sites
from gendsl.analysis.shared_states import runs_along
from gendsl.analysis.state_tables import StateTables
from gendsl.analysis.summed_groups import connected, elimination, with_lags
from gendsl.diagnostics.source import Span
from gendsl.ir.expr import Dims
from gendsl.ir.program import (
    Dimension,
    Elimination,
    Equation,
    HiddenSite,
    Node,
    Program,
    axis_of,
)
from gendsl.ir.types import Kind
from gendsl.ir.walk import names_of


@dataclass(frozen=True, slots=True)
class Summation:
    """The nodes that summing out leaves, with the eliminations, and the dimensions it needs."""

    nodes: tuple[Node, ...]
    dimensions: tuple[Dimension, ...]


def summation(program: Program) -> Summation | None:
    """What summing out makes of a program; None if it has no discrete latents.

    Entries that a statement reads all at once share a state.

    Raises:
        CannotSum: if some of them can't be summed out.
    """
    together: dict[str, Dims] = {}
    while True:
        try:
            return _summation(program, together)
        except _ReadTogether as error:
            together[error.site] = (*together.get(error.site, ()), *error.dims)


class _ReadTogether(Exception):
    """Entries of a site along some dimensions have to share a state."""

    def __init__(self, site: str, dims: Dims) -> None:
        super().__init__(site)
        self.site, self.dims = site, dims


def _summation(program: Program, together: Mapping[str, Dims]) -> Summation | None:
    hidden = hidden_sites(program, together)
    if not hidden:
        return None
    tables = StateTables(hidden)
    node: Node | None = None
    try:
        for place, each in enumerate(program.nodes):
            node = each
            tables.visit(place, each)
        node = None
        sites = with_lags(tables)
    except Unreadable as error:
        refused = tables.refusal(error)
        if isinstance(node, Equation) and node.name not in conditioned(program):
            refused = as_prediction(refused, node)
        elif error.together and not runs_along(error.site, error.together, program):
            raise _ReadTogether(error.site, error.together) from None
        raise CannotSum(refused) from None
    dims = tuple(dimension.name for dimension in program.dimensions)
    found = [
        elimination({name: sites[name] for name in names}, drafts, tables, dims)
        for names, drafts in connected(sites, tables.drafts)
    ]
    nodes = [node for _, node in sorted([*tables.nodes, *found], key=lambda item: item[0])]
    return Summation(
        tuple(_used(nodes, frozenset(tables.derived))),
        tuple(d for _, e in found for d in _dimensions(e.sites, tables.spans)),
    )


def eliminations(program: Program) -> tuple[Elimination, ...]:
    """The groups of a program that are summed out together."""
    found = summation(program)
    return () if found is None else tuple(n for n in found.nodes if isinstance(n, Elimination))


def _used(nodes: Sequence[Node], derived: frozenset[str]) -> list[Node]:
    """The nodes without the equations along states that nothing refers to."""
    kept: list[Node] = []
    needed: set[str] = set()
    for node in reversed(nodes):
        if not isinstance(node, Equation) or node.name not in derived or node.name in needed:
            kept.append(node)
            needed |= names_of(node)
    return kept[::-1]


def _dimensions(sites: Iterable[HiddenSite], spans: dict[str, Span]) -> Iterator[Dimension]:
    for site in sites:
        like = site.type.dim if site.type.kind is Kind.INDEX else None
        for lag in range(site.lags + 1):
            like = None if site.together else like
            size = site.configurations if like is None else None
            yield Dimension(axis_of(site, lag), size, None, False, None, like, spans[site.name])
