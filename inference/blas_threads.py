"""Linear algebra's own threads, held back while chains have all cores.

XLA's processor back end factors and solves matrices by OpenBLAS, whose threads are those of the
whole process. Chains that run on a thread each then wait for each other's: a density with a 40 x 40
Cholesky factor, and its slope, took 13 ms of a busy two-core machine's processors with two threads
and 0.16 ms with one.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

_LAPACK = "scipy.linalg.cython_lapack"
"""Where XLA takes its linear algebra from; before it is loaded there is nothing to hold back."""
_lock = Lock()
_blocks: list[int] = []
"""What each block that is open asks for."""
_before: list[int] = []
"""The threads of each library before the first of them was opened."""


@contextmanager
def blas_threads(count: int) -> Iterator[None]:
    """Hold BLAS to at most ``count`` threads in the block, in the whole process.

    Of blocks in several threads at once the least count holds, and what stood before the first of
    them stands again after the last. What a library has less of is not raised.
    """
    if _LAPACK not in sys.modules:
        yield
        return
    with _lock:
        if not _blocks:
            _before[:] = [library.num_threads for library in _libraries()]
        _blocks.append(count)
        _hold()
    try:
        yield
    finally:
        with _lock:
            _blocks.remove(count)
            _hold()


def _hold() -> None:
    for library, before in zip(_libraries(), _before, strict=True):
        library.set_num_threads(min([before, *_blocks]))


@cache
def _libraries() -> tuple[Any, ...]:
    from threadpoolctl import ThreadpoolController

    return tuple(ThreadpoolController().select(user_api="blas").lib_controllers)
