"""Which form of a gather's gradient is fastest: 10^5 rows that point into 10^4 groups.

`python benchmarks/gathers.py` times value and gradient of a Gaussian log density whose mean is
`alpha[group_of]`, for one position and for four at once. The forms differ in how the gradient is
summed by group. The first is what gendsl emits, for a gather's gradient and for
`sum[row by group_of](x)`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

ROWS = 100_000
REPEATS = 50

Array = Any


@jax.custom_vjp
def padded(alpha: Array, group_of: Array, members: Array) -> Array:
    """`alpha[group_of]`; the gradient gathers each group's members, padded to the largest group."""
    return alpha[group_of]


def _padded_forward(alpha: Array, group_of: Array, members: Array) -> tuple[Array, Array]:
    return alpha[group_of], members


def _padded_backward(members: Array, cotangent: Array) -> tuple[Array, None, None]:
    extended = jnp.append(cotangent, 0.0)
    return extended[members].sum(axis=1), None, None


padded.defvjp(_padded_forward, _padded_backward)


@jax.custom_vjp
def running(alpha: Array, group_of: Array, order: Array, ends: Array) -> Array:
    """`alpha[group_of]`; the gradient is a difference of running sums over sorted rows."""
    return alpha[group_of]


def _running_forward(alpha: Array, group_of: Array, order: Array, ends: Array) -> Any:
    return alpha[group_of], (order, ends)


def _running_backward(
    kept: tuple[Array, Array], cotangent: Array
) -> tuple[Array, None, None, None]:
    order, ends = kept
    sums = jnp.append(0.0, jnp.cumsum(cotangent[order]))
    return jnp.diff(sums[ends], prepend=0.0), None, None, None


running.defvjp(_running_forward, _running_backward)


def forms(groups: int, rng: np.random.Generator) -> dict[str, tuple[Callable[..., Array], Any]]:
    """Each form as a function of `alpha` and its arguments."""
    group_of = rng.integers(0, groups, ROWS)
    y = rng.normal(size=ROWS)
    order = np.argsort(group_of, kind="stable")
    counts = np.bincount(group_of, minlength=groups)
    ends = np.cumsum(counts)
    members = np.full((groups, counts.max()), ROWS)
    members[group_of[order], np.arange(ROWS) - (ends - counts)[group_of[order]]] = order

    def score(gathered: Array, y: Array) -> Array:
        return -0.5 * jnp.sum((y - gathered) ** 2)

    found: dict[str, tuple[Callable[..., Array], Any]] = {
        "gather": (lambda a, g, y: score(a[g], y), (group_of, y)),
        "gather, sorted rows": (lambda a, g, y: score(a[g], y), (group_of[order], y[order])),
        "padded groups": (lambda a, g, m, y: score(padded(a, g, m), y), (group_of, members, y)),
        "running sums": (
            lambda a, g, o, e, y: score(running(a, g, o, e), y),
            (group_of, order, ends, y),
        ),
    }
    if groups <= 100:
        one_hot = np.eye(groups)[group_of]
        found["one-hot product"] = (lambda a, h, y: score(h @ a, y), (one_hot, y))
    return found


def least_time(function: Callable[..., Array], alpha: Array, arguments: Any) -> float:
    """The least of the times of a compiled call, in seconds."""
    compiled = jax.jit(function)
    jax.block_until_ready(compiled(alpha, *arguments))
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        jax.block_until_ready(compiled(alpha, *arguments))
        times.append(time.perf_counter() - started)
    return min(times)


def main() -> None:
    """Print the time of each form, and its ratio to what gendsl emits."""
    jax.config.update("jax_enable_x64", True)
    rng = np.random.default_rng(1)
    print(f"{ROWS} rows; milliseconds for value and gradient, and the ratio to the plain gather")
    for groups in (100, 10_000):
        alpha = jnp.asarray(rng.normal(size=groups))
        base: tuple[float, float] | None = None
        for name, (function, arrays) in forms(groups, rng).items():
            arguments = tuple(jnp.asarray(array) for array in arrays)
            gradient = jax.value_and_grad(function)
            chains = jax.vmap(gradient, in_axes=(0, *(None for _ in arguments)))
            one = least_time(gradient, alpha, arguments)
            four = least_time(chains, jnp.stack([alpha] * 4), arguments)
            base = base or (one, four)
            print(
                f"{groups:6d} groups  {name:20s} {1e3 * one:7.3f} ({one / base[0]:5.2f})"
                f"   four chains {1e3 * four:7.3f} ({four / base[1]:5.2f})"
            )


if __name__ == "__main__":
    main()
