"""Starts of series, against the sizes and numbers that the data give."""

from __future__ import annotations

from gendsl.data.evaluate import Environment, EvaluationError, evaluate
from gendsl.data.problems import Problems
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.wording import counted
from gendsl.ir.expr import Const, Expr, LookBack, Shift
from gendsl.ir.program import Program, Recurrence, Sample, Series, Slice
from gendsl.ir.walk import node_exprs, statements, walk


def check_starts(program: Program, env: Environment, problems: Problems) -> None:
    """Report starts that the data make longer than their dimension, or too short for the lags."""
    for part in statements(program):
        if isinstance(part, Sample) and part.value is not None and part.slice is not None:
            _check_end(part.name, part.slice.start, part.slice, part.span, env, problems)
    for node in program.nodes:
        if isinstance(node, Recurrence):
            for series in node.series:
                _check_series(series, node.dim, env, problems)


def _check_series(series: Series, dim: str, env: Environment, problems: Problems) -> None:
    last = series.starts[-1].slice if series.starts else None
    if last is None or last.stop is None:
        return
    span = series.starts[-1].span
    end = _check_end(series.name, last.stop, last, span, env, problems)
    if end is None or isinstance(last.stop, Const):
        return
    lags = [1]
    for expr in node_exprs(series.step):
        for part in walk(expr):
            match part:
                case Shift(dim=along, lag=lag) if along == dim:
                    lags.append(lag)
                case LookBack(along=along, last=int() as lag) if along == dim:
                    lags.append(lag)
                case _:
                    pass
    if end < max(lags):
        problems.error(
            "G0628",
            f"`{series.name}` looks back {max(lags)} positions, its start covers {max(end, 0)}",
            span,
            label=f"ends before position {end}",
            help=f"the data must give at least {max(lags)} here",
        )


def _check_end(
    name: str, end: Expr | None, part: Slice, span: Span, env: Environment, problems: Problems
) -> int | None:
    """The number of first positions that are set apart, which the dimension must have."""
    size = env.sizes.get(part.dim)
    if end is None or size is None:
        return None
    try:
        count = int(evaluate(end, env))
    except EvaluationError:
        return None
    if count > size:
        problems.error(
            "G0628",
            f"`{part.dim}` has {counted(size, 'member')}, and `{name}` begins after {count}",
            span,
            label=f"needs {count} positions before it",
            help=f"give at least {count + 1} positions along `{part.dim}`, or look back less far",
        )
        return None
    return count
