"""BLAS has one thread while chains have the cores, and what it had afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg.cython_lapack  # noqa: F401
from threadpoolctl import threadpool_info, threadpool_limits

from gendsl.inference import threads
from gendsl.inference.blas_threads import blas_threads


def _most() -> int:
    return max(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")


@pytest.mark.parametrize("given", [1, 2])
def test_blas_is_held_back_in_the_block_only(given: int) -> None:
    """What it is held to already is not raised."""
    with threadpool_limits(given, user_api="blas"):
        with blas_threads(1):
            assert _most() == 1
        with blas_threads(4):
            assert _most() == given
        assert _most() == given


def test_chains_on_threads_have_one_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "num_cores", lambda: 2)
    seen: list[int] = []

    def function(chain: Any) -> Any:
        seen.append(_most())
        return chain

    with threadpool_limits(2, user_api="blas"):
        for _ in range(2):
            threads.over_threads(function, (), (np.zeros((3, 1)),), (True,))
        assert seen == [2, 1, 1, 1, 1, 1]  # one chain compiles before the others begin
        assert _most() == 2


def test_blocks_that_overlap_leave_what_was_before() -> None:
    with threadpool_limits(2, user_api="blas"):
        first, second = blas_threads(1), blas_threads(1)
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert _most() == 1
        second.__exit__(None, None, None)
        assert _most() == 2
