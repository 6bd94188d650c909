"""Lowering recurrences.

Deterministic series are one `lax.scan`. A single random series is one site with our `Recurrent`
distribution: its density is evaluated for all positions at once. Several random series that feed
each other, or one with a deterministic memory, are NumPyro's own `scan`.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from gendsl.backends.emit import python as py
from gendsl.backends.emit.align import aligned, spread
from gendsl.backends.emit.distributions import helper, site_distribution
from gendsl.backends.emit.document import (
    Def,
    Line,
    Parameter,
    Return,
    Statement,
    With,
    merged,
)
from gendsl.backends.emit.expressions import lower
from gendsl.backends.emit.look_back import beginning, count, past_key
from gendsl.backends.emit.nodes import Placed, note
from gendsl.backends.emit.positions import END, START, Place
from gendsl.backends.emit.scope import Piece, Scope, Step, Value
from gendsl.backends.emit.series import Plan, plan, window_of, without_past
from gendsl.ir.expr import Const, Dims, Expr, LookBack
from gendsl.ir.program import Equation, EquationRole, Recurrence, Sample, Series
from gendsl.ir.start_order import Start, start_order
from gendsl.ir.types import Kind
from gendsl.ir.walk import is_prediction, names_in


def recurrence(node: Recurrence, scope: Scope) -> list[Placed]:
    """The statements of a recurrence."""
    parts = plan(node, scope)
    lowering = _Lowering(parts, scope)
    statements = lowering.one_site() if parts.is_one_site else lowering.scan()
    return [Placed(s, (), is_prediction(node)) for s in statements]


class _Lowering:
    """Collects the statements of one recurrence."""

    def __init__(self, parts: Plan, scope: Scope) -> None:
        self.plan = parts
        self.scope = scope
        self.names = scope.context.names
        self.statements: list[Statement] = []
        self.started: dict[str, Value] = {}
        begun = [s for s in parts.series if not self._is_drawn_whole(s)]
        self.starts = start_order(begun, parts.dim)
        self.begun = 0
        self.start_names: dict[str, str] = {}

    def _is_drawn_whole(self, series: Series) -> bool:
        """Whether a series is one site, its start included."""
        is_drawn = self.plan.is_one_site and series in self.plan.stochastic
        return is_drawn and isinstance(series.starts[0], Sample)

    # --- one random series ---------------------------------------------------------------

    def one_site(self) -> list[Statement]:
        """`x = numpyro.sample("x", Recurrent(starts, step, length))`."""
        series = self.plan.stochastic[0]
        step_node = series.step
        assert isinstance(step_node, Sample)
        rest, dim = self.plan.rest(series), self.plan.dim
        lags = self.plan.lags[series.name]
        step = self._step()
        body: list[Statement] = [
            self._assignment(other, step) for other in self.plan.series if other is not series
        ]
        inside = Scope(self.scope.context, step=step)
        code = site_distribution(_reordered(step_node, rest), inside)
        body.append(Return(code))
        past = [_identifier(step.lagged[series.name, k]) for k in range(1, lags + 1)]
        name = self.names.fresh(f"{series.name}_step")
        parameters = tuple(Parameter(p) for p in (*past, *step.inputs.values()))
        self.statements.append(Def(name, parameters, tuple(body), note=note(series.step.span)))
        keywords: dict[str, ast.expr] = {}
        if lags != 1:
            keywords["lags"] = py.number(lags)
        if step.inputs:
            keywords["inputs"] = py.array([self._input(e) for e in step.inputs])
        axis = series.dims.index(dim)
        if axis:
            keywords["axis"] = py.number(axis)
        size = self.scope.context.size(dim)
        if isinstance(series.starts[0], Sample):
            starts = [self._start_distribution(s, rest) for s in series.starts]
            arguments = [py.array(starts), py.name(name), size]
            site = series.name
        else:
            self._begin(series)
            arguments = [py.array([]), py.name(name), size]
            keywords["before"] = self.started[series.name].code
            site = self._piece(series, "rest", self.plan.head, END, is_leading=False)
        call = helper(self.scope, "recurrent", "Recurrent", *arguments, **keywords)
        drawn = py.call("numpyro.sample", py.string(site), call)
        target = self.names.of(series.name)
        self.statements.append(Line((target,), drawn, note(series.starts[0].span)))
        if site != series.name:
            code = py.name(target)
            leading = py.call("jnp.moveaxis", code, py.number(axis), py.number(0)) if axis else code
            self.statements.append(Line((target,), _saved(series, self._joined(series, leading))))
        for other in self.plan.series:
            if other is not series:
                self._begin(other)
                later = self.scope.within(dim, self.plan.later)
                assert isinstance(other.step, Equation)
                value = lower(other.step.value, later)
                code = self._leading(other, value, later)
                joined = self._joined(other, code)
                line = Line((self.names.of(other.name),), _saved(other, joined), note(other.span))
                self.statements.append(line)
        return self.statements

    def _start_distribution(self, start: Sample | Equation, rest: Dims) -> ast.expr:
        assert isinstance(start, Sample)
        dim = self.plan.dim
        inside = self.scope.narrowed(start.slice)
        shaped = _reordered(start, (dim, *rest))
        code = site_distribution(shaped, inside)
        lengths = [inside.length(d) for d in (dim, *rest)]
        return py.method(code, "expand", py.array(lengths))

    # --- scans ---------------------------------------------------------------------------

    def scan(self) -> list[Statement]:
        """`_, (x, y) = lax.scan(step, start, inputs)`."""
        for series in self.plan.series:
            self._begin(series)
        step = self._step()
        body: list[Statement] = [self._assignment(s, step) for s in self.plan.series]
        carried = [(s.name, k) for s in self.plan.series for k in self._lags(s.name)]
        new_carry = [
            step.current[name] if k == 1 else step.lagged[name, k - 1] for name, k in carried
        ]
        new_carry += [self._longer(part, step) for part in self.plan.pasts]
        outputs = [step.current[s.name] for s in self.plan.series]
        body.append(Return(py.sequence([_packed(new_carry), _packed(outputs)])))
        carry = [_identifier(step.lagged[c]) for c in carried]
        carry += [_identifier(code) for code in step.pasts.values()]
        inputs = list(step.inputs.values())
        first, unpack_first = self._parameter(carry, "carry")
        second, unpack_second = self._parameter(inputs, "inputs")
        name = self.names.fresh("step")
        body = [*unpack_first, *unpack_second, *merged(body)]
        self.statements.append(Def(name, (Parameter(first), Parameter(second)), tuple(body)))
        start = [self._last(name_, k) for name_, k in carried]
        start += [self._past(part) for part in self.plan.pasts]
        rows = [self._input(e) for e in step.inputs]
        keywords: dict[str, ast.expr] = {}
        if not rows:
            later = self.scope.within(self.plan.dim, self.plan.later)
            keywords["length"] = later.length(self.plan.dim)
        function = "scan" if self.plan.stochastic else "jax.lax.scan"
        arguments = [py.name(name), _packed(start), _packed(rows) if rows else py.NEW_AXIS]
        call = py.call(function, *arguments, **keywords)
        targets = [self.names.of(s.name) for s in self.plan.series]
        packed = targets[0] if len(targets) == 1 else f"({', '.join(targets)})"
        self.statements.append(Line(("_", packed), call))
        for series in self.plan.series:
            whole = self._joined(series, py.name(self.names.of(series.name)))
            line = Line((self.names.of(series.name),), _saved(series, whole))
            self.statements.append(line)
        return self.statements

    def _parameter(self, names: list[str], wanted: str) -> tuple[str, list[Statement]]:
        """A parameter for several values, unpacked in the body; the value itself if it is one."""
        if not names:
            return "_" if wanted == "inputs" else "_carry", []
        if len(names) == 1:
            return names[0], []
        packed = self.names.fresh(wanted)
        return packed, [Line(tuple(names), py.name(packed))]

    def _lags(self, name: str) -> range:
        return range(1, self.plan.lags[name] + 1)

    def _last(self, name: str, lag: int) -> ast.expr:
        return py.subscript(self.started[name].code, [py.number(-lag)])

    # --- parts of both -------------------------------------------------------------------

    def _step(self) -> Step:
        """The inside of a step: a variable for each series and lag."""
        lagged: dict[tuple[str, int], ast.expr] = {}
        for series in self.plan.series:
            for k in self._lags(series.name):
                wanted = f"{series.name}_prev" + (str(k) if k > 1 else "")
                lagged[series.name, k] = py.name(self.names.fresh(wanted))
        pasts: dict[tuple[Expr, Expr | None, int], ast.expr] = {}
        for part in self.plan.pasts:
            of = min(names_in(part.base) & self.plan.names)
            pasts[past_key(part)] = py.name(self.names.fresh(f"{of}_past"))
        return Step(self.plan.dim, self.plan.names, lagged, pasts=pasts)

    def _longer(self, part: LookBack, step: Step) -> ast.expr:
        """The past of the next step: this step's value comes first, the oldest goes."""
        past = step.pasts[past_key(part)]
        rest = tuple(d for d in part.base.dims if d != self.plan.dim)
        inside = Scope(self.scope.context, step=step)
        newest = spread(lower(part.base, inside), rest, inside)
        row = py.subscript(newest, [py.NEW_AXIS])
        older = py.subscript(past, [ast.Slice(None, py.number(-1), None)])
        return py.call("jnp.concatenate", py.array([row, older]))

    def _past(self, part: LookBack) -> ast.expr:
        """The past before the first step."""
        windows = {**self.scope.windows, self.plan.dim: self.plan.first}
        before = Scope(self.scope.context, windows, None, self.started)
        return beginning(part, count(part, self.scope), before, lower)

    def _assignment(self, series: Series, step: Step) -> Statement:
        """The series' value at this position."""
        rest = self.plan.rest(series)
        inside = Scope(self.scope.context, step=step)
        target = self.names.fresh(f"{series.name}_now")
        node = series.step
        statement: Statement
        if isinstance(node, Equation):
            value = lower(node.value, inside)
            code = spread(_real(value, node, series), rest, inside)
            statement = Line((target,), code, note(node.span))
        else:
            code = site_distribution(_reordered(node, rest), inside)
            site = self._piece(series, "rest", self.plan.head, END)
            draw = py.call("numpyro.sample", py.string(site), code)
            statement = _in_plates(Line((target,), draw, note(node.span)), rest, self.scope)
        step.current[series.name] = py.name(target)
        return statement

    def _begin(self, series: Series) -> None:
        """The array of a series' first positions, these on its first axis, after what it reads."""
        last = max(i for i, start in enumerate(self.starts) if start.series == series.name)
        while self.begun <= last:
            self._add_start(self.starts[self.begun])
            self.begun += 1

    def _add_start(self, start: Start) -> None:
        series = next(s for s in self.plan.series if s.name == start.series)
        part, window = start.part, window_of(start.part, self.scope)
        if window.start == START:
            part = without_past(part, self.plan.dim, self.plan.names)
        dims = (self.plan.dim, *self.plan.rest(series))
        name = self.start_names.get(series.name)
        if name is None:
            name = self.start_names[series.name] = self.names.fresh(f"{series.name}_start")
        before = self.started.get(series.name)
        inside = Scope(
            self.scope.context, {**self.scope.windows, self.plan.dim: window}, None, self.started
        )
        if isinstance(part, Equation):
            value = lower(part.value, inside)
            code = spread(_real(value, part, series), dims, inside)
        else:
            tag = f"start_at_{window.start.offset}"
            if start.number is not None:
                tag = f"start{start.number + 1 if start.number else ''}"
            site = self._piece(series, tag, window.start, window.stop)
            distribution = site_distribution(_reordered(part, dims), inside)
            lengths = py.array([inside.length(d) for d in dims[: len(dims) - len(part.event_dims)]])
            wide = py.method(distribution, "expand", lengths)
            if self.scope.context.dialect.declares_batches:
                wide = py.method(wide, "to_event", py.number(len(lengths.elts)))
            code = py.call("numpyro.sample", py.string(site), wide)
        if before is not None and before.dims:
            code = py.call("jnp.concatenate", py.array([before.code, code]))
        self.statements.append(Line((name,), code, note(part.span)))
        self.started[series.name] = Value(py.name(name), dims)

    def _input(self, expr: Expr) -> ast.expr:
        """An expression's values at all steps, these on the first axis."""
        later = self.scope.within(self.plan.dim, self.plan.later)
        value = lower(expr, later)
        dims = (self.plan.dim, *(d for d in value.dims if d != self.plan.dim))
        return aligned(value, dims)

    def _leading(self, series: Series, value: Value, scope: Scope) -> ast.expr:
        return spread(value, (self.plan.dim, *self.plan.rest(series)), scope)

    def _joined(self, series: Series, later: ast.expr) -> ast.expr:
        """Start and steps, axes in the series' own order."""
        code = py.call("jnp.concatenate", py.array([self.started[series.name].code, later]))
        axis = series.dims.index(self.plan.dim)
        return py.call("jnp.moveaxis", code, py.number(0), py.number(axis)) if axis else code

    def _piece(
        self, series: Series, tag: str, start: Place, stop: Place, is_leading: bool = True
    ) -> str:
        """The name of a site that holds a part of a series."""
        site = f"{series.name}.{tag}"
        ends = [None if place.is_from_end else place.offset for place in (start, stop)]
        self.scope.context.pieces[site] = Piece(
            series.name,
            series.dims.index(self.plan.dim),
            ends[0],
            ends[1],
            is_leading,
            (start.computed, stop.computed),
        )
        return site


def _identifier(code: ast.expr) -> str:
    assert isinstance(code, ast.Name)
    return code.id


def _packed(codes: list[ast.expr]) -> ast.expr:
    return codes[0] if len(codes) == 1 else py.sequence(codes)


def _real(value: Value, node: Equation, series: Series) -> Value:
    """The value as a float where the series is real: a scan keeps its carry's type."""
    if series.type.kind is Kind.REAL and isinstance(node.value, Const):
        return Value(py.number(float(node.value.value)), ())
    if series.type.kind is Kind.REAL and node.value.type.kind is not Kind.REAL:
        return Value(py.binary("*", py.number(1.0), value.code), value.dims)
    return value


def _saved(series: Series, code: ast.expr) -> ast.expr:
    step = series.step
    if isinstance(step, Equation) and step.role is EquationRole.LET:
        return code
    return py.call("numpyro.deterministic", py.string(series.name), code)


def _reordered(node: Sample, dims: Dims) -> Sample:
    return replace(node, dims=dims)


def _in_plates(statement: Statement, dims: Dims, scope: Scope) -> Statement:
    if not dims:
        return statement
    calls = []
    for i, dim in enumerate(dims):
        keywords = {"dim": py.number(i - len(dims))} if len(dims) > 1 else {}
        calls.append(py.call("numpyro.plate", py.string(dim), scope.context.size(dim), **keywords))
    return With(tuple(calls), (statement,))
