"""Finite discrete latents: what summing them out makes of a program.

Every statement that reads a hidden site, itself or through equations, becomes a table of log
densities over its states; what is connected by tables is summed out together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gendsl.analysis.along_states import (
    Derived,
    Read,
    Rewriter,
    Unreadable,
    place_dims,
    without,
)
from gendsl.analysis.cannot_sum import (
    CannotSum,
    as_prediction,
    entangled,
    joint_draw,
    unbounded,
    unreadable,
)
from gendsl.analysis.dependence import conditioned
from gendsl.analysis.elimination import TooWide, in_order, order_of
from gendsl.analysis.known_starts import certain, known_starts, start_states
from gendsl.analysis.nesting import implied, links_of, with_outer
from gendsl.analysis.shared_states import runs_along, values_by_state
from gendsl.analysis.states import discrete_latents, moving_bounds, states, states_together
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.source import Span
from gendsl.distributions.table import FAMILIES
from gendsl.ir.expr import Dims, Expr, Position, Ref
from gendsl.ir.program import (
    Dimension,
    Distribution,
    Elimination,
    Equation,
    EquationRole,
    Factor,
    HiddenSite,
    Node,
    Program,
    Range,
    Recurrence,
    Sample,
    SampleRole,
    Slice,
    Table,
    axis_of,
)  # fmt: skip
from gendsl.ir.rewrite import rewritten_distribution, rewritten_range
from gendsl.ir.statements import as_observation, step_after_starts
from gendsl.ir.types import Kind
from gendsl.ir.walk import names_of


@dataclass(slots=True)
class _Draft:
    """A table with what it reads, before it is known what is summed out with what."""

    table: Table
    reads: frozenset[Read]
    node: Sample | Factor | Recurrence
    place: int


@dataclass(slots=True)
class _Summing:
    program: Program
    together: Mapping[str, Dims] = field(default_factory=dict)
    sites: dict[str, HiddenSite] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)
    derived: dict[str, Derived] = field(default_factory=dict)
    inlined: dict[str, Expr] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    lagged: set[tuple[str, str, int]] = field(default_factory=set)
    drafts: list[_Draft] = field(default_factory=list)
    nodes: list[tuple[int, Node]] = field(default_factory=list)
    within: dict[str, tuple[str, Expr]] = field(default_factory=dict)

    # --- sites ---------------------------------------------------------------------------

    def find_sites(self) -> None:
        """Every discrete latent as a hidden site."""
        parts: dict[str, list[Sample]] = {}
        for site in discrete_latents(self.program):
            parts.setdefault(site.name, []).append(site)
        problems = [d for found in parts.values() for d in self._refused(found)]
        if problems:
            raise CannotSum(*problems)
        starts = known_starts(self.program)
        for name, found in parts.items():
            known = [s for p in starts.get(name, ()) if (s := start_states(p, self.program))]
            drawn = [s for p in found if (s := states(p, self.program))]
            values = states_together([*drawn, *known])
            axis = f"{name}.states"
            first = found[0]
            indices = (p.type for p in starts.get(name, ()) if p.type.kind is Kind.INDEX)
            type = next(indices, first.type)
            hidden = HiddenSite(
                name, first.dims, type, axis, values.least, values.count,
                together=self.together.get(name, ()),
            )  # fmt: skip
            self.sites[name] = hidden
            self.spans[name] = first.span
            if hidden.together:
                self.nodes.append((-1, values_by_state(hidden, first.span)))

    def _refused(self, parts: Sequence[Sample]) -> Iterator[Diagnostic]:
        for site in parts:
            if site.event_dims:
                yield joint_draw(site)
                return
            if states(site, self.program) is None:
                yield unbounded(site, moving_bounds(site, self.program))
                return

    # --- statements ----------------------------------------------------------------------

    def visit(self, place: int, node: Node) -> None:
        """Make tables of a node that reads hidden sites; keep it as it is otherwise."""
        match node:
            case Sample():
                self._sample(place, node)
            case Equation():
                self._equation(place, node)
            case Factor():
                self._factor(place, node)
            case Recurrence():
                self._recurrence(place, node)
            case _:
                if self._concerns(node):
                    site = sorted(names_of(node) & (self.sites.keys() | self.derived.keys()))[0]
                    raise Unreadable(site, "in equations that run along time", node.span)
                self.nodes.append((place, node))

    def _rewriter(self) -> Rewriter:
        return Rewriter(self.sites, self.derived, self.inlined)

    def _concerns(self, node: Node) -> bool:
        names = names_of(node)
        return any(
            n in self.sites or n in self.derived or n in self.inlined or n in self.gone
            for n in names
        )

    def _sample(self, place: int, node: Sample) -> None:
        if node.name in self.sites and node.role is SampleRole.LATENT:
            self._score(place, node, node, self.sites[node.name])
        elif not self._concerns(node):
            self.nodes.append((place, node))
        elif node.role is SampleRole.PREDICTED:
            self.gone.add(node.name)
        elif node.role is SampleRole.OBSERVED:
            self._score(place, node, node)
        else:
            self.nodes.append((place, self._flat(node)))
            self._score(place, node, node)

    def _flat(self, node: Sample) -> Sample:
        """A continuous latent whose density is in the tables: a site without one of its own."""
        rewriter = self._rewriter()
        rewritten_range(node.range, rewriter.expr)
        if rewriter.reads:
            site = sorted(rewriter.reads, key=lambda r: r.site)[0].site
            raise Unreadable(site, f"in the support of `{node.name}`", node.span)
        return replace(
            node, distribution=_flat_distribution(node), slice=None, parameterisation=None
        )

    def _equation(self, place: int, node: Equation) -> None:
        if not self._concerns(node):
            self.nodes.append((place, node))
        elif node.role is EquationRole.PREDICTED:
            self.gone.add(node.name)
        else:
            if node.slice is not None:
                site = sorted(names_of(node) & (self.sites.keys() | self.derived.keys()))[0]
                raise Unreadable(site, "in an equation that holds on a part only", node.span)
            rewriter = self._rewriter()
            value = rewriter.expr(node.value)
            if all(read.lag == 0 and not read.at for read in rewriter.reads):
                dims = (*node.dims, *self._axes(rewriter))
                self.derived[node.name] = Derived(dims, frozenset(rewriter.reads))
                kept = replace(node, dims=dims, value=value, role=EquationRole.LET)
                self.nodes.append((place, kept))
            else:
                self.inlined[node.name] = node.value

    def _factor(self, place: int, node: Factor) -> None:
        if not self._concerns(node):
            self.nodes.append((place, node))
            return
        rewriter = self._rewriter()
        value = rewriter.expr(node.value)
        where = None if node.where is None else rewriter.expr(node.where)
        score = replace(node, value=value, where=where)
        dims = [d for e in (node.value, node.where) if e is not None for d in e.dims]
        self._draft(place, node, score, tuple(dict.fromkeys(dims)), None, rewriter)

    def _recurrence(self, place: int, node: Recurrence) -> None:
        if not self._concerns(node) and not any(s.name in self.sites for s in node.series):
            self.nodes.append((place, node))
            return
        if all(
            isinstance(s.step, Sample) and s.step.role is SampleRole.PREDICTED for s in node.series
        ):
            self.gone |= {s.name for s in node.series}
            return
        for series in node.series:
            parts = [*series.starts, step_after_starts(series, node.dim)]
            hidden = self.sites.get(series.name)
            if hidden is None and not all(isinstance(part, Sample) for part in parts):
                site = sorted(names_of(node) & self.sites.keys() or self.sites.keys())[0]
                why = f"by the recurrence of `{series.name}`, which remembers all of its past"
                raise Unreadable(site, why, series.span)
            samples = [part for part in parts if isinstance(part, Sample)]
            if hidden is None:
                self.nodes.append((place, self._flat(samples[-1])))
            for i, part in enumerate(parts):
                if isinstance(part, Equation):
                    assert hidden is not None
                    self._known_start(place, node, part, hidden)
                elif hidden is None and not self._concerns(part):
                    self.nodes.append((place, as_observation(part, f"{part.name}.{i + 1}")))
                else:
                    self._score(place, node, part, hidden)

    # --- tables --------------------------------------------------------------------------

    def _axes(self, rewriter: Rewriter) -> Dims:
        """The states that a statement has read, by site, those of the past first."""
        order = list(self.sites)
        found = sorted(
            rewriter.axes.items(), key=lambda item: (-item[1][1], order.index(item[1][0]))
        )
        return tuple(axis for axis, _ in found)

    def _score(
        self,
        place: int,
        node: Sample | Recurrence,
        part: Sample,
        own: HiddenSite | None = None,
    ) -> None:
        rewriter = self._rewriter()
        distribution = rewritten_distribution(part.distribution, rewriter.expr)
        where = None if part.where is None else rewriter.expr(part.where)
        if own is not None:
            value = rewriter.value(own)
            rewriter.reads.add(Read(own.name))
        elif part.value is not None:
            value = rewriter.expr(part.value)
        else:
            value = Ref(part.name, part.dims, part.type, part.span)
        dims = (*part.batch_dims, *self._axes(rewriter), *part.event_dims)
        score = replace(
            part, dims=dims, distribution=distribution, role=SampleRole.OBSERVED,
            range=Range(), value=value, where=where, parameterisation=None,
        )  # fmt: skip
        self._draft(place, node, score, part.batch_dims, part.slice, rewriter)

    def _known_start(self, place: int, node: Recurrence, part: Equation, own: HiddenSite) -> None:
        rewriter = self._rewriter()
        score = certain(part, rewriter.expr(part.value), rewriter.value(own))
        rewriter.reads.add(Read(own.name))
        self._draft(place, node, score, part.dims, part.slice, rewriter)

    def _draft(
        self,
        place: int,
        node: Sample | Factor | Recurrence,
        score: Sample | Factor,
        batch: Dims,
        slice: Slice | None,
        rewriter: Rewriter,
    ) -> None:
        self.lagged |= rewriter.lagged
        places = self._places(rewriter.reads, score)
        outer = implied(places)
        for dim, (inner, index) in outer.items():
            self._note_within(inner, dim, index, rewriter, score)
        onto = tuple((d, at) for d, at in places.items() if at is not None and d not in outer)
        sources = {d for _, at in onto for d in place_dims(at)}
        if sources & {dim for dim, at in places.items() if at is None}:
            # Other sites vary with the index: they are summed first, the entries added up then.
            for dim, at in onto:
                self._note_nesting(dim, at, rewriter, score)
            onto, sources = (), set()
        # Along a dimension in which one entry is read, those of the statement are added up there.
        plates = (*dict(onto), *without(batch, {*sources, *dict(onto)}))
        table = Table(score, (*plates, *self._axes(rewriter)), onto)
        self.drafts.append(_Draft(table, frozenset(rewriter.reads), node, place))

    def _note_nesting(
        self, dim: str, at: Expr | Position, rewriter: Rewriter, score: Sample | Factor
    ) -> None:
        """Note that the dimension of an index lies within the one that it points into."""
        links = [] if isinstance(at, Position) else links_of(dim, at)
        if len({into for _, into, _ in links}) != len(links) or not links:
            raise Unreadable(
                self._pointed(rewriter),
                "together with discrete quantities over other dimensions",
                score.span,
            )
        for inner, outer, index in links:
            self._note_within(inner, outer, index, rewriter, score)

    def _note_within(
        self, inner: str, outer: str, at: Expr, rewriter: Rewriter, score: Sample | Factor
    ) -> None:
        if self.within.setdefault(inner, (outer, at)) != (outer, at):
            site = self._pointed(rewriter)
            raise Unreadable(site, f"through two indices over `{inner}`", score.span)

    @staticmethod
    def _pointed(rewriter: Rewriter) -> str:
        """The first site that is read at a place."""
        return next(r.site for r in sorted(rewriter.reads, key=lambda r: r.site) if r.at)

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

    # --- groups --------------------------------------------------------------------------

    def finish(self) -> None:
        """Sites with the lags at which they are read."""
        for name, dim, _ in sorted(self.lagged):
            site = self.sites[name]
            if site.along not in (None, dim):
                raise Unreadable(
                    name, f"at shifts along `{site.along}` and `{dim}`", self.spans[name]
                )
            self.sites[name] = replace(site, along=dim)
        for draft in self.drafts:
            for read in draft.reads:
                site = self.sites[read.site]
                if read.lag < 0:
                    raise Unreadable(
                        read.site, f"ahead along `{site.along}`", draft.table.score.span
                    )
                if read.lag > site.lags:
                    self.sites[read.site] = replace(site, lags=read.lag)

    def groups(self) -> Iterator[tuple[tuple[str, ...], list[_Draft]]]:
        """Sites that share tables, with these."""
        left = list(self.sites)
        while left:
            group = {left[0]}
            while True:
                found = {
                    r.site for d in self.drafts if any(r.site in group for r in d.reads)
                    for r in d.reads
                }  # fmt: skip
                if found <= group:
                    break
                group |= found
            yield (
                tuple(name for name in self.sites if name in group),
                [d for d in self.drafts if any(r.site in group for r in d.reads)],
            )
            left = [name for name in left if name not in group]

    def elimination(
        self, names: Sequence[str], drafts: Sequence[_Draft]
    ) -> tuple[int, Elimination]:
        """One group, and where it stands among the nodes."""
        sites = tuple(self.sites[name] for name in names)
        tables = tuple(draft.table for draft in drafts)
        nodes = tuple(dict.fromkeys(draft.node for draft in drafts))
        into = {inner: outer for inner, (outer, _) in self.within.items()}
        axes = with_outer({axis for table in tables for axis in table.axes}, into)
        within = tuple((d, into, at) for d, (into, at) in self.within.items() if d in axes)
        group = Elimination(names[0], sites, tables, (), (), nodes, within, self.spans[names[0]])
        try:
            order = order_of(group)
        except TooWide as error:
            raise CannotSum(entangled(error, self.spans)) from None
        blocks = tuple(round.sites for round in order.rounds)
        dims = in_order(order.plates, tuple(d.name for d in self.program.dimensions))
        ordered = tuple(self.sites[name] for block in blocks for name in block)
        group = replace(group, sites=ordered, order=blocks, dims=dims)
        return max(draft.place for draft in drafts), group

    def refusal(self, error: Unreadable) -> Diagnostic:
        """The refusal of a reading; of an equation, that of a site on which it depends."""
        site = error.site
        if site not in self.sites:
            reads = self.derived.get(site)
            site = sorted(r.site for r in reads.reads)[0] if reads else next(iter(self.sites))
        return unreadable(site, error.why, error.span, self.spans)


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
    summing = _Summing(program, together)
    summing.find_sites()
    if not summing.sites:
        return None
    node: Node | None = None
    try:
        for place, each in enumerate(program.nodes):
            node = each
            summing.visit(place, each)
        node = None
        summing.finish()
    except Unreadable as error:
        refused = summing.refusal(error)
        if isinstance(node, Equation) and node.name not in conditioned(program):
            refused = as_prediction(refused, node)
        elif error.together and not runs_along(error.site, error.together, program):
            raise _ReadTogether(error.site, error.together) from None
        raise CannotSum(refused) from None
    found = [summing.elimination(names, drafts) for names, drafts in summing.groups()]
    nodes = [node for _, node in sorted([*summing.nodes, *found], key=lambda item: item[0])]
    return Summation(
        tuple(_used(nodes, frozenset(summing.derived))),
        tuple(d for _, e in found for d in _dimensions(e.sites, summing.spans)),
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


def _flat_distribution(node: Sample) -> Distribution:
    family = FAMILIES["Flat"]
    return Distribution(
        family, family.forms[0], (), node.event_dims, None, None, None, node.distribution.span
    )
