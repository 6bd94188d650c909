"""From statements to tables of log densities over the states of hidden sites.

A statement that reads a hidden site, itself or through equations, becomes a table over its states.
A continuous latent among them becomes a site without a density of its own, and an equation varies
along the states that it reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gendsl.analysis.along_states import Derived, Read, Rewriter, Unreadable
from gendsl.analysis.cannot_sum import unreadable
from gendsl.analysis.hidden_sites import Hidden
from gendsl.analysis.known_starts import certain
from gendsl.analysis.shared_states import values_by_state
from gendsl.analysis.table_plates import Plates
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.source import Span
from gendsl.distributions.table import FAMILIES
from gendsl.ir.expr import Dims, Expr, Ref
from gendsl.ir.program import (
    Distribution,
    Equation,
    EquationRole,
    Factor,
    HiddenSite,
    Node,
    Range,
    Recurrence,
    Sample,
    SampleRole,
    Table,
)
from gendsl.ir.rewrite import rewritten_distribution, rewritten_range
from gendsl.ir.statements import as_observation, step_after_starts
from gendsl.ir.walk import names_of


@dataclass(slots=True)
class Draft:
    """A table with what it reads, before it is known what is summed out with what."""

    table: Table
    reads: frozenset[Read]
    node: Sample | Factor | Recurrence
    place: int


class StateTables:
    """What the statements of a program become, one after the other."""

    def __init__(self, hidden: Mapping[str, Hidden]) -> None:
        self.sites: dict[str, HiddenSite] = {name: each.site for name, each in hidden.items()}
        self.spans: dict[str, Span] = {name: each.span for name, each in hidden.items()}
        self.plates = Plates(self.sites)
        self.derived: dict[str, Derived] = {}
        self.inlined: dict[str, Expr] = {}
        self.gone: set[str] = set()
        self.lagged: set[tuple[str, str, int]] = set()
        self.drafts: list[Draft] = []
        self.nodes: list[tuple[int, Node]] = [
            (-1, values_by_state(site, span)) for site, span in hidden.values() if site.together
        ]

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
        elif node.role.is_prediction:
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
        self._draft(place, node, score, tuple(dict.fromkeys(dims)), rewriter)

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
        self._draft(place, node, score, part.batch_dims, rewriter)

    def _known_start(self, place: int, node: Recurrence, part: Equation, own: HiddenSite) -> None:
        rewriter = self._rewriter()
        score = certain(part, rewriter.expr(part.value), rewriter.value(own))
        rewriter.reads.add(Read(own.name))
        self._draft(place, node, score, part.dims, rewriter)

    def _draft(
        self,
        place: int,
        node: Sample | Factor | Recurrence,
        score: Sample | Factor,
        batch: Dims,
        rewriter: Rewriter,
    ) -> None:
        self.lagged |= rewriter.lagged
        table = self.plates.table(score, batch, rewriter.reads, self._axes(rewriter))
        self.drafts.append(Draft(table, frozenset(rewriter.reads), node, place))

    def refusal(self, error: Unreadable) -> Diagnostic:
        """The refusal of a reading; of an equation, that of a site on which it depends."""
        site = error.site
        if site not in self.sites:
            reads = self.derived.get(site)
            site = sorted(r.site for r in reads.reads)[0] if reads else next(iter(self.sites))
        return unreadable(site, error.why, error.span, self.spans)


def _flat_distribution(node: Sample) -> Distribution:
    family = FAMILIES["Flat"]
    return Distribution(
        family, family.forms[0], (), node.event_dims, None, None, None, node.distribution.span
    )
