"""Checks declared bounds, entry by entry, and puts a value inside them where one is missing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gendsl.data.evaluate import Environment, EvaluationError, broadcast, evaluate
from gendsl.data.given import entry
from gendsl.data.problems import Problems
from gendsl.data.raw import Array
from gendsl.data.wording import spell
from gendsl.diagnostics.wording import counted
from gendsl.ir.expr import Const, Expr
from gendsl.ir.program import Data
from gendsl.ir.types import Kind
from gendsl.ir.walk import names_in


def check_bounds(
    data: Data,
    values: Array,
    missing: NDArray[np.bool_],
    env: Environment,
    problems: Problems,
) -> Array:
    """The values, with a value inside the bounds where one is missing; violations are reported.

    An infinite entry needs an inclusive bound that is infinite too: `real <= inf`.
    """
    if data.type.kind not in (Kind.REAL, Kind.INT):
        return values
    lower = _bound(data, data.range.lower, env, problems)
    upper = _bound(data, data.range.upper, env, problems)
    if data.type.kind is Kind.REAL:
        _check_finite(data, values, missing, lower, upper, env, problems)
    if lower is not None:
        is_low = values <= lower if data.range.is_lower_strict else values < lower
        word = "greater than" if data.range.is_lower_strict else "at least"
        _report(data, values, is_low & ~missing, lower, word, data.range.lower, env, problems)
    if upper is not None:
        is_high = values >= upper if data.range.is_upper_strict else values > upper
        word = "less than" if data.range.is_upper_strict else "at most"
        _report(data, values, is_high & ~missing, upper, word, data.range.upper, env, problems)
    if missing.any():
        inside = _inside(data, lower, upper, values.shape)
        values = np.where(missing, inside, values).astype(values.dtype)
    return values


def _bound(data: Data, bound: Expr | None, env: Environment, problems: Problems) -> Array | None:
    if bound is None:
        return None
    try:
        return broadcast(evaluate(bound, env), bound.dims, data.dims, env)
    except EvaluationError as error:
        if not problems.errors and not any(name not in env.arrays for name in names_in(bound)):
            problems.error(
                "G0626",
                f"the bound of `{data.name}` can't be computed: {error}",
                bound.span or data.span,
                label="this bound",
            )
        return None


def _check_finite(
    data: Data,
    values: Array,
    missing: NDArray[np.bool_],
    lower: Array | None,
    upper: Array | None,
    env: Environment,
    problems: Problems,
) -> None:
    refused = np.isinf(values) & ~missing
    if upper is not None and not data.range.is_upper_strict:
        refused &= ~((values == np.inf) & (upper == np.inf))
    if lower is not None and not data.range.is_lower_strict:
        refused &= ~((values == -np.inf) & (lower == -np.inf))
    where = np.flatnonzero(refused.ravel())
    if where.size:
        value = values.ravel()[where[0]]
        sign = "<= inf" if value > 0 else ">= -inf"
        problems.error(
            "G0622",
            f"{_name(data, values, int(where[0]), env)} is {'inf' if value > 0 else '-inf'}",
            data.span,
            label=f"is declared `{data.type}`, which is finite",
            notes=_more(where.size, values.size),
            help="infinite values are refused: correct the entry or leave its row out; if infinity "
            f"is meant, declare `{data.type} {sign}`",
        )


def _report(
    data: Data,
    values: Array,
    is_outside: NDArray[np.bool_],
    bound: Array,
    word: str,
    expr: Expr | None,
    env: Environment,
    problems: Problems,
) -> None:
    is_outside = np.asarray(is_outside) & ~np.asarray(
        np.isinf(values) & (data.type.kind is Kind.REAL)
    )
    where = np.flatnonzero(is_outside.ravel())
    if not where.size or expr is None:
        return
    flat = int(where[0])
    limit = spell(_plain(bound.ravel()[flat]))
    if not isinstance(expr, Const) and expr.span is not None:
        limit = f"`{expr.span.text}`, {limit} here"
    problems.error(
        "G0624",
        f"{_name(data, values, flat, env)} is {spell(_plain(values.ravel()[flat]))}, but must "
        f"be {word} {limit}",
        data.span,
        label="declared here",
        notes=_more(where.size, values.size),
    )


def _plain(value: np.generic) -> object:
    plain = value.item()
    return (
        int(plain)
        if isinstance(plain, float) and plain.is_integer() and abs(plain) < 1e15
        else plain
    )


def _name(data: Data, values: Array, flat: int, env: Environment) -> str:
    labels = tuple(env.labels.get(d) for d in data.dims)
    called = f"`{entry(data, values.shape, labels, flat)}`"
    if not any(label is not None for label in labels):
        return called
    at = ", ".join(str(i) for i in np.unravel_index(flat, values.shape))
    return f"{called} (position {at})"


def _more(violations: int, size: int) -> tuple[str, ...]:
    return (
        (f"{counted(violations - 1, 'more entry', 'more entries')} of {size} like it",)
        if violations > 1
        else ()
    )


def _inside(data: Data, lower: Array | None, upper: Array | None, shape: tuple[int, ...]) -> Array:
    """A value inside the bounds: the middle, or one step from the only end, or 0."""
    low = np.full(shape, -np.inf) if lower is None else lower.astype(np.float64)
    high = np.full(shape, np.inf) if upper is None else upper.astype(np.float64)
    has_low, has_high = np.isfinite(low), np.isfinite(high)
    if data.type.kind is Kind.INT:
        low = np.floor(low) + 1 if data.range.is_lower_strict else np.ceil(low)
        high = np.ceil(high) - 1 if data.range.is_upper_strict else np.floor(high)
        return np.select([has_low, has_high], [low, high], 0.0)
    with np.errstate(invalid="ignore"):
        middle = low + (high - low) / 2
    return np.select([has_low & has_high, has_low, has_high], [middle, low + 1, high - 1], 0.0)
