"""Evaluates expressions of data and sizes on the host, axes aligned by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from gendsl.data.host_functions import (
    ARRAY_FUNCTIONS,
    CHAIN_FUNCTIONS,
    CUMULATIONS,
    ELEMENTWISE,
    EMPTY,
    REDUCTIONS,
)
from gendsl.data.raw import Array, Labels
from gendsl.diagnostics.wording import counted
from gendsl.ir.chain_functions import array_function
from gendsl.ir.expr import (
    ArrayCall,
    Const,
    ConstArray,
    Contract,
    Coordinate,
    Cumulate,
    Dims,
    End,
    Expr,
    Gather,
    GroupReduce,
    IndexOf,
    LabelOf,
    LabelPosition,
    LookBack,
    Op,
    Pick,
    Position,
    Reduce,
    Ref,
    Shift,
    Size,
)  # fmt: skip
from gendsl.ir.functions import FUNCTIONS
from gendsl.ir.types import Kind


class EvaluationError(Exception):
    """An expression can't be computed: something it needs is not known, or not in its domain."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What expressions may refer to: arrays with their axes as declared, sizes, and labels."""

    arrays: Mapping[str, Array]
    sizes: Mapping[str, int]
    labels: Mapping[str, Labels | None] = field(default_factory=dict)

    def size(self, dim: str) -> int:
        """The size of a dimension.

        Raises:
            EvaluationError: if it is not known.
        """
        if dim not in self.sizes:
            raise EvaluationError(f"the size of `{dim}` is not known")
        return self.sizes[dim]


def evaluate(expr: Expr, env: Environment) -> Array:
    """The value of an expression, its axes in the order of `expr.dims`.

    Raises:
        EvaluationError: if it needs what `env` lacks, or an index is out of range.
    """
    with np.errstate(all="ignore"):
        return np.asarray(_evaluate(expr, env))


def align(value: Array, dims: Dims, onto: Dims) -> Array:
    """The value with its axes in the order of `onto`; dimensions that it lacks have length 1."""
    kept = [d for d in onto if d in dims]
    moved = value.transpose([dims.index(d) for d in kept])
    lengths = iter(moved.shape)
    return moved.reshape([next(lengths) if d in dims else 1 for d in onto])


def broadcast(value: Array, dims: Dims, onto: Dims, env: Environment) -> Array:
    """The value repeated along the dimensions of `onto` that it lacks."""
    return np.broadcast_to(align(value, dims, onto), [env.size(d) for d in onto])


def _evaluate(expr: Expr, env: Environment) -> Array:
    match expr:
        case Const(value=value):
            return np.asarray(value)
        case Ref(name=name):
            if name not in env.arrays:
                raise EvaluationError(f"the value of `{name}` is not known")
            return env.arrays[name]
        case Size(dim=dim):
            return np.asarray(env.size(dim), dtype=np.int64)
        case Coordinate(dim=dim) | IndexOf(dim=dim):
            return np.arange(env.size(dim), dtype=np.int64)
        case LabelOf(dim=dim, label=label):
            return np.asarray(_label_position(dim, label, env), dtype=np.int64)
        case ConstArray():
            return _const_array(expr, env)
        case Op(name=name, arguments=arguments, dims=dims):
            function = ELEMENTWISE[FUNCTIONS[name].numpy]
            return np.asarray(
                function(*(align(_evaluate(a, env), a.dims, dims) for a in arguments))
            )
        case Reduce(name=name, over=over, argument=argument):
            inner = argument.dims
            reduced = REDUCTIONS[name](
                _evaluate(argument, env), tuple(inner.index(d) for d in over)
            )
            return align(np.asarray(reduced), tuple(d for d in inner if d not in over), expr.dims)
        case GroupReduce():
            return _by_group(expr, env)
        case Cumulate(name=name, along=along, argument=argument):
            inner = argument.dims
            run = CUMULATIONS[name](_evaluate(argument, env), (inner.index(along),))
            return align(np.asarray(run), inner, expr.dims)
        case Contract():
            return _contract(expr, env)
        case Gather():
            return _gather(expr, env)
        case Pick(base=base, dim=dim, position=position):
            at = _position(dim, position, env)
            picked = np.take(_evaluate(base, env), at, axis=base.dims.index(dim))
            return align(picked, tuple(d for d in base.dims if d != dim), expr.dims)
        case Shift():
            return _shift(expr, env)
        case LookBack():
            return _look_back(expr, env)
        case ArrayCall():
            return _array_call(expr, env)


def _by_group(expr: GroupReduce, env: Environment) -> Array:
    inner = tuple(d for d in expr.argument.dims if d != expr.over)
    values = broadcast(_evaluate(expr.argument, env), expr.argument.dims, (expr.over, *inner), env)
    index = _evaluate(expr.index, env)
    reduce = REDUCTIONS[expr.name]
    groups = [
        reduce(values[index == group], (0,)) if (index == group).any() else EMPTY[expr.name]
        for group in range(env.size(expr.into))
    ]
    shape = (len(groups), *values.shape[1:])
    return align(
        np.stack([np.broadcast_to(g, shape[1:]) for g in groups]), (expr.into, *inner), expr.dims
    )


def _const_array(expr: ConstArray, env: Environment) -> Array:
    own = expr.own
    rest = tuple(d for d in expr.dims if d != own)
    items = [broadcast(_evaluate(i, env), i.dims, rest, env) for i in expr.items]
    return align(np.stack(items), (own, *rest), expr.dims)


def _contract(expr: Contract, env: Environment) -> Array:
    axes = {dim: i for i, dim in enumerate((*expr.dims, expr.over))}
    left, right = (_evaluate(side, env) for side in (expr.left, expr.right))
    if left.dtype == bool:
        left = left.astype(int)  # einsum of two conditions is one, not a count
    return np.asarray(
        np.einsum(
            left, [axes[d] for d in expr.left.dims],
            right, [axes[d] for d in expr.right.dims],
            [axes[d] for d in expr.dims],
            optimize=True,
        )
    )  # fmt: skip


def _gather(expr: Gather, env: Environment) -> Array:
    base = _evaluate(expr.base, env)
    indices = dict(expr.indices)
    subscripts: list[Array] = []
    for dim in expr.base.dims:
        length = base.shape[expr.base.dims.index(dim)]
        if dim not in indices:
            subscripts.append(align(np.arange(length), (dim,), expr.dims))
            continue
        index = _evaluate(indices[dim], env).astype(np.int64)
        if index.size and (index.min() < 0 or index.max() >= length):
            raise EvaluationError(f"an index into `{dim}` is out of range")
        subscripts.append(align(index, indices[dim].dims, expr.dims))
    return np.asarray(base[tuple(subscripts)])


def _position(dim: str, position: Position, env: Environment) -> int:
    size = env.size(dim)
    match position:
        case End.FIRST:
            return 0
        case End.LAST:
            return size - 1
        case LabelPosition(label=label):
            return _label_position(dim, label, env)
        case int():
            if not -size <= position < size:
                raise EvaluationError(
                    f"`{dim}` has {counted(size, 'member')}, so no position {position}"
                )
            return position % size


def _label_position(dim: str, label: str, env: Environment) -> int:
    labels = env.labels.get(dim) or ()
    for at, known in enumerate(labels):
        if known == label or str(known) == label:
            return at
    raise EvaluationError(f'`{dim}` has no member "{label}"')


def _shift(expr: Shift, env: Environment) -> Array:
    """Where the shift leaves the data a real is NaN, and anything else its nearest entry."""
    inner = expr.base.dims
    base = _evaluate(expr.base, env)
    axis = inner.index(expr.dim)
    at = np.arange(base.shape[axis]) - expr.lag
    is_outside = (at < 0) | (at >= base.shape[axis])
    shifted = np.take(base, np.clip(at, 0, base.shape[axis] - 1), axis=axis)
    if expr.type.kind is Kind.REAL:
        outside = align(is_outside, (expr.dim,), inner)
        shifted = np.where(outside, np.nan, shifted.astype(np.float64))
    return align(shifted, inner, expr.dims)


def _look_back(expr: LookBack, env: Environment) -> Array:
    """The sum of shifted arrays, zeros before the first position; NaN where a lag is missing."""
    size = env.size(expr.along)
    base = broadcast(
        _evaluate(expr.base, env), expr.base.dims, expr.base.dims, env
    )  # an expression of numbers alone may be shorter
    weights, over = expr.weights, expr.over
    weighing = None if weights is None else _evaluate(weights, env)
    last = expr.last
    if weighing is not None and weights is not None and over is not None:
        known = weighing.shape[weights.dims.index(over)] - 1 - expr.offset
        if last is not None and not 0 <= expr.first + expr.offset <= last + expr.offset <= known:
            raise EvaluationError(f"a position along `{over}` is out of range")
        last = known if last is None else last
    axis = expr.base.dims.index(expr.along)
    total = np.zeros([env.size(d) for d in expr.dims])
    for lag in range(expr.first, min(last or 0, size - 1) + 1):
        term = np.zeros(base.shape)
        moved, kept = np.moveaxis(term, axis, 0), np.moveaxis(base, axis, 0)
        moved[lag:] = kept[: size - lag]
        term = align(term, expr.base.dims, expr.dims)
        if weighing is not None and weights is not None and over is not None:
            at = np.take(weighing, lag + expr.offset, axis=weights.dims.index(over))
            term = term * align(at, tuple(d for d in weights.dims if d != over), expr.dims)
        total = total + term
    is_outside = np.arange(size) < expr.reach
    return np.where(align(is_outside, (expr.along,), expr.dims), np.nan, total)


def _array_call(expr: ArrayCall, env: Environment) -> Array:
    row = array_function(expr.name)
    if row is None:
        raise EvaluationError(f"`{expr.name}` is not computed from data alone")
    function = partial(_call_array, expr.name)
    given = [_evaluate(a, env) for a in expr.arguments]
    if row.has_columns:
        return _with_columns(expr, given, function, expr.over[row.result[0]])
    own = [
        tuple(d for d in a.dims if d not in core)
        for a, core in zip(expr.arguments, expr.core, strict=True)
    ]
    batch = tuple(dict.fromkeys(d for dims in own for d in dims))
    arguments = [
        align(value, a.dims, (*batch, *core))
        for value, a, core in zip(given, expr.arguments, expr.core, strict=True)
    ]
    size = (env.size(expr.over[-1]),) if "{size}" in row.numpyro else ()
    value = function(*arguments, *expr.literals, *size)
    return align(value, (*batch, *(expr.over[i] for i in row.result)), expr.dims)


def _with_columns(
    expr: ArrayCall, given: list[Array], function: Callable[..., Array], result: str
) -> Array:
    """A matrix and vectors: what the vectors vary over besides are columns of one matrix."""
    (matrix_dims, vector_dims), (core, (along,)) = (a.dims for a in expr.arguments), expr.core
    batch = tuple(d for d in matrix_dims if d not in core)
    extra = tuple(d for d in vector_dims if d != along and d not in batch)
    matrix = align(given[0], matrix_dims, (*batch, *core))
    vectors = align(given[1], vector_dims, (*batch, along, *extra))
    head = len(batch) + 1
    columns = vectors.reshape(*vectors.shape[:head], -1)
    solved = function(matrix, columns)
    shape = (*solved.shape[:-1], *vectors.shape[head:])
    return align(solved.reshape(shape), (*batch, result, *extra), expr.dims)


def _call_array(name: str, *arguments: Array | int) -> Array:
    try:
        return np.asarray({**ARRAY_FUNCTIONS, **CHAIN_FUNCTIONS}[name](*arguments))
    except np.linalg.LinAlgError as error:
        raise EvaluationError(f"`{name}`: {str(error).lower()}") from error
