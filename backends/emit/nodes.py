"""Lowering nodes to statements, each with the plates that it stands in."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from gendsl.backends.emit import python as py
from gendsl.backends.emit.align import aligned, spread
from gendsl.backends.emit.arguments import (
    DataArgument,
    GapCountArgument,
    GapsArgument,
    KnownArgument,
)  # fmt: skip
from gendsl.backends.emit.distributions import site_distribution
from gendsl.backends.emit.document import Block, If, Line, Note, Statement
from gendsl.backends.emit.expressions import lower, windowed
from gendsl.backends.emit.positions import Window
from gendsl.backends.emit.scope import Scope, Value
from gendsl.backends.emit.supports import Gaps, constraint
from gendsl.backends.emit.uses import DataUse
from gendsl.diagnostics.source import Span
from gendsl.distributions.support import SupportKind
from gendsl.ir.expr import Dims, Ref
from gendsl.ir.program import Equation, Factor, Sample, SampleRole
from gendsl.ir.types import Kind

STEPS = frozenset(
    {
        *("cholesky", "across", "jitter", "mean", "white"),
        *("edge", "frequency", "waves", "gram", "features", "factor", "scaled", "precision"),
    }
)
"""What a random function is computed by, a line below the one that has its source beside it."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement, the plates around it, and whether it only runs when predictions are wanted.

    `axes` are those of the plates, from the right; left out, they are the last ones.
    """

    statement: Statement
    plates: tuple[tuple[str, Window], ...] = ()
    is_prediction: bool = False
    axes: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """The plates around a statement that draws nothing, and their axes."""

    plates: tuple[tuple[str, Window], ...] = ()
    axes: tuple[int, ...] | None = None


def note(span: Span) -> Note:
    """The source line that a statement is from."""
    file = span.source.name.replace("\\", "/").rsplit("/", 1)[-1]
    return Note(span.text, f"{file}:{span.line}")


def site_name(name: str) -> ast.expr:
    """A site's name in NumPyro: that of the source."""
    return py.string(name)


def plates(batch: Dims, scope: Scope) -> tuple[tuple[str, Window], ...]:
    """The plates of a site, outermost first."""
    return tuple((dim, scope.windows.get(dim, Window())) for dim in batch)


def within_batches(dims: Dims, scope: Scope) -> Around:
    """The plates of minibatches around what is computed over `dims`, where these always are."""
    found = [(dim, window) for dim, window in scope.batches.items() if dim in dims]
    if not found:
        return Around()
    if len({window.axis for _, window in found}) < len(found):
        return _own_batches(dims, scope)
    found.sort(key=lambda pair: pair[1].axis)
    return Around(tuple(found), tuple(window.axis for _, window in found))


def _own_batches(dims: Dims, scope: Scope) -> Around:
    """The plates of minibatches around what is noted of `dims`, on the axes that it has."""
    found = [(d, scope.batches[d], i - len(dims)) for i, d in enumerate(dims) if d in scope.batches]
    if not found:
        return Around()
    return Around(tuple((dim, window) for dim, window, _ in found), tuple(a for *_, a in found))


def equation(node: Equation, scope: Scope) -> list[Placed]:
    """`x = numpyro.deterministic("x", ...)`, or a plain assignment."""
    inside = scope.narrowed(node.slice)
    value = spread(lower(node.value, inside), node.dims, inside)
    if node.slice is not None:
        value = _padded(value, node, inside)
    around = within_batches(node.dims, scope)
    if node.role.is_shown:
        around = _own_batches(node.dims, scope)
        has_rank = around.plates and scope.context.dialect.notes_event_rank
        noted = {"event_dim": py.number(0)} if has_rank else {}
        value = py.call("numpyro.deterministic", site_name(node.name), value, **noted)
    name = scope.context.names.of(node.name)
    written = None if _is_made(node, scope) else note(node.span)
    line = Line((name,), value, written)
    return [Placed(line, around.plates, node.role.is_prediction, around.axes)]


def _is_made(node: Equation, scope: Scope) -> bool:
    """Whether it is a step of what a line above it is for: that line has the source beside it."""
    is_step = STEPS & {*node.name.split(".")}
    return bool(is_step) and any(node.name in f.made for f in scope.context.program.functions)


def _padded(value: ast.expr, node: Equation, scope: Scope) -> ast.expr:
    """The array of the whole dimension; NaN where the statement does not hold."""
    assert node.slice is not None
    shape = [scope.extent(d) for d in node.dims]
    window = scope.windows[node.slice.dim]
    items = [window.slice() if d == node.slice.dim else py.FULL for d in node.dims]
    size = shape[0] if len(shape) == 1 else py.sequence(shape)
    empty = py.call("jnp.full", size, py.dotted("jnp.nan"))
    place = py.subscript(ast.Attribute(empty, "at", ast.Load()), items)
    return py.method(place, "set", value)


def factor(node: Factor, scope: Scope) -> list[Placed]:
    """`numpyro.factor("name", ...)`."""
    value = lower(node.value, scope)
    code = value.code
    if node.where is not None:
        where = lower(node.where, scope)
        dims = (*(d for d in where.dims if d not in value.dims), *value.dims)
        code = py.call("jnp.where", aligned(where, dims), aligned(value, dims), py.number(0.0))
        value = Value(code, dims)
    kept = tuple(d for d in value.dims if d in scope.batches)
    summed = [py.number(i) for i, d in enumerate(value.dims) if d not in kept]
    if summed and scope.context.dialect.declares_batches:
        axes = summed[0] if len(summed) == 1 else py.sequence(summed)
        code = py.call("jnp.sum", code, **({"axis": axes} if kept else {}))
    around = _own_batches(kept, scope)
    line = Line((), py.call("numpyro.factor", site_name(node.name), code), note(node.span))
    return [Placed(line, around.plates, axes=around.axes)]


def sample(node: Sample, scope: Scope, uses: DataUse) -> list[Placed]:
    """`x = numpyro.sample("x", ...)`."""
    if node.role is SampleRole.OBSERVED:
        return observed(node, scope, uses)
    inside = scope.narrowed(node.slice)
    call = py.call("numpyro.sample", site_name(node.name), site_distribution(node, inside))
    is_prediction = node.role is SampleRole.PREDICTED
    targets = (scope.context.names.of(node.name),) if node.name in uses.referenced else ()
    line = Line(targets, call, note(node.span))
    return [Placed(line, plates(node.batch_dims, inside), is_prediction)]


def observed(node: Sample, scope: Scope, uses: DataUse) -> list[Placed]:
    """`numpyro.sample("y", ..., obs=y)`: what is scored is data or an expression."""
    assert node.value is not None
    inside = scope.narrowed(node.slice)
    masks: list[ast.expr] = []
    node = _in_order_of_data(node)
    data = node.value.name if isinstance(node.value, Ref) else None
    datum = scope.context.program.datum(data) if data is not None else None
    if datum is not None and datum.is_optional and datum.name not in uses.imputed:
        known = Value(py.name(scope.context.ask(KnownArgument(datum.name))), node.dims)
        masks.append(windowed(known, inside).code)
    assert node.value is not None
    scored = aligned(lower(node.value, inside), node.dims)
    if node.where is not None:
        where = lower(node.where, inside)
        masks.append(aligned(where, node.batch_dims))
        if _is_category(node) and scope.context.dialect.has_strict_types:
            # no category is outside of those that there are, not even where none is scored
            scored = py.call("jnp.where", masks[-1], scored, py.number(0))
    distribution = site_distribution(node, inside)
    if masks:
        mask = masks[0]
        for other in masks[1:]:
            mask = py.binary("&", mask, other)
        distribution = py.method(distribution, "mask", mask)
    if not scope.batches.keys().isdisjoint(node.dims) and uses.is_generated(node):
        # nothing is read of data that are left out, to be drawn
        is_absent = ast.Compare(
            py.name(scope.context.ask(DataArgument(data or ""))), [ast.Is()], [py.NEW_AXIS]
        )
        scored = ast.IfExp(is_absent, py.NEW_AXIS, scored)
    call = py.call("numpyro.sample", site_name(node.name), distribution, obs=scored)
    is_named = data is not None and uses.is_generated(node) and data in uses.read_later
    targets = (scope.context.names.of(data or ""),) if is_named else ()
    if is_named and data is not None and not scope.batches.keys().isdisjoint(node.dims):
        scope.context.drawn_in_batches.add(data)
    return [Placed(Line(targets, call, note(node.span)), plates(node.batch_dims, inside))]


def _is_category(node: Sample) -> bool:
    return node.distribution.family.support.kind is SupportKind.INDEX


def _in_order_of_data(node: Sample) -> Sample:
    """The site with its axes as the data have them, if its event allows."""
    value = node.value
    if isinstance(value, Ref) and set(value.dims) == set(node.dims) and value.dims != node.dims:
        events = node.event_dims
        if value.dims[len(value.dims) - len(events) :] == events:
            return replace(node, dims=value.dims)
    return node


def _whole_numbers(kind: Kind) -> ast.expr:
    if kind is not Kind.INT:
        return py.dotted("constraints.nonnegative_integer")
    least = ast.UnaryOp(ast.USub(), py.dotted("jnp.inf"))
    return py.call("constraints.integer_greater_than", least)


def imputation(data: str, scope: Scope, uses: DataUse) -> Placed:
    """Missing entries that others depend on are latent, and are put in their places."""
    context = scope.context
    datum = context.program.datum(data)
    assert datum is not None
    array = context.ask(DataArgument(data))
    count = py.name(context.ask(GapCountArgument(data)))
    places = py.name(context.ask(GapsArgument(data)))
    gaps = Gaps(py.name(array), places)
    support = (
        constraint(datum.support, datum.range, datum.dims, scope, gaps)
        if datum.type.kind is Kind.REAL
        else _whole_numbers(datum.type.kind)
    )
    flat = py.call("dist.ImproperUniform", support, py.sequence([]), py.sequence([count]))
    missing = context.names.fresh(f"{data}_missing")
    draw = py.call("numpyro.sample", site_name(f"{data}.missing"), flat)
    filling: ast.expr = py.name(missing)
    if datum.type.kind is Kind.BOOL:
        filling = py.method(filling, "astype", py.name("bool"))
    given = py.call("jnp.asarray", py.name(array))
    place = ast.Subscript(ast.Attribute(given, "at", ast.Load()), places, ast.Load())
    body = (
        Line((missing,), draw, note(datum.span)),
        Line((array,), py.method(place, "set", filling)),
    )
    if data not in uses.generated:
        return Placed(Block(body))
    is_given = ast.Compare(py.name(array), [ast.IsNot()], [py.NEW_AXIS])
    return Placed(If(is_given, body))
