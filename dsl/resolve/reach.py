"""Statements hold where every position that they read exists."""

from __future__ import annotations

from dataclasses import replace

from gendsl.frontend import ast
from gendsl.ir.expr import Const, Expr, Size
from gendsl.ir.program import Sample, Slice
from gendsl.ir.walk import node_exprs
from gendsl.resolve.build import number, op
from gendsl.resolve.expressions import Expressions
from gendsl.resolve.looks import looks
from gendsl.resolve.targets import target_shape, target_slice


def held_where_looks_exist(
    expressions: Expressions,
    node: Sample,
    statement: ast.SampleStatement | ast.ObserveStatement,
) -> Sample:
    """Data without a start: the statement holds where every position that it reads exists.

    Beside statements that say what the first values are, it holds after them.
    """
    lags: dict[str, tuple[int, int]] = {}
    for expr in node_exprs(node):
        for look in looks(expr):
            if not look.is_open:
                low, high = lags.get(look.dim, (0, 0))
                lags[look.dim] = (max(low, look.lag), max(high, -look.lag))
    if node.slice is not None:
        _check_inside(expressions, node, node.slice, lags)
        return node
    starts = _starts(expressions, statement)
    if starts is not None:
        lags.setdefault(starts[0], (0, 0))
    if not lags:
        return node
    if len(lags) > 1:
        raise expressions.fail(
            "G0404",
            f"`{node.name}` shifts along {' and '.join(f'`{d}`' for d in lags)}",
            node.span,
            "along more than one dimension",
            help="name the shifted quantities by equations of their own",
        )
    dim, (back, ahead) = next(iter(lags.items()))
    stop = op("-", (Size(dim), number(ahead)), ()) if ahead else None
    start: Expr = number(back)
    if starts is not None:
        start = starts[1]
        if isinstance(start, Const) and float(start.value) < back:
            raise expressions.fail(
                "G0412",
                f"`{node.name}` looks back {back} positions, its start covers {start.value}",
                statement.span,
                f"needs {back}",
                help=f"start it with `{node.name}[{dim} < {back}] ~ ...`",
            )
    return replace(node, slice=Slice(dim, start, stop))


def _starts(
    expressions: Expressions, statement: ast.SampleStatement | ast.ObserveStatement
) -> tuple[str, Expr] | None:
    """The dimension along which other statements score the first values, and how many."""
    if not isinstance(statement, ast.SampleStatement):
        return None
    ends: list[tuple[str, Expr]] = []
    for other in expressions.symbols.quantities[statement.target.name].definitions:
        restricted = target_shape(expressions, other.target).restricted
        if restricted is None:
            continue
        part = target_slice(expressions, restricted)
        if part.stop is None:
            continue
        if ends and ends[0][0] != part.dim:
            return None
        ends.append((part.dim, part.stop))
    if not ends:
        return None
    end = ends[0][1]
    for _, stop in ends[1:]:
        if isinstance(end, Const) and isinstance(stop, Const):
            end = max(end, stop, key=lambda c: c.value)
        else:
            end = op("max", (end, stop), ())
    return ends[0][0], end


def _check_inside(
    expressions: Expressions, node: Sample, part: Slice, lags: dict[str, tuple[int, int]]
) -> None:
    """A statement that says where it holds must not look beyond the ends from there."""
    for dim, (back, ahead) in lags.items():
        low = part.start if part.start is not None else number(0)
        is_early = isinstance(low, Const) and float(low.value) < back
        if dim != part.dim or is_early or (ahead and part.stop is None):
            raise expressions.fail(
                "G0404",
                f"`{node.name}` looks {'back' if back else 'ahead'} along `{dim}` beyond its"
                f" {'first' if back else 'last'} position",
                node.span,
                f"looks {'back' if back else 'ahead'} {back or ahead}",
                help=f"let it hold from there: `{node.name}[{dim} >= {back}] ~ ...`"
                if back
                else "let it hold where what it looks at exists",
            )
