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
from typing import Any

_LAPACK = "scipy.linalg.cython_lapack"
"""Where XLA takes its linear algebra from; before it is loaded there is nothing to hold back."""


@contextmanager
def blas_threads(count: int) -> Iterator[None]:
    """Hold BLAS to at most ``count`` threads in the block, in the whole process.

    What is asked for by the environment, as by ``OPENBLAS_NUM_THREADS``, is not raised.
    """
    if _LAPACK not in sys.modules:
        yield
        return
    most = max((pool["num_threads"] for pool in _pools().info()), default=1)
    with _pools().limit(limits=min(count, most), user_api="blas"):
        yield


@cache
def _pools() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")
