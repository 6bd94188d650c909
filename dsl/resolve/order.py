"""Statements stand in any order: sort them, find recurrences, refuse cycles."""

from __future__ import annotations

from collections.abc import Iterable

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Span
from gendsl.ir.expr import Const, Expr, Ref, Shift
from gendsl.ir.program import (
    Equation,
    Factor,
    Node,
    Recurrence,
    Sample,
    SampleRole,
    Series,
)
from gendsl.ir.walk import children, names_of, node_exprs
from gendsl.resolve.components import components
from gendsl.resolve.failure import Unresolved

Part = Sample | Equation


def order_nodes(
    definitions: dict[str, tuple[Part, ...]],
    scored: tuple[Sample | Factor, ...],
    reporter: Reporter,
) -> tuple[Node, ...]:
    """Nodes in an order in which each refers only to what stands before it.

    `definitions` has the parts of each quantity; `scored` the observations and factors, on which
    nothing depends.
    """
    edges = {
        name: tuple(
            sorted(n for n in frozenset().union(*(names_of(p) for p in parts)) if n in definitions)
        )
        for name, parts in definitions.items()
    }
    nodes: list[Node] = []
    placed: dict[str, int] = {}
    has_failed = False
    for group in components(edges):
        try:
            node = _node(group, definitions, edges, reporter)
        except Unresolved:
            has_failed = True
            continue
        placed |= {name: len(nodes) for name in group}
        nodes.append(node)
    if has_failed:
        raise Unresolved
    return _with_scored(tuple(nodes), placed, scored)


def _with_scored(
    nodes: tuple[Node, ...], placed: dict[str, int], scored: tuple[Sample | Factor, ...]
) -> tuple[Node, ...]:
    """Each scored node right after the last that it needs."""
    after: dict[int, list[Node]] = {}
    for scoring in scored:
        last = max((placed[n] for n in names_of(scoring) if n in placed), default=-1)
        after.setdefault(last, []).append(scoring)
    result: list[Node] = [*after.get(-1, [])]
    for i, node in enumerate(nodes):
        result += [node, *after.get(i, [])]
    return tuple(result)


def _node(
    group: tuple[str, ...],
    definitions: dict[str, tuple[Part, ...]],
    edges: dict[str, tuple[str, ...]],
    reporter: Reporter,
) -> Node:
    name = group[0]
    parts = definitions[name]
    is_alone = len(group) == 1 and name not in edges[name]
    if is_alone and len(parts) == 1 and parts[0].slice is None:
        _check_no_shift(parts[0], reporter)
        return parts[0]
    dim = _dimension(group, definitions, reporter)
    ordered = group if is_alone else _within_step(group, definitions, reporter)
    series = tuple(_series(n, definitions[n], dim, reporter) for n in ordered)
    return Recurrence(dim, series, series[0].span)


def _check_no_shift(part: Part, reporter: Reporter) -> None:
    """A shifted equation without a start says nothing of the first positions."""
    for expr in node_exprs(part):
        for shift in _shifts(expr):
            _fail(
                reporter,
                Diagnostic(
                    "G0404",
                    f"`{part.name}` looks back along `{shift.dim}` and has no start",
                    shift.span or part.span,
                    f"what is this at the first position of `{shift.dim}`?",
                    (Label(part.span, "nothing says where it starts"),),
                    (),
                    f"add one: `{part.name}[{shift.dim} = first]"
                    f" {'~ ...' if isinstance(part, Sample) else '= ...'}`",
                ),
            )
            raise Unresolved


def _shifts(expr: Expr) -> Iterable[Shift]:
    stack = [expr]
    while stack:
        node = stack.pop()
        if isinstance(node, Shift):
            yield node
        stack.extend(children(node))


def _dimension(
    group: tuple[str, ...], definitions: dict[str, tuple[Part, ...]], reporter: Reporter
) -> str:
    """The one dimension along which the group runs."""
    dims: dict[str, Span] = {}
    for name in group:
        for part in definitions[name]:
            if part.slice is not None:
                dims.setdefault(part.slice.dim, part.span)
            for expr in node_exprs(part):
                for shift in _shifts(expr):
                    base = shift.base
                    if isinstance(base, Ref) and base.name in group:
                        dims.setdefault(shift.dim, shift.span or part.span)
    if len(dims) == 1:
        return next(iter(dims))
    if not dims:
        raise _cycle(group, definitions, reporter)
    names = " and ".join(f"`{d}`" for d in dims)
    spans = list(dims.values())
    raise _fail(
        reporter,
        Diagnostic(
            "G0403",
            f"`{group[0]}` runs along {names} at once",
            spans[0],
            "along one",
            tuple(Label(span, "along another") for span in spans[1:]),
            (),
            "a recurrence runs along one dimension",
        ),
    )


def _within_step(
    group: tuple[str, ...], definitions: dict[str, tuple[Part, ...]], reporter: Reporter
) -> tuple[str, ...]:
    """The group in the order of one step; a cycle of unshifted references has no meaning."""
    direct = {
        name: tuple(
            sorted(
                {
                    ref
                    for part in definitions[name]
                    for expr in node_exprs(part)
                    for ref in _unshifted(expr)
                    if ref in group
                }
            )
        )
        for name in group
    }
    result: list[str] = []
    for part in components(direct):
        if len(part) > 1 or part[0] in direct[part[0]]:
            raise _cycle(part, definitions, reporter)
        result += part
    return tuple(result)


def _unshifted(expr: Expr) -> set[str]:
    """The quantities that are needed at the same position, or at a later one."""
    if isinstance(expr, Shift):
        return _unshifted(expr.base) if expr.lag <= 0 else set()
    if isinstance(expr, Ref):
        return {expr.name}
    return set().union(*(_unshifted(child) for child in children(expr)))


def _cycle(
    group: tuple[str, ...], definitions: dict[str, tuple[Part, ...]], reporter: Reporter
) -> Unresolved:
    first = definitions[group[0]][0]
    others = tuple(Label(definitions[n][0].span, f"`{n}` is part of it") for n in group[1:4])
    path = " → ".join(f"`{n}`" for n in (*group[:6], group[0]))
    message = (
        f"`{group[0]}` is defined by itself"
        if len(group) == 1
        else f"these are defined by each other: {path}"
    )
    return _fail(
        reporter,
        Diagnostic(
            "G0403",
            message,
            first.span,
            "needs its own value",
            others,
            (),
            "one of them must not depend on the others; a dependence on the past is written `x[time"
            " - 1]`",
        ),
    )


def _series(name: str, parts: tuple[Part, ...], dim: str, reporter: Reporter) -> Series:
    """The starts of a quantity in order, and its step."""
    starts = [p for p in parts if p.slice is not None and p.slice.stop is not None]
    steps = [p for p in parts if p not in starts]
    anchor = parts[0]
    if not steps:
        raise _fail(
            reporter,
            Diagnostic(
                "G0412",
                f"`{name}` is only defined at its start",
                anchor.span,
                "and after this?",
                (),
                (),
                f"add `{name}[{dim}] ...`, which holds at every later position",
            ),
        )
    step = steps[0]
    lags = [s.lag for expr in node_exprs(step) for s in _shifts(expr) if s.dim == dim]
    if not starts:
        where = next((s.span for e in node_exprs(step) for s in _shifts(e) if s.span), step.span)
        raise _fail(
            reporter,
            Diagnostic(
                "G0404",
                f"`{name}` looks back along `{dim}` and has no start",
                where,
                f"what is this at the first position of `{dim}`?",
                (Label(step.span, "nothing says where it starts"),),
                (),
                f"add one: `{name}[{dim} = first]"
                f" {'~ ...' if isinstance(step, Sample) else '= ...'}`",
            ),
        )
    starts.sort(key=lambda p: _number(p.slice.start) or 0 if p.slice is not None else 0)
    covered = 0
    for part in starts:
        assert part.slice is not None
        low, high = _number(part.slice.start), _number(part.slice.stop)
        if low is None and part.slice.start is None:
            low = 0
        if low is not None and low != covered:
            raise _fail(
                reporter,
                Diagnostic(
                    "G0412",
                    f"the starts of `{name}` leave a gap or overlap at position {covered}",
                    part.span,
                    f"starts at {low}",
                    (),
                    (),
                    f"starts cover the first positions of `{dim}` once each, from `first`",
                ),
            )
        covered = high if high is not None else covered
    need = max(lags, default=0)
    known = _number(starts[-1].slice.stop) if starts[-1].slice is not None else None
    if known is not None and covered < need:
        raise _fail(
            reporter,
            Diagnostic(
                "G0412",
                f"`{name}` looks back {need} positions, its start covers {covered}",
                step.span,
                f"needs {need}",
                tuple(Label(p.span, "a start") for p in starts),
                (),
                f"start it with `{name}[{dim} < {need}] ...`",
            ),
        )
    first = parts[0]
    is_observed = isinstance(step, Sample) and step.role is SampleRole.OBSERVED
    assert not is_observed
    return Series(name, first.dims, step.type, tuple(starts), step, step.span)


def _number(expr: Expr | None) -> int | None:
    return expr.value if isinstance(expr, Const) and isinstance(expr.value, int) else None


def _fail(reporter: Reporter, diagnostic: Diagnostic) -> Unresolved:
    reporter.report(diagnostic)
    return Unresolved()
