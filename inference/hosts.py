"""Targets whose density is computed outside of JAX: by NumPy, torch, or whatever Python reaches.

A :class:`Host` evaluates

    w_0 log p(z) + w_1 log p(y | z)

and its gradient in one call, so that a leapfrog step is one visit to the host, tempered or not.
Every kernel, population and approximation runs on the target; chains that are vectorised hand over
their positions together.

What is compiled holds no more of the host than its identity: two hosts that are equal share their
programs, and what differs between them is ``data``, which the host is given.
"""

import itertools
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import SymbolicZero
from numpy.typing import NDArray

from gendsl.inference.host_calls import Shape, host_call
from gendsl.inference.target import Data, Site, Target

Array = NDArray[np.float64]


@runtime_checkable
class Host(Protocol):
    """A log density in two parts, prior and likelihood, over positions [n, dim] at a time.

    It is hashable. A part that has no density is ``-inf`` or NaN, one that could not be computed
    the lowest number, as for every target. What it raises ends the run: see :func:`as_raised`.
    Arrays that it is given are views that can't be written to, and end with the call; those that
    it returns are of doubles.
    """

    def parts(self, data: Data, positions: Array) -> Array:
        """Return log prior and log likelihood, [n, 2]."""

    def slopes(self, data: Data, positions: Array, weights: Array) -> tuple[Array, Array]:
        """Return the parts [n, 2], and the gradient [n, dim] of their sum by ``weights`` [n, 2]."""

    def curvatures(self, data: Data, positions: Array, weights: Array, along: Array) -> Array:
        """Return the Hessian of the weighted sum times a direction each, [n, dim]."""


Evaluate = Callable[[Any, NDArray[Any]], tuple[Any, Any, Any, Any]]
"""Of data and a position [dim]: log prior, log likelihood, and the gradients of both, [dim]."""


def hosted(host: Host | Evaluate, size: int, sites: tuple[Site, ...] = ()) -> Target:
    """Return the target whose density ``host`` computes.

    Derivatives are along the position: the first and, from :meth:`Host.curvatures`, the second.

    Args:
        host: a :class:`Host`; or a function of data and one position [dim], whose second
            derivatives are central differences of its gradients.
        size: number of coordinates.
        sites: as in :class:`Target`.
    """
    whole: Host = host if isinstance(host, Host) else OneByOne(host)
    return Target(
        _Part(whole, (1.0, 0.0)),
        _Part(whole, (0.0, 1.0)),
        size,
        sites,
        tempered=_Tempered(whole),
        is_hosted=True,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the parts, as a function of JAX."""

    host: Host
    weights: tuple[float, float]

    def __call__(self, data: Data, position: jax.Array) -> jax.Array:
        return _weighted(self.host, data, position, jnp.asarray(self.weights, position.dtype))


@dataclass(frozen=True, slots=True)
class _Tempered:
    """The log prior and ``beta`` times the log likelihood."""

    host: Host

    def __call__(self, data: Data, position: jax.Array, beta: jax.Array | float) -> jax.Array:
        weights = jnp.stack([jnp.ones((), position.dtype), jnp.asarray(beta, position.dtype)])
        return _weighted(self.host, data, position, weights)


# --- derivatives -----------------------------------------------------------------------------


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _weighted(host: Host, data: Data, position: jax.Array, weights: jax.Array) -> jax.Array:
    (value,) = _called(_value, host, data, (position, weights), ((),))
    return value


def _weighted_jvp(host: Host, primals: Any, tangents: Any) -> tuple[jax.Array, Any]:
    data, position, weights = primals
    along = _along(tangents)
    value, slope = _with_slope(host, data, position, weights)
    return value, jnp.zeros_like(value) if along is None else jnp.vdot(slope, along)


_weighted.defjvp(_weighted_jvp, symbolic_zeros=True)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _with_slope(
    host: Host, data: Data, position: jax.Array, weights: jax.Array
) -> tuple[jax.Array, jax.Array]:
    value, slope = _called(_slope, host, data, (position, weights), ((), position.shape))
    return value, slope


def _with_slope_jvp(host: Host, primals: Any, tangents: Any) -> Any:
    data, position, weights = primals
    along = _along(tangents)
    value, slope = _with_slope(host, data, position, weights)
    if along is None:
        return (value, slope), (jnp.zeros_like(value), jnp.zeros_like(slope))
    (bent,) = _called(_curvature, host, data, (position, weights, along), (position.shape,))
    return (value, slope), (jnp.vdot(slope, along), bent)


_with_slope.defjvp(_with_slope_jvp, symbolic_zeros=True)


def _along(tangents: Any) -> jax.Array | None:
    """The direction in which the position moves; None if it does not.

    Raises:
        ValueError: if something else does.
    """
    data, position, weights = tangents
    leaves = jax.tree.leaves((data, weights), is_leaf=lambda leaf: isinstance(leaf, SymbolicZero))
    if not all(isinstance(leaf, SymbolicZero) for leaf in leaves):
        raise ValueError("a density on the host has derivatives along its position alone")
    return None if isinstance(position, SymbolicZero) else position


# --- calls -----------------------------------------------------------------------------------


def _called(
    what: Callable[..., tuple[Any, ...]],
    host: Host,
    data: Data,
    rows: tuple[jax.Array, ...],
    shapes: tuple[tuple[int, ...], ...],
) -> list[jax.Array]:
    leaves, form = jax.tree.flatten(data)
    dtype = rows[0].dtype
    function = _OnHost(what, host, form, tuple(np.ndim(leaf) for leaf in leaves), str(dtype))
    return host_call(function, tuple(Shape(shape, dtype) for shape in shapes), *rows, *leaves)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class _OnHost:
    """What is called back: arrays with the axes of a batch in, the same out."""

    what: Callable[..., tuple[Any, ...]]
    host: Host
    form: Any
    ranks: tuple[int, ...]
    dtype: str

    def __call__(self, *arguments: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        try:
            count = len(arguments) - len(self.ranks)
            rows, leaves = arguments[:count], arguments[count:]
            # What is evaluated has rows of its own, but where the data alone differ.
            batch = rows[0].shape[:-1] if count == 1 else _batch(rows)
            is_same = all(
                x.ndim == r or _is_one(x, r) for x, r in zip(leaves, self.ranks, strict=True)
            )
            if is_same:
                found = self._at(rows, batch, leaves)
            else:
                batch, found = self._in_turn(rows, batch, leaves)
            return tuple(_as_type(x, self.dtype).reshape((*batch, *x.shape[1:])) for x in found)
        except BaseException as error:
            raise _noted(error) from error

    def _at(
        self, rows: Sequence[NDArray[Any]], batch: tuple[int, ...], leaves: Sequence[NDArray[Any]]
    ) -> tuple[Array, ...]:
        """The results with one leading axis, of data that are the same in all of a batch."""
        size = prod(batch)
        wide = [
            row.reshape(size, row.shape[-1])
            if row.shape[:-1] == batch
            else np.broadcast_to(row, (*batch, row.shape[-1])).reshape(size, row.shape[-1])
            for row in rows
        ]
        data = [
            x if x.ndim == rank else x.reshape(x.shape[x.ndim - rank :])
            for x, rank in zip(leaves, self.ranks, strict=True)
        ]
        return self.what(self.host, jax.tree.unflatten(self.form, data), *wide)

    def _in_turn(
        self, rows: Sequence[NDArray[Any]], batch: tuple[int, ...], leaves: Sequence[NDArray[Any]]
    ) -> tuple[tuple[int, ...], tuple[Array, ...]]:
        """The batch and the results, of data that differ in it: one position after the other."""
        batch = np.broadcast_shapes(
            batch, *(x.shape[: x.ndim - rank] for x, rank in zip(leaves, self.ranks, strict=True))
        )
        wide = [np.broadcast_to(row, (*batch, row.shape[-1])) for row in rows]
        whole = [
            np.broadcast_to(x, (*batch, *x.shape[x.ndim - rank :]))
            for x, rank in zip(leaves, self.ranks, strict=True)
        ]
        found = [
            self._at([row[place][None] for row in wide], (1,), [x[place] for x in whole])
            for place in np.ndindex(batch)
        ]
        return batch, tuple(np.concatenate(parts) for parts in zip(*found, strict=True))


def _batch(rows: Sequence[NDArray[Any]]) -> tuple[int, ...]:
    first = rows[0].shape[:-1]
    if all(row.size == row.shape[-1] or row.shape[:-1] == first for row in rows[1:]):
        return first
    return np.broadcast_shapes(*(row.shape[:-1] for row in rows))


def _is_one(array: NDArray[Any], rank: int) -> bool:
    """Whether the leading axes of an array have size 1."""
    return array.size == prod(array.shape[array.ndim - rank :])


def _value(host: Host, data: Data, positions: Array, weights: Array) -> tuple[Array]:
    return (_sum(host.parts(data, positions), weights),)


def _slope(host: Host, data: Data, positions: Array, weights: Array) -> tuple[Array, Array]:
    parts, slopes = host.slopes(data, positions, weights)
    return _sum(parts, weights), slopes


def _curvature(
    host: Host, data: Data, positions: Array, weights: Array, along: Array
) -> tuple[Array]:
    return (host.curvatures(data, positions, weights, along),)


def _sum(parts: Array, weights: Array) -> Array:
    """The weighted sum [n]; what has no weight counts for nothing, whatever it is."""
    if weights.all():
        return weights[:, 0] * parts[:, 0] + weights[:, 1] * parts[:, 1]
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(weights == 0.0, 0.0, weights * parts).sum(axis=-1))


def _as_type(values: Array, dtype: str) -> NDArray[Any]:
    """The values in a program's precision, the lowest number as that one's lowest."""
    if dtype == "float64":
        return values
    lowest = np.finfo(np.float64).min
    with np.errstate(over="ignore"):
        return np.where(values == lowest, np.finfo(dtype).min, values).astype(dtype)


# --- a function of one position --------------------------------------------------------------

_STEP = float(np.finfo(np.float64).eps ** (1 / 3))


@dataclass(frozen=True, slots=True)
class OneByOne:
    """The host that calls a function at one position after the other."""

    evaluate: Evaluate

    def parts(self, data: Data, positions: Array) -> Array:
        """See :class:`Host`."""
        found = [self.evaluate(data, position) for position in positions]
        return np.array([(float(prior), float(likelihood)) for prior, likelihood, *_ in found])

    def slopes(self, data: Data, positions: Array, weights: Array) -> tuple[Array, Array]:
        """See :class:`Host`."""
        found = [self.evaluate(data, position) for position in positions]
        parts = np.array([(float(prior), float(likelihood)) for prior, likelihood, *_ in found])
        each = np.array([slopes for _, _, *slopes in found], np.float64)
        with np.errstate(invalid="ignore"):
            kept = np.where(weights[:, :, None] == 0.0, 0.0, weights[:, :, None] * each)
        return parts, kept.sum(axis=1)

    def curvatures(self, data: Data, positions: Array, weights: Array, along: Array) -> Array:
        """See :class:`Host`; central differences."""
        length = np.linalg.norm(along, axis=1, keepdims=True)
        size = np.maximum(1.0, np.abs(positions).max(axis=1, keepdims=True))
        step = _STEP * size / np.where(length > 0.0, length, 1.0)
        _, ahead = self.slopes(data, positions + step * along, weights)
        _, behind = self.slopes(data, positions - step * along, weights)
        return np.asarray((ahead - behind) / (2.0 * step))


# --- what a host raises ----------------------------------------------------------------------

_MARK = "a host raised exception no."
_raised: OrderedDict[int, BaseException] = OrderedDict()
_numbers = itertools.count(1)
_MOST_RAISED = 64


def _noted(error: BaseException) -> RuntimeError:
    """Keep an exception, whose type XLA would lose, under a number that XLA's message repeats."""
    number = next(_numbers)
    _raised[number] = error
    while len(_raised) > _MOST_RAISED:
        _raised.popitem(last=False)
    return RuntimeError(f"{_MARK} {number}; {type(error).__name__}: {error}")


@contextmanager
def as_raised() -> Iterator[None]:
    """Raise what a host raised, in place of XLA's error about it, from the block."""
    try:
        yield
    except Exception as error:  # XLA has several types for it
        found = re.search(rf"{_MARK} (\d+);", str(error))
        kept = None if found is None else _raised.pop(int(found[1]), None)
        if kept is None:
            raise
        raise kept from None
