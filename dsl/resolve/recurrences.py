"""Quantities that refer to their own past become recurrences, along one dimension."""

from __future__ import annotations

from collections.abc import Iterable

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Span
from gendsl.ir.expr import (
    ArrayCall,
    Contract,
    Cumulate,
    Expr,
    Gather,
    GroupReduce,
    LookBack,
    Pick,
    Reduce,
    Ref,
    Shift,
)
from gendsl.ir.program import Recurrence
from gendsl.ir.walk import names_in, names_now, node_exprs, walk
from gendsl.resolve.components import components
from gendsl.resolve.cycles import cycle
from gendsl.resolve.failure import refused
from gendsl.resolve.looks import looks
from gendsl.resolve.starts import (
    Part,
    check_begin,
    check_no_look,
    check_order,
    from_the_start,
    holds_everywhere,
    series_of,
)


def node_of(
    group: tuple[str, ...],
    definitions: dict[str, tuple[Part, ...]],
    edges: dict[str, tuple[str, ...]],
    reporter: Reporter,
) -> Part | Recurrence:
    """A statement by itself, or the recurrence of quantities that refer to their own past."""
    name = group[0]
    parts = definitions[name]
    is_alone = len(group) == 1 and name not in edges[name]
    if is_alone and len(parts) == 1 and parts[0].slice is None:
        check_no_look(parts[0], reporter)
        return parts[0]
    dim = _dimension(group, definitions, reporter)
    if any(dim not in definitions[n][0].dims for n in group):
        raise cycle(group, definitions, reporter)
    ordered = group if is_alone else _within_step(group, definitions, dim, reporter)
    begun = {n: definitions[n] for n in ordered if not holds_everywhere(definitions[n], group)}
    series = [series_of(n, parts, dim, reporter) for n, parts in begun.items()]
    check_begin(series, dim, reporter)
    follows = [n for n in ordered if n not in begun]
    if follows:
        whole = {n: from_the_start(definitions[n][0], series, dim) for n in follows}
        of = {s.name: s for s in series} | whole
        series = [of[n] for n in ordered]
    check_order(series, dim, reporter)
    return Recurrence(dim, tuple(series), series[0].span)


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
                for look in looks(expr):
                    if names_in(look.base) & set(group):
                        dims.setdefault(look.dim, look.span or part.span)
    if len(dims) == 1:
        return next(iter(dims))
    if not dims:
        raise cycle(group, definitions, reporter)
    names = " and ".join(f"`{d}`" for d in dims)
    spans = list(dims.values())
    raise refused(
        reporter,
        Diagnostic(
            "G0403",
            f"`{group[0]}` runs along {names} at once",
            spans[0],
            f"along `{next(iter(dims))}`",
            tuple(Label(dims[d], f"along `{d}`") for d in list(dims)[1:]),
            (),
            "a recurrence runs along one dimension",
        ),
    )


def _within_step(
    group: tuple[str, ...],
    definitions: dict[str, tuple[Part, ...]],
    dim: str,
    reporter: Reporter,
) -> tuple[str, ...]:
    """The group in the order of one step; a cycle of unshifted references has no meaning.

    Nor has a reference to a member's other positions, as by a sum: not all of them are known yet.
    """
    for name in group:
        for expr in (e for part in definitions[name] for e in node_exprs(part)):
            if any(names_in(e) & set(group) for e in _reads_along(expr, dim)):
                raise cycle(group, definitions, reporter)
            for part in walk(expr):
                if (
                    isinstance(part, Shift)
                    and not isinstance(part.base, Ref)
                    and names_in(part.base) & set(group)
                ):
                    raise refused(
                        reporter,
                        Diagnostic(
                            "G0404",
                            f"`{name}` looks back at what has no name",
                            part.span or definitions[name][-1].span,
                            "the past of a computed quantity",
                            (),
                            (),
                            f"name it, with its start: `d[{dim} = first] = ...` and"
                            f" `d[{dim}] = ...`; then `d[{dim} - {part.lag}]`",
                        ),
                    )
    direct = {
        name: tuple(
            sorted(
                {
                    ref
                    for part in definitions[name]
                    for expr in node_exprs(part)
                    for ref in names_now(expr)
                    if ref in group
                }
            )
        )
        for name in group
    }
    result: list[str] = []
    for circle in components(direct):
        if len(circle) > 1 or circle[0] in direct[circle[0]]:
            raise cycle(circle, definitions, reporter)
        result += circle
    return tuple(result)


def _reads_along(expr: Expr, dim: str) -> Iterable[Expr]:
    """What is read at more positions of a dimension than the same one, or one in the past."""
    for part in walk(expr):
        if isinstance(part, LookBack):
            if part.weights is not None and part.over == dim:
                yield part.weights
        elif _runs_along(part, dim):
            yield part


def _runs_along(expr: Expr, dim: str) -> bool:
    """Whether an operation reads more of a dimension than the same position, or a shifted one."""
    match expr:
        case Reduce():
            return dim in expr.over
        case GroupReduce():
            return dim in (expr.over, expr.into)
        case Cumulate():
            return dim == expr.along
        case Contract():
            return dim == expr.over
        case Gather():
            return any(dim == along for along, _ in expr.indices)
        case Pick():
            return dim == expr.dim
        case ArrayCall():
            return any(dim in dims for dims in expr.core)
        case _:
            return False
