"""Batches of matrices are worked on in turn where jaxlib could hang, with the same results."""

from __future__ import annotations

import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.linalg import expm, solve_triangular

from gendsl.executables import one_after_another

FUNCTIONS = {
    "cholesky": jnp.linalg.cholesky,
    "determinant": lambda a: jnp.linalg.slogdet(a)[1],
    "eigenvalues": lambda a: jnp.linalg.eigh(a),
    "exponential": expm,
    "gradient": jax.grad(lambda a: jnp.linalg.cholesky(a).sum() + jnp.linalg.slogdet(a)[1]),
    "qr": lambda a: jnp.linalg.qr(a),
    "singular values": lambda a: jnp.linalg.svd(a, full_matrices=False),
    "solve": lambda a: jnp.linalg.solve(a, jnp.arange(4.0)),
    "triangular solve": lambda a: solve_triangular(a, a.T, lower=True),
    "tridiagonal solve": lambda a: jax.lax.linalg.tridiagonal_solve(
        a[0].at[0].set(0), a[1] + 3, a[2].at[-1].set(0), a[:, :2]
    ),
}
MANY = """
import sys, threading
import jax, jax.numpy as jnp, numpy as np

if sys.argv[1] == "in turn":
    from gendsl.executables import one_after_another
    one_after_another()
matrices = np.broadcast_to(np.eye(100), (24, 3, 100, 100))

@jax.jit
def many(matrices):
    again = lambda _, total: total + sum(jnp.linalg.cholesky(a + total).sum() for a in matrices)
    return jax.lax.fori_loop(0, 30, again, 0.0)

threads = [threading.Thread(target=lambda: float(many(matrices))) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def _batch(shape: tuple[int, ...]) -> np.ndarray:
    half = np.random.default_rng(3).normal(size=(*shape, 4, 4))
    return half @ half.swapaxes(-1, -2) + 4 * np.eye(4)


@pytest.mark.sweep(4)
@pytest.mark.parametrize("shape", [(1,), (3,), (0,), (2, 6)], ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_results_of_a_batch_are_those_of_its_matrices(name: str, shape: tuple[int, ...]) -> None:
    one_after_another()
    function, matrices = FUNCTIONS[name], _batch(shape)
    over = function
    for _ in shape:
        over = jax.vmap(over)
    with jax.enable_x64(True):
        found = jax.tree.leaves(jax.jit(over)(matrices))
        alone = jax.jit(function)
        for index in np.ndindex(shape):
            for whole, part in zip(found, jax.tree.leaves(alone(matrices[index])), strict=True):
                np.testing.assert_allclose(whole[index], part, rtol=1e-11, atol=1e-13)
    assert all(leaf.shape[: len(shape)] == shape for leaf in found)


def test_no_kernel_is_given_a_batch() -> None:
    """A batch of 9 becomes a loop, with those releases of jaxlib that may hang."""
    text = jax.jit(jnp.linalg.cholesky).lower(_batch((9,))).as_text()
    assert ("while" in text) == one_after_another()


def _run_many(how: str, seconds: float) -> None:
    surroundings = {**os.environ, "PJRT_NPROC": "2"}
    command = [sys.executable, "-c", MANY, how]
    subprocess.run(command, check=True, timeout=seconds, env=surroundings)


def test_many_batches_at_once_end() -> None:
    """In a process of its own, whose pool has two threads; as it comes, such a jaxlib hangs."""
    _run_many("in turn", 240)
    if one_after_another():
        with pytest.raises(subprocess.TimeoutExpired):
            _run_many("as it comes", 20)
