"""Lowering expressions to JAX code whose axes carry names."""

from __future__ import annotations

import ast

from gendsl.backends.emit import python as py
from gendsl.backends.emit.align import aligned, transposed, union
from gendsl.backends.emit.array_literals import array_literal
from gendsl.backends.emit.arrays import array_call
from gendsl.backends.emit.contract import contract, product_sum
from gendsl.backends.emit.gather import gather
from gendsl.backends.emit.gather import position as index_at
from gendsl.backends.emit.grouped import group_reduce
from gendsl.backends.emit.look_back import look_back
from gendsl.backends.emit.positions import Minibatch, Window
from gendsl.backends.emit.reals import of_one_type, where_strict
from gendsl.backends.emit.scope import Scope, Value
from gendsl.diagnostics.diagnostic import InternalError
from gendsl.ir.expr import (
    ArrayCall,
    Const,
    ConstArray,
    Contract,
    Coordinate,
    Cumulate,
    Dims,
    Expr,
    Gather,
    GroupReduce,
    IndexOf,
    LabelOf,
    LookBack,
    Op,
    Pick,
    Position,
    Reduce,
    Ref,
    Shift,
    Size,
)  # fmt: skip
from gendsl.ir.function_row import Result
from gendsl.ir.functions import DIM_FUNCTIONS, FUNCTIONS, OPERATORS
from gendsl.ir.types import Kind
from gendsl.ir.walk import children, names_in

_ARITHMETIC = frozenset({"+", "-", "*", "/", "^", "neg", "sum", "mean", "cumsum"})

_OF_NUMBERS = frozenset({"-", "neg", "^", "//", "%"})
"""Operations that torch does not have for truth values."""


def lower(expr: Expr, scope: Scope) -> Value:
    """The code of an expression where it stands."""
    step = scope.step
    if step is not None and step.dim in expr.dims and not (names_in(expr) & step.series):
        name = step.inputs.get(expr)
        if name is None:
            wanted = expr.name if isinstance(expr, Ref) else f"{step.dim}_input"
            name = step.inputs[expr] = scope.context.names.fresh(f"{wanted}_{_letter(step.dim)}")
        dims = lower(expr, Scope(scope.context, {step.dim: Window()})).dims
        return Value(py.name(name), tuple(d for d in dims if d != step.dim))
    match expr:
        case Const(value):
            return Value(py.number(value), ())
        case ConstArray():
            own, literal = array_literal(expr, scope, lower)
            return windowed(literal, scope, only=own)
        case Ref():
            return _reference(expr, scope)
        case Op():
            return _operation(expr, scope)
        case Reduce():
            return _reduction(expr, scope)
        case GroupReduce():
            grouped = group_reduce(expr, scope, lower)
            return windowed(grouped, scope, only=frozenset({expr.into}))
        case Cumulate(name, along, argument):
            inner = lower(argument, scope.whole([along]))
            return windowed(
                Value(_over(name, inner, (along,), scope), inner.dims),
                scope,
                only=frozenset({along}),
            )
        case Contract(left, right, over, dims):
            whole = scope.whole([over])
            left, right = of_one_type(left, right, scope)
            return contract(lower(left, whole), lower(right, whole), (over,), dims)
        case Gather(base, indices, dims):
            return gather(base, indices, dims, scope, lower)
        case Pick(base, dim, position):
            return _pick(base, dim, position, scope)
        case Shift(base, dim, lag):
            return _shift(base, dim, lag, scope)
        case LookBack():
            return look_back(expr, scope, lower)
        case Coordinate(dim) | IndexOf(dim):
            return Value(positions(dim, scope), (dim,))
        case LabelOf(dim, label):
            return Value(scope.context.label(dim, label), ())
        case Size(dim):
            return Value(scope.context.size(dim), ())
        case ArrayCall(arguments=arguments, core=core, over=over):
            whole = scope.whole([*over, *(d for part in core for d in part)])
            given = [lower(where_strict(a, scope), whole) for a in arguments]
            called = array_call(expr, given, whole)
            return windowed(called, scope, only=frozenset(over))


def _letter(dim: str) -> str:
    return "t" if dim.startswith("t") else "i"


def windowed(value: Value, scope: Scope, only: frozenset[str] | None = None) -> Value:
    """The part of a complete array that its statement's window shows."""
    shown = {d: w for d, w in scope.windows.items() if only is None or d in only}
    batches = [d for d in value.dims if isinstance(shown.get(d), Minibatch)]
    code = value.code
    for dim in batches[:-1]:  # two arrays of indices in one pair of brackets would go in step
        code = py.subscript(code, [shown[d].slice() if d == dim else py.FULL for d in value.dims])
        del shown[dim]
    items = [shown[d].slice() if d in shown else py.FULL for d in value.dims]
    return Value(py.subscript(code, items), value.dims)


def _reference(expr: Ref, scope: Scope) -> Value:
    step = scope.step
    if step is not None and expr.name in step.series:
        dims = tuple(d for d in expr.dims if d != step.dim)
        if step.dim in expr.dims and expr.name in step.current:
            return Value(step.current[expr.name], dims)
        raise InternalError(f"`{expr.name}` is used in its own step before it is there")
    if expr.name in scope.started:
        return windowed(scope.started[expr.name], scope)
    if scope.context.program.datum(expr.name) is not None:
        name = scope.context.arguments.ask_data(expr.name)
        if expr.name not in scope.context.drawn_in_batches:
            return windowed(Value(py.name(name), expr.dims), scope)
        return windowed(Value(py.name(name), expr.dims), scope, only=_beside_batches(scope))
    if (prepared := scope.context.prepared_name(expr.name)) is not None:
        return windowed(Value(py.name(prepared), expr.dims), scope)
    value = Value(py.name(scope.context.names.of(expr.name)), expr.dims)
    return windowed(value, scope, only=_beside_batches(scope))


def _beside_batches(scope: Scope) -> frozenset[str]:
    """Where windows show a part of what the program computes, which has a minibatch alone."""
    return frozenset(scope.windows.keys() - scope.batches.keys())


def positions(dim: str, scope: Scope) -> ast.expr:
    """`jnp.arange` over the positions that the window shows; the indices of a minibatch."""
    window = scope.windows.get(dim)
    if isinstance(window, Minibatch):
        return window.slice()
    size = scope.context.size(dim)
    if window is None or window.is_whole:
        return py.call("jnp.arange", size)
    return py.call("jnp.arange", window.start.code(size), window.stop.code(size))


def _operation(expr: Op, scope: Scope) -> Value:
    row = FUNCTIONS[expr.name]
    arguments = expr.arguments
    if row.result is Result.REAL and expr.name not in OPERATORS and expr.name != "real":
        arguments = tuple(where_strict(argument, scope) for argument in arguments)
    values = [lower(argument, scope) for argument in arguments]
    dims = union(expr.dims, *(v.dims for v in values))
    codes = [aligned(v, dims) for v in values]
    if expr.name in _ARITHMETIC and all(a.type.kind is Kind.BOOL for a in expr.arguments):
        codes[0] = py.binary("*", py.number(1), codes[0])
    elif expr.name in _OF_NUMBERS and scope.context.dialect.has_strict_types:
        codes = [
            py.binary("*", py.number(1), code) if given.type.kind is Kind.BOOL else code
            for code, given in zip(codes, arguments, strict=True)
        ]
    if row.helper is not None:
        scope.context.helpers[row.helper] = None
    return Value(py.template(row.numpyro, codes), dims)


def _reduction(expr: Reduce, scope: Scope) -> Value:
    whole = scope.whole(expr.over)
    argument = expr.argument
    if expr.name == "sum" and _is_product(argument):
        first, second = children(argument)
        left, right = (lower(each, whole) for each in of_one_type(first, second, scope))
        product = product_sum(left, right, expr.over, expr.dims)
        if product is not None:
            return product
    if DIM_FUNCTIONS[expr.name].result is Result.REAL:
        argument = where_strict(argument, scope)
    value = lower(argument, whole)
    absent = tuple(d for d in expr.over if d not in value.dims)
    if absent:
        code = py.call(
            "jnp.broadcast_to",
            aligned(value, (*absent, *value.dims)),
            py.sequence([whole.length(d) for d in (*absent, *value.dims)]),
        )
        value = Value(code, (*absent, *value.dims))
    if DIM_FUNCTIONS[expr.name].keeps:
        kept = Value(_over(expr.name, value, expr.over, scope), value.dims)
        return windowed(kept, scope, only=frozenset(expr.over))
    left_over = tuple(d for d in value.dims if d not in expr.over)
    return Value(_over(expr.name, value, expr.over, scope), left_over)


def _is_product(expr: Expr) -> bool:
    """A product of two numbers; products of truth values stay as they are."""
    match expr:
        case Op("*", (left, right)):
            return left.type.kind is not Kind.BOOL and right.type.kind is not Kind.BOOL
        case _:
            return False


def _over(name: str, value: Value, over: Dims, scope: Scope) -> ast.expr:
    row = DIM_FUNCTIONS[name]
    if row.helper is not None:
        scope.context.helpers[row.helper] = None
    axes = [py.number(value.dims.index(d)) for d in sorted(over, key=value.dims.index)]
    axis = axes[0] if len(axes) == 1 else py.sequence(axes)
    code = py.template(row.numpyro, [value.code], {"axis": axis})
    is_whole = not row.keeps and len(axes) == len(value.dims)
    if is_whole and name not in scope.context.dialect.wants_axis and isinstance(code, ast.Call):
        code.keywords = [k for k in code.keywords if k.arg != "axis"]
    return code


def _pick(base: Expr, dim: str, position: Position, scope: Scope) -> Value:
    value = lower(base, scope.whole([dim]))
    items = [index_at(dim, position, scope) if d == dim else py.FULL for d in value.dims]
    return Value(py.subscript(value.code, items), tuple(d for d in value.dims if d != dim))


def _shift(base: Expr, dim: str, lag: int, scope: Scope) -> Value:
    step = scope.step
    if step is not None and step.dim == dim:
        if not isinstance(base, Ref) or (base.name, lag) not in step.lagged:
            raise InternalError(f"a scan along `{dim}` does not carry a shifted expression")
        dims = tuple(d for d in base.dims if d != dim)
        return Value(step.lagged[base.name, lag], dims)
    window = scope.windows.get(dim)
    if window is None:
        raise InternalError(f"a shift along `{dim}` stands in a statement that has no start")
    return lower(base, scope.within(dim, window.shifted(lag)))


def full(expr: Expr, dims: Dims, scope: Scope) -> Value:
    """The code of an expression with its axes in the order of `dims`."""
    return transposed(lower(expr, scope), dims)
