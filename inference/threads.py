"""Chains on a processor's cores: one compiled program for one chain, called for each on threads.

XLA leaves Python's lock while it computes, so that threads are enough. Chains in one vmapped
program would share a core, as far as loops go, and tick together; what is worse, XLA compiles a
batch of four to slower code than four times one. In one run on two cores, four chains of 100
transitions took, in milliseconds,

    posterior                        vmapped    one after another    on threads
    mixture of two normals, N = 1000    62.0                 23.6          15.8
    autoregression of order 5           5.31                 2.62          2.72
    kidscore, with interaction          4.49                 3.60          3.45
    eight schools                       3.51                 3.20          2.31

so that threads gain where a transition takes long, and lose next to nothing where it doesn't.

Draws of a chain are the same, bit for bit, however many run at a time.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

import jax
import numpy as np

from gendsl.executables import setting
from gendsl.inference.blas_threads import blas_threads

T = TypeVar("T")
_SMALL = 1000
_MOST_KNOWN = 10_000
_known: set[int] = set()
"""Hashes of the programs that were called: a new one is compiled by one thread, not by all."""


def over_threads(
    function: Callable[..., Any],
    static: tuple[Any, ...],
    arguments: tuple[Any, ...],
    has_chains: tuple[bool, ...],
) -> Any:
    """Return ``function(*static, *arguments)``, called for each chain alone; arrays on the host.

    The arguments are those of :func:`gendsl.inference.devices.over_devices`.
    """
    parts = list(zip(arguments, has_chains, strict=True))
    held = jax.tree.map(np.asarray, [part for part, has in parts if has])
    whole = jax.tree.map(_placed, [part for part, has in parts if not has])
    settings = Settings()

    def compute(chain: int) -> Any:
        own = iter(jax.tree.map(lambda field: field[chain : chain + 1], held))
        common = iter(whole)
        given = [next(own) if has else next(common) for has in has_chains]
        with settings.applied():
            return jax.tree.map(np.asarray, function(*static, *given))

    leaves = jax.tree.leaves(held)
    num_chains = len(leaves[0])
    types = (*((x.shape[1:], x.dtype) for x in leaves), *map(_type, jax.tree.leaves(whole)))
    program = hash((function, static, types, settings))
    made = []
    if num_chains == 1 or program not in _known:
        made.append(compute(0))
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known.add(program)
    if num_chains > len(made):
        with blas_threads(max(1, num_cores() // num_chains)):
            made.extend(_pool().map(compute, range(len(made), num_chains)))
    return jax.tree.map(lambda *fields: np.concatenate(fields), *made)


def on_cores(function: Callable[[T], None], items: Sequence[T]) -> None:
    """Call ``function`` of each item, on a thread for each core; of the first alone, to compile."""
    settings = Settings()

    def call(item: T) -> None:
        with settings.applied():
            function(item)

    for item in items[:1]:
        call(item)
    if len(items) > 1:
        with blas_threads(1):
            list(_pool().map(call, items[1:]))


def num_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Settings:
    """Those of JAX's settings that a `with` changes for one thread only, as they are here."""

    is_double: bool = field(default_factory=lambda: bool(setting("jax_enable_x64")))
    device: Any = field(default_factory=lambda: jax.default_device.value)
    precision: Any = field(default_factory=lambda: setting("jax_default_matmul_precision"))

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Hold in the block, in whichever thread."""
        with (
            jax.enable_x64(self.is_double),
            jax.default_device(self.device),
            jax.default_matmul_precision(self.precision),
        ):
            yield


def _placed(value: Any) -> Any:
    """An array where it is computed with, so that it is not copied for each chain, if it is large.

    Small ones are as fast to hand over from the host.
    """
    return jax.device_put(value) if np.size(value) > _SMALL else value


def _type(value: Any) -> Any:
    return np.shape(value), type(value), getattr(value, "dtype", None)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(num_cores(), "chain")
