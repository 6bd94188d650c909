"""Draws of both backends from one prior, and when they could be of one distribution.

A draw is told by some numbers: of every quantity the first and last entry, the mean and the mean
square; and of quantities that follow one another in the program the product of the ranks of their
means, which is another number where they depend on each other otherwise. For each there is a
two-sample test of Kolmogorov and Smirnov: exact for reals, conservative for counts. Ranks are
those in both samples together, which leaves draws exchangeable.
"""

import warnings
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import jax
import numpy as np
from scipy.stats import ks_2samp, rankdata

LARGEST = 1e100
"""Draws beyond it, as priors with heavy tails have them, are taken for it."""

Draws = Mapping[str, np.ndarray]
"""By quantity; the first axis counts draws."""


def of_numpyro(density: Any, count: int) -> Draws:
    """Independent draws of everything, from NumPyro's program."""
    keys = jax.random.split(jax.random.key(1), count)
    run = jax.jit(jax.vmap(lambda key: density.simulate(key, density.data)))
    return {name: np.asarray(values) for name, values in run(keys).items()}


def of_pyro(density: Any, count: int) -> Draws:
    """Independent draws of everything, from Pyro's program."""
    found = [density.simulate(key, density.data) for key in range(count)]
    return {name: np.stack([np.asarray(each[name]) for each in found]) for name in found[0]}


def p_values(ours: Draws, theirs: Draws) -> dict[str, float]:
    """The chance of so large a difference by accident, for each of the numbers."""
    assert ours.keys() == theirs.keys()
    found = {
        name: _p_value(a, b)
        for quantity in theirs
        for name, a, b in _numbers(quantity, ours[quantity], theirs[quantity])
    }
    varying = [name for name, values in theirs.items() if values.size]
    for first, second in pairwise(varying):
        u, v = _ranks(ours[first], theirs[first]), _ranks(ours[second], theirs[second])
        product, count = u * v, len(ours[first])
        found[f"{first} with {second}"] = _p_value(product[:count], product[count:])
    return found


def _p_value(a: np.ndarray, b: np.ndarray) -> float:
    """Of Kolmogorov and Smirnov's test; what is one number but for rounding is the same."""
    both = np.concatenate([a, b])
    if np.allclose(both, both[0], rtol=1e-9, atol=1e-12):
        return 1.0
    with warnings.catch_warnings():  # where the exact distribution overflows it takes the limit's
        warnings.filterwarnings("ignore", "ks_2samp: Exact calculation unsuccessful")
        return float(ks_2samp(a, b).pvalue)


def _rows(values: np.ndarray) -> np.ndarray:
    """A row for each draw, cut off where squares and sums are numbers yet; NaN is below all."""
    rows = values.reshape(len(values), -1).astype(float)
    return np.nan_to_num(np.clip(rows, -LARGEST, LARGEST), nan=-2 * LARGEST)


def _numbers(
    name: str, ours: np.ndarray, theirs: np.ndarray
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    a, b = _rows(ours), _rows(theirs)
    if not b.shape[1]:
        return
    yield f"{name}, last", a[:, -1], b[:, -1]
    if b.shape[1] > 1:
        yield f"{name}, first", a[:, 0], b[:, 0]
        yield f"{name}, mean", a.mean(1), b.mean(1)
        yield f"{name}, square", (a * a).mean(1), (b * b).mean(1)


def _ranks(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Of the mean in both samples, from -1 to 1."""
    means = np.concatenate([_rows(ours).mean(1), _rows(theirs).mean(1)])
    return 2.0 * (rankdata(means) - 0.5) / len(means) - 1.0
