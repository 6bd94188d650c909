"""Functions of whole arrays: their arguments' axes lined up, and the axes of what they return."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from gendsl.backends.emit import python as py
from gendsl.backends.emit.align import aligned, spread, transposed, union
from gendsl.backends.emit.scope import Scope, Value
from gendsl.diagnostics.diagnostic import InternalError
from gendsl.ir.array_functions import ArrayFunctionRow
from gendsl.ir.chain_functions import array_function
from gendsl.ir.expr import ArrayCall


def array_call(expr: ArrayCall, arguments: Sequence[Value], scope: Scope) -> Value:
    """The call: core axes last, batch axes before them, columns after those of a vector."""
    row = array_function(expr.name)
    if row is None:
        raise InternalError(f"no row of the array function `{expr.name}`")
    if row.has_columns:
        return _with_columns(row, expr, arguments, scope)
    own = [
        tuple(d for d in value.dims if d not in core)
        for value, core in zip(arguments, expr.core, strict=True)
    ]
    batch = union(expr.dims, *own)
    codes = [
        aligned(value, (*batch, *core)) for value, core in zip(arguments, expr.core, strict=True)
    ]
    codes += [py.number(n) for n in expr.literals]
    named = {"size": scope.length(expr.over[-1])} if "{size}" in row.numpyro else None
    if row.helper is not None:
        scope.context.helpers[row.helper] = None
    is_plain = not batch and row.plain is not None
    code = py.template(row.plain if is_plain and row.plain else row.numpyro, codes, named)
    return Value(code, (*batch, *(expr.over[i] for i in row.result)))


def _with_columns(
    row: ArrayFunctionRow, expr: ArrayCall, arguments: Sequence[Value], scope: Scope
) -> Value:
    """A matrix and vectors: what the vectors vary over besides are columns of one matrix."""
    matrix, vectors = arguments
    (rows, columns), (along,) = expr.core
    batch = tuple(d for d in matrix.dims if d not in (rows, columns))
    extra = union(expr.dims, tuple(d for d in vectors.dims if d != along and d not in batch))
    result = expr.over[row.result[0]]
    if not batch and len(extra) <= 1:
        codes = [
            transposed(matrix, (rows, columns)).code,
            transposed(vectors, (along, *extra)).code,
        ]
        return Value(py.template(row.numpyro, codes), (result, *extra))
    lead = union(expr.dims, batch, extra[:-1])
    whole = spread(matrix, (*lead, rows, columns), scope)
    last = extra[-1:]
    given = spread(vectors, (*lead, along, *last), scope)
    if last:
        return Value(py.template(row.numpyro, [whole, given]), (*lead, result, *last))
    given = _indexed(given, py.NEW_AXIS)
    return Value(_indexed(py.template(row.numpyro, [whole, given]), py.number(0)), (*lead, result))


def _indexed(code: ast.expr, item: ast.expr) -> ast.expr:
    """`code[..., item]`."""
    return py.subscript(code, [ast.Constant(...), item])
