"""Densities in torch without Pyro, Python or autograd: traced once for each number of positions.

A run of a model through Pyro's handlers, with autograd behind it, takes milliseconds, nearly all of
it in Python. `make_fx` writes down the operations of the values and of the gradients; what
`torch.jit` makes of them takes a tenth of the time. On eight schools, in microseconds a call,

    positions    as it is    operations    compiled
            1        1440           480          97
            4        1930           670         180
          100        1910           690         190

What is written down has no branches, so it is held against the program itself, at a few positions
on different scales, and left aside where the two disagree or where nothing can be written down: a
loop whose length depends on values, as those of solvers and of some special functions do.

Where torch finds a matrix that has no Cholesky factor it raises, and the other backend computes
NaN; here it is NaN too.
"""

from __future__ import annotations

import math
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from threading import RLock
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Parts = Callable[[Tensor], Tensor]
"""From a position [dim] to log prior and log likelihood [2], in double precision."""

Array = NDArray[np.float64]
Rows = tuple[Tensor, ...]

_MOST_ROWS = 1024
"""Positions in a call; more are taken in turn."""
_MOST_KEPT = 32
_MOST_NUMBERS = 20_000_000
_SCALES = (0.3, 1.0, 3.0, 10.0)
_TOLERANCE = 1e-9
_HALF_OF_THE_DIGITS = 1e-5
_STEP = float(np.finfo(np.float64).eps ** (1 / 3))

_NoFactorError: type[Exception] = torch.linalg.LinAlgError  # type: ignore[attr-defined]
_FAILURES = (RuntimeError, TypeError, ValueError, AssertionError, KeyError)
"""What a trace that can't be made ends in: torch has no class for it."""


class Compiled:
    """The parts of a log density, their sum by weights with its gradient, and Hessians' products.

    Every function takes [n, ...] and returns it; chains may call from several threads.
    """

    def __init__(
        self, parts: Parts, size: int, *, is_traceable: bool = True, num_data: int = 1
    ) -> None:
        """Take a function of one position [size].

        Args:
            is_traceable: whether the operations are known to be the same everywhere.
            num_data: numbers that one position is held against, so that batches fit in memory.
        """
        self._function = parts
        self._size = size
        self._is_traceable = is_traceable
        self._most_rows = max(1, min(_MOST_ROWS, _MOST_NUMBERS // max(1, num_data)))
        self._traced: OrderedDict[tuple[str, int], Any] = OrderedDict()
        self._lock = RLock()

    def parts(self, positions: Tensor) -> Tensor:
        """Log prior and log likelihood [n, 2]."""
        (found,) = self._by_blocks("parts", (positions,))
        return found

    def slopes(self, positions: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """The parts [n, 2], and the gradient [n, dim] of their sum by weights [n, 2]."""
        parts, slopes = self._by_blocks("slopes", (positions, weights))
        return parts, slopes

    def curvatures(self, positions: Tensor, weights: Tensor, along: Tensor) -> Tensor:
        """The Hessian of the weighted sum times a direction each, [n, dim]."""
        (found,) = self._by_blocks("curvatures", (positions, weights, along))
        return found

    def value_and_gradient(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """The log density [n] and its gradient [n, dim]."""
        weights = torch.ones(len(positions), 2, dtype=torch.float64)
        parts, slopes = self.slopes(positions, weights)
        return parts.sum(dim=1), slopes

    # --- blocks of rows ------------------------------------------------------------------

    def _by_blocks(self, kind: str, rows: Rows) -> Rows:
        count = len(rows[0])
        if count <= self._most_rows:
            return self._block(kind, rows)
        found = []
        for start in range(0, count, self._most_rows):
            # The last block is filled up, so that it needs no trace of its own.
            chosen = torch.arange(start, start + self._most_rows).clamp(max=count - 1)
            kept = min(self._most_rows, count - start)
            block = self._block(kind, tuple(row[chosen] for row in rows))
            found.append([part[:kept] for part in block])
        return tuple(torch.cat(parts) for parts in zip(*found, strict=True))

    def _block(self, kind: str, rows: Rows) -> Rows:
        traced = self._trace_of(kind, len(rows[0]))
        if traced is None:
            return self._in_turn(kind, rows)
        try:
            with torch.no_grad():
                found: Rows = traced(*rows)
            return found
        except _NoFactorError:
            return self._in_turn(kind, rows)

    # --- as it is ------------------------------------------------------------------------

    def _in_turn(self, kind: str, rows: Rows) -> Rows:
        kinds: Mapping[str, Callable[..., Rows]] = {
            "parts": self._parts,
            "slopes": self._slopes,
            "curvatures": self._curvatures,
        }
        made = [kinds[kind](*row) for row in zip(*rows, strict=True)]
        return tuple(torch.stack(parts) for parts in zip(*made, strict=True))

    def _parts(self, position: Tensor) -> Rows:
        try:
            with torch.no_grad():
                return (self._function(position),)
        except _NoFactorError:
            return (_nothing(2),)

    def _slopes(self, position: Tensor, weights: Tensor) -> Rows:
        at = position.detach().clone().requires_grad_()
        try:
            with torch.enable_grad():
                parts = self._function(at)
                value = _weighted(parts, weights)
            (slope,) = torch.autograd.grad(value, at, materialize_grads=True)
        except _NoFactorError:
            return _nothing(2), _nothing(self._size)
        return parts.detach(), slope

    def _curvatures(self, position: Tensor, weights: Tensor, along: Tensor) -> Rows:
        if not self._is_twice_differentiable:
            return (self._difference(position, weights, along),)
        try:
            return (self._product(position, weights, along),)
        except _NoFactorError:
            return (_nothing(self._size),)

    @cached_property
    def _is_twice_differentiable(self) -> bool:
        """Whether second derivatives are what differences say, to half of their digits.

        A function of torch's that is differentiable once may say so, or have a Hessian of 0.
        """
        for position, weights, along in islice(self._examples("curvatures", 1), 2):
            rows = position[0], weights[0], along[0]
            try:
                found, wanted = self._product(*rows), self._difference(*rows)
            except _NoFactorError:
                continue
            except _FAILURES:
                return False
            if wanted.isfinite().all() and not _agree(wanted, found, _HALF_OF_THE_DIGITS):
                return False
        return True

    def _product(self, position: Tensor, weights: Tensor, along: Tensor) -> Tensor:
        at = position.detach().clone().requires_grad_()
        with torch.enable_grad():
            value = _weighted(self._function(at), weights)
            (slope,) = torch.autograd.grad(value, at, create_graph=True, materialize_grads=True)
            if not slope.requires_grad:
                return torch.zeros_like(position)
            (found,) = torch.autograd.grad(slope @ along, at, materialize_grads=True)
        return found

    def _difference(self, position: Tensor, weights: Tensor, along: Tensor) -> Tensor:
        """The product by a central difference, where torch has no second derivative."""
        length = float(along.norm()) or 1.0
        step = _STEP * max(1.0, float(position.abs().max())) / length
        _, ahead = self._slopes(position + step * along, weights)
        _, behind = self._slopes(position - step * along, weights)
        return (ahead - behind) / (2.0 * step)

    # --- traces --------------------------------------------------------------------------

    def _trace_of(self, kind: str, count: int) -> Any:
        """The compiled function for a number of positions; None where there is none."""
        if not self._is_traceable:
            return None
        if kind == "curvatures" and not self._is_twice_differentiable:
            return None
        place = kind, count
        with self._lock:
            if place in self._traced:
                self._traced.move_to_end(place)
                return self._traced[place]
            made = self._checked(kind, count)
            self._traced[place] = made
            if len(self._traced) > _MOST_KEPT:
                self._traced.popitem(last=False)
            return made

    def _checked(self, kind: str, count: int) -> Any:
        """A trace that agrees with the program at positions of several scales."""
        examples = list(self._examples(kind, count))
        try:
            made = _compiled(self._batched(kind), examples[0])
            for rows in examples:
                few = min(count, len(_SCALES))
                with torch.no_grad():
                    found: Rows = made(*rows)
                wanted = self._in_turn(kind, tuple(row[:few] for row in rows))
                for part, whole in zip(wanted, found, strict=True):
                    if not _agree(part, whole[:few]):
                        return None
        except _FAILURES:
            return None
        return made

    def _batched(self, kind: str) -> Callable[..., Rows]:
        def parts(position: Tensor) -> Rows:
            return (self._function(position),)

        def slopes(position: Tensor, weights: Tensor) -> Rows:
            def summed(at: Tensor) -> tuple[Tensor, Tensor]:
                found = self._function(at)
                return _weighted(found, weights), found

            slope, (_, found) = torch.func.grad_and_value(summed, has_aux=True)(position)
            return found, slope

        def curvatures(position: Tensor, weights: Tensor, along: Tensor) -> Rows:
            slope_of = torch.func.grad(lambda at: _weighted(self._function(at), weights))
            # Backward twice: forward derivatives are missing for more operations.
            return (torch.func.grad(lambda at: slope_of(at) @ along)(position),)

        kinds: Mapping[str, Callable[..., Rows]] = {
            "parts": parts,
            "slopes": slopes,
            "curvatures": curvatures,
        }
        return _over_rows(kinds[kind])

    def _examples(self, kind: str, count: int) -> Iterator[Rows]:
        """Positions on several scales, the scales in turn where there are several positions."""
        rng = np.random.default_rng(0)
        batches = math.ceil(len(_SCALES) / count)
        for scales in np.resize(_SCALES, (batches, count)):
            positions = rng.standard_normal((count, self._size)) * scales[:, None]
            rows = [torch.from_numpy(positions)]
            if kind != "parts":
                rows.append(torch.from_numpy(rng.uniform(0.5, 1.0, (count, 2))))
            if kind == "curvatures":
                rows.append(torch.from_numpy(rng.standard_normal((count, self._size))))
            yield tuple(rows)


def _weighted(parts: Tensor, weights: Tensor) -> Tensor:
    return (weights * parts).sum()


def _nothing(size: int) -> Tensor:
    return torch.full((size,), torch.nan, dtype=torch.float64)


def _over_rows(function: Callable[..., Rows]) -> Callable[..., Rows]:
    """The function of [n, ...]: vectorised, but for n = 1."""

    def of_rows(*rows: Tensor) -> Rows:
        if len(rows[0]) == 1:
            return tuple(part[None] for part in function(*(row[0] for row in rows)))
        found: Rows = torch.func.vmap(function)(*rows)
        return found

    return of_rows


def _compiled(function: Callable[..., Rows], rows: Rows) -> Any:
    """The operations of a function at arguments of these shapes, as a function of its own."""
    from torch.fx.experimental.proxy_tensor import make_fx

    graph = make_fx(function)(*rows)
    graph.graph.eliminate_dead_code()
    graph.recompile()
    if not hasattr(torch, "jit") or not hasattr(torch.jit, "trace"):
        return graph
    with _without_notice_of_the_end(), torch.no_grad():
        traced = torch.jit.trace(graph.eval(), rows, check_trace=False)  # type: ignore[no-untyped-call]
        return torch.jit.freeze(traced.eval())


@contextmanager
def _without_notice_of_the_end() -> Iterator[None]:
    """Newer releases of torch say of `torch.jit` that it will go, which is no user's affair."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`torch\.jit", DeprecationWarning)
        yield


def _agree(wanted: Tensor, found: Tensor, tolerance: float = _TOLERANCE) -> bool:
    """Whether two results are the same but for rounding; each row on a scale of its own."""
    one, other = wanted.numpy(), found.numpy()
    is_finite = np.isfinite(one)
    if not np.array_equal(np.where(is_finite, 0.0, one), np.where(is_finite, 0.0, other), True):
        return False
    size = np.max(np.abs(one), axis=-1, where=is_finite, initial=0.0, keepdims=True)
    with np.errstate(invalid="ignore"):
        apart = np.where(is_finite, np.abs(one - other), 0.0)
    return bool(np.all(apart <= tolerance * np.maximum(1.0, size)))
