"""Data made up from their declarations, for simulations that do not give them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.data.evaluate import Environment, broadcast, evaluate
from gendsl.distributions.support import SupportKind, event_ranks
from gendsl.ir.bound import BoundData
from gendsl.ir.expr import Expr
from gendsl.ir.program import Data, Program
from gendsl.ir.types import Kind

Array = NDArray[Any]

_USUAL_COUNT = 10


def make_up(program: Program, bound: BoundData, names: frozenset[str], seed: int) -> BoundData:
    """Return the data with these absent arrays filled in, each inside its bounds.

    Reals are standard normal, or log-normal beyond a bound, or uniform between two; counts are
    small; indices point at random members.
    """
    arrays: dict[str, Array] = dict(bound.arrays)
    children = np.random.SeedSequence(seed, spawn_key=(2,)).spawn(len(program.data))
    for datum, child in zip(program.data, children, strict=True):
        if datum.name in names:
            env = Environment(arrays, bound.sizes, bound.labels)
            arrays[datum.name] = _made_up(datum, env, np.random.default_rng(child))
    ordered = {datum.name: arrays[datum.name] for datum in program.data if datum.name in arrays}
    return replace(bound, arrays=ordered, absent=bound.absent - names)


def _made_up(datum: Data, env: Environment, rng: np.random.Generator) -> Array:
    shape = tuple(env.size(dim) for dim in datum.dims)
    if datum.support in event_ranks:
        return _joint(datum.support, shape, rng)
    match datum.type.kind:
        case Kind.BOOL:
            return rng.random(shape) < 0.5
        case Kind.INDEX:
            assert datum.type.dim is not None
            return rng.integers(0, env.size(datum.type.dim), shape)
        case Kind.INT:
            return _int(datum, shape, env, rng)
        case Kind.REAL:
            return _real(datum, shape, env, rng)


def _real(datum: Data, shape: tuple[int, ...], env: Environment, rng: np.random.Generator) -> Array:
    lower = _bound(datum.range.lower, datum, env)
    upper = _bound(datum.range.upper, datum, env)
    if lower is not None and upper is not None:
        return np.asarray(lower + (upper - lower) * rng.uniform(0.01, 0.99, shape))
    if lower is not None:
        return np.asarray(lower + rng.lognormal(0.0, 0.5, shape))
    if upper is not None:
        return np.asarray(upper - rng.lognormal(0.0, 0.5, shape))
    return rng.standard_normal(shape)


def _int(datum: Data, shape: tuple[int, ...], env: Environment, rng: np.random.Generator) -> Array:
    lower = _bound(datum.range.lower, datum, env)
    upper = _bound(datum.range.upper, datum, env)
    if lower is not None and datum.range.is_lower_strict:
        lower = lower + 1
    if upper is not None and datum.range.is_upper_strict:
        upper = upper - 1
    if lower is None:
        lower = np.zeros(shape) if upper is None else upper - _USUAL_COUNT
    if upper is None:
        upper = lower + _USUAL_COUNT
    low, high = np.ceil(lower).astype(np.int64), np.floor(upper).astype(np.int64)
    return rng.integers(low, np.maximum(low, high), shape, endpoint=True)


def _bound(expr: Expr | None, datum: Data, env: Environment) -> Array | None:
    if expr is None:
        return None
    return broadcast(evaluate(expr, env), expr.dims, datum.dims, env)


def _joint(support: SupportKind, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    size = shape[-1]
    match support:
        case SupportKind.SIMPLEX:
            return rng.dirichlet(np.ones(size), shape[:-1])
        case SupportKind.ORDERED:
            return np.sort(rng.standard_normal(shape), axis=-1)
        case SupportKind.POSITIVE_ORDERED:
            return np.sort(rng.lognormal(0.0, 0.5, shape), axis=-1)
        case SupportKind.SUM_TO_ZERO:
            values = rng.standard_normal(shape)
            return np.asarray(values - values.mean(axis=-1, keepdims=True))
        case SupportKind.UNIT_VECTOR:
            values = rng.standard_normal(shape)
            return np.asarray(values / np.linalg.norm(values, axis=-1, keepdims=True))
        case _:
            return _matrix(support, shape, rng)


def _matrix(support: SupportKind, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """A covariance matrix, the correlation matrix of one, or that one's Cholesky factor."""
    size = shape[-1]
    factors = rng.standard_normal((*shape[:-1], 2 * size))
    covariance = factors @ np.swapaxes(factors, -1, -2) / (2 * size)
    if support is SupportKind.COV:
        return np.asarray(covariance)
    scale = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
    correlation = covariance / scale[..., :, None] / scale[..., None, :]
    return np.linalg.cholesky(correlation) if support is SupportKind.CHOLESKY_CORR else correlation
