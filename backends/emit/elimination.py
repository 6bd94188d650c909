"""Lowering what is summed out: a table for each statement, and one site that sums them."""

from __future__ import annotations

import ast

from gendsl.backends.emit import python as py
from gendsl.backends.emit.align import aligned, transposed, union
from gendsl.backends.emit.arguments import KnownArgument
from gendsl.backends.emit.distributions import helper
from gendsl.backends.emit.document import Block, Line
from gendsl.backends.emit.expressions import lower, windowed
from gendsl.backends.emit.gather import position
from gendsl.backends.emit.nodes import Placed, note, plates, site_name, within_batches
from gendsl.backends.emit.positions import END, START
from gendsl.backends.emit.scope import Scope, Value
from gendsl.backends.emit.state_distributions import log_weights, state_distribution
from gendsl.backends.emit.uses import DataUse
from gendsl.ir.expr import Const, Dims, Expr, Position, Ref
from gendsl.ir.program import Elimination, Factor, HiddenSite, Sample, Table

SUM = ".sum"
"""What follows a site's name in that of the sum over it."""


def elimination(node: Elimination, scope: Scope, uses: DataUse) -> list[Placed]:
    """`z_log = ...` for each table, then `numpyro.sample("z.sum", SummedOut(...), obs=0.0)`."""
    return _Lowering(node, scope, uses).statements()


class _Lowering:
    """Writes one elimination."""

    def __init__(self, node: Elimination, scope: Scope, uses: DataUse) -> None:
        self.node = node
        self.scope = scope
        self.uses = uses
        self.sites = {site.name: site for site in node.sites}
        self.is_chain = any(site.along is not None for site in node.sites)
        self.axes = self._axis_names()

    def statements(self) -> list[Placed]:
        """The tables, and the sum over them."""
        lines: list[Line] = []
        tables: list[ast.expr] = []
        for table in self.node.tables:
            name = self.scope.context.names.fresh(_name_of(table.score))
            inside = self.scope.narrowed(table.score.slice)
            value = self._added_up(table, self._log(table, inside), inside)
            lines.append(Line((name,), aligned(value, table.axes), note(table.score.span)))
            tables.append(self._table(table, name, inside))
        hidden = py.array([self._hidden(site) for site in self.node.sites])
        keywords: dict[str, ast.expr] = {}
        if any(len(block) > 1 for block in self.node.order):
            keywords["order"] = py.array([py.string(" ".join(b)) for b in self.node.order])
        if self.node.dims:
            keywords["plates"] = self._axes_text(self.node.dims)
        if self.node.within:
            keywords["within"] = py.array([self._within(*parts) for parts in self.node.within])
        module, name = (
            ("summed_out_chains", "SummedOutChains")
            if self.is_chain
            else ("summed_out", "SummedOut")
        )
        total = helper(self.scope, module, name, hidden, py.array(tables), **keywords)
        call = py.call("numpyro.sample", site_name(self.node.name + SUM), total, obs=py.number(0.0))
        if self.scope.context.dialect.declares_batches:
            around = plates(self.node.dims, self.scope)
            before = within_batches(self.node.dims, self.scope)
            made = [Placed(line, before.plates, axes=before.axes) for line in lines]
            return [*made, Placed(Line((), call), around)]
        return [Placed(Block((*lines, Line((), call))))]

    # --- names ---------------------------------------------------------------------------

    def _axis_names(self) -> dict[str, str]:
        """What the text calls each dimension: a site's states by its name, plates by theirs."""
        states = {site.states: site.name for site in self.node.sites}
        names: dict[str, str] = {}
        for table in self.node.tables:
            for dim in (
                *table.axes,
                *(d for inner, outer, _ in self.node.within for d in (inner, outer)),
            ):
                stem, dash, lag = dim.rpartition("-")
                if dim in states:
                    names[dim] = states[dim]
                elif stem in states and lag.isdigit():
                    names[dim] = f"{states[stem]}{dash}{lag}"
                else:
                    names[dim] = dim
        for dim in self.node.dims + tuple(d for s in self.node.sites for d in s.dims):
            names.setdefault(dim, dim)
        for dim in names:
            while dim not in states and names[dim] in self.sites:
                names[dim] += "_"
        return names

    def _axes_text(self, dims: Dims) -> ast.expr:
        return py.string(" ".join(self.axes[d] for d in dims))

    def _hidden(self, site: HiddenSite) -> ast.expr:
        size = self.scope.extent
        keywords: dict[str, ast.expr] = {}
        if not isinstance(site.least, Const) or site.least.value != 0:
            keywords["least"] = lower(site.least, self.scope).code
        if site.along is not None:
            keywords["along"] = py.string(self.axes[site.along])
        if site.together:
            keywords["together"] = self._axes_text(site.together)
        plates = [self._axes_text(site.dims), py.array([size(d) for d in site.dims])]
        values = self.scope.context.values_of(site)
        arguments = [py.string(site.name), values, *(plates if site.dims else [])]
        return py.call("Hidden", *arguments, **keywords)

    def _within(self, inner: str, outer: str, index: Expr) -> ast.expr:
        names = [py.string(self.axes[dim]) for dim in (inner, outer)]
        size = self.scope.context.size(outer)
        return py.sequence([*names, lower(index, self.scope).code, size])

    def _table(self, table: Table, name: str, scope: Scope) -> ast.expr:
        keywords: dict[str, ast.expr] = {}
        window = None
        part = table.score.slice
        if part is not None and self._is_windowed(table, part.dim):
            window = scope.windows[part.dim]
        if part is not None and window is not None:
            size = self.scope.context.size(part.dim)
            if window.start != START:
                keywords["since"] = window.start.code(size)
            if window.stop != END:
                keywords["until"] = window.stop.code(size)
        return py.call("Table", py.name(name), self._axes_text(table.axes), **keywords)

    def _read(self, table: Table) -> list[str]:
        """The sites whose states a table has."""
        found = []
        for site in self.node.sites:
            own = {site.states, *(f"{site.states}-{k}" for k in range(1, site.lags + 1))}
            if own & set(table.axes):
                found.append(site.name)
        return found

    # --- log densities -------------------------------------------------------------------

    def _log(self, table: Table, scope: Scope) -> Value:
        """The log density for every state."""
        score = table.score
        if isinstance(score, Factor):
            value = lower(score.value, scope)
            where = [] if score.where is None else [lower(score.where, scope)]
            return _masked(_along(score, value, table), where)
        assert score.value is not None
        context = scope.context
        masks: list[Value] = []
        datum = context.program.datum(score.value.name) if isinstance(score.value, Ref) else None
        if datum is not None and datum.is_optional and datum.name not in self.uses.imputed:
            known = Value(py.name(context.ask(KnownArgument(datum.name))), datum.dims)
            masks.append(windowed(known, scope))
        if score.where is not None:
            masks.append(lower(score.where, scope))
        categories = log_weights(score, scope)
        if categories is not None:
            return _masked(categories, masks)
        scored = aligned(lower(score.value, scope), score.dims)
        code = py.method(state_distribution(score, scope), "log_prob", scored)
        return _masked(Value(code, score.batch_dims), masks)

    # --- entries onto sites ---------------------------------------------------------------

    def _added_up(self, table: Table, value: Value, scope: Scope) -> Value:
        """The entries added up where the sites stand that they read."""
        window_dims = [d for d in self._padded(table) if d in value.dims]
        if not table.onto and not window_dims:
            return value
        places: dict[str, Value] = {}
        for dim, place in table.onto:
            places[dim] = (
                Value(position(dim, place, scope), ())
                if isinstance(place, Position)
                else lower(place, scope)
            )
        sources = union((), *(p.dims for p in places.values()))
        rest = tuple(d for d in table.axes if d not in places)
        for dim in [d for d in places if d in value.dims and d not in sources]:
            axis = py.number(value.dims.index(dim))
            kept = tuple(d for d in value.dims if d != dim)
            value = Value(py.method(value.code, "sum", axis), kept)
        value = transposed(value, (*sources, *rest))
        size = self.scope.extent
        if len(places) == 1 and len(sources) == 1 and not window_dims:
            ((dim, index),) = places.items()
            code = py.call("jax.ops.segment_sum", value.code, index.code, size(dim))
            return Value(code, (dim, *value.dims[1:]))
        kept = tuple(d for d in rest if d in value.dims)
        shape = py.sequence([size(d) for d in (*places, *kept)])
        items: list[ast.expr | ast.Slice] = [aligned(p, sources) for p in places.values()]
        items += [scope.windows[d].slice() if d in window_dims else py.FULL for d in kept]
        zeros = py.call("jnp.zeros", shape)
        place_ = py.subscript(ast.Attribute(zeros, "at", ast.Load()), items)
        return Value(py.method(place_, "add", value.code), (*places, *kept))

    def _padded(self, table: Table) -> list[str]:
        """The dimensions of sites on a part of which a table stands, chains aside."""
        if table.score.slice is None:
            return []
        dim = table.score.slice.dim
        own = {d for name in self._read(table) for d in self.sites[name].plates}
        own -= {*dict(table.onto)}
        return [dim] if dim in own and not self._is_windowed(table, dim) else []

    def _is_windowed(self, table: Table, dim: str) -> bool:
        """Whether all that a table reads along a dimension are chains, which know of windows."""
        if dim in dict(table.onto):
            return False  # The entries are put where the sites stand: all along the dimension.
        sites = [self.sites[name] for name in self._read(table) if dim in self.sites[name].plates]
        return bool(sites) and all(site.along == dim for site in sites)


def _name_of(score: Sample | Factor) -> str:
    if score.slice is None:
        return f"{score.name}_log"
    return f"{score.name}_{'step' if score.slice.stop is None else 'start'}_log"


def _along(score: Factor, value: Value, table: Table) -> Value:
    """The value with the dimension on a part of which it holds among its own."""
    if score.slice is None or score.slice.dim in value.dims:
        return value
    own = {*value.dims, score.slice.dim}
    dims = (*(d for d in value.dims if d not in table.axes), *(d for d in table.axes if d in own))
    return Value(aligned(value, dims), dims)


def _masked(value: Value, masks: list[Value]) -> Value:
    """Zero where the statement does not hold."""
    if not masks:
        return value
    dims = union(value.dims, *(m.dims for m in masks))
    order = (*(d for d in dims if d not in value.dims), *value.dims)
    mask = aligned(masks[0], order)
    for other in masks[1:]:
        mask = py.binary("&", mask, aligned(other, order))
    code = py.call("jnp.where", mask, aligned(value, order), py.number(0.0))
    return Value(code, order)
