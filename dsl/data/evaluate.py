"""Evaluates expressions of data and sizes on the host, axes aligned by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gendsl.data.host_functions import ARRAY_FUNCTIONS, CUMULATIONS, ELEMENTWISE, REDUCTIONS
from gendsl.data.raw import Array, Labels
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
    IndexOf,
    LabelOf,
    LabelPosition,
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
        case ArrayCall():
            return _array_call(expr, env)


def _const_array(expr: ConstArray, env: Environment) -> Array:
    inner = {d for item in expr.items for d in item.dims}
    own = [d for d in expr.dims if d not in inner]
    if len(own) != 1:
        raise EvaluationError("an array literal has one dimension of its own")
    rest = tuple(d for d in expr.dims if d in inner)
    items = [broadcast(_evaluate(i, env), i.dims, rest, env) for i in expr.items]
    return align(np.stack(items), (own[0], *rest), expr.dims)


def _contract(expr: Contract, env: Environment) -> Array:
    both = (*expr.dims, expr.over)
    left = align(_evaluate(expr.left, env), expr.left.dims, both)
    right = align(_evaluate(expr.right, env), expr.right.dims, both)
    return np.asarray(np.sum(left * right, axis=-1))


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
                raise EvaluationError(f"`{dim}` has {size} members, so no position {position}")
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


def _array_call(expr: ArrayCall, env: Environment) -> Array:
    if expr.name not in ARRAY_FUNCTIONS:
        raise EvaluationError(f"`{expr.name}` is not computed from data alone")
    cores = {d for core in expr.core for d in core}
    batch = tuple(d for d in expr.dims if d not in cores)
    arguments = [
        align(_evaluate(a, env), a.dims, (*batch, *core))
        for a, core in zip(expr.arguments, expr.core, strict=True)
    ]
    try:
        value = np.asarray(ARRAY_FUNCTIONS[expr.name](*arguments))
    except np.linalg.LinAlgError as error:
        raise EvaluationError(f"`{expr.name}`: {str(error).lower()}") from error
    own = tuple(d for d in expr.dims if d in cores)
    return align(value, (*batch, *own), expr.dims)
