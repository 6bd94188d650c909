"""From unconstrained draws to named quantities: one compiled function, applied in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]
Groups = dict[str, Arrays]

_BATCH_ELEMENTS = 8_000_000
"""Numbers that one batch may hold, all of its quantities together."""


def each_draw(
    function: Callable[..., Any], draws: Mapping[str, Any] | NDArray[Any], seed: int
) -> Groups:
    """Apply `function(key, draw)`, which returns groups of named arrays, to every draw.

    `draws` is an array, or a pytree of arrays, [draw, ...]; every array that comes back gains the
    same leading axis. Draw i's key depends on `seed` and i alone, not on the batches.
    """
    import jax

    root = jax.random.key(seed)
    count = len(jax.tree.leaves(draws)[0])
    example = jax.tree.map(lambda leaf: leaf[0], draws)
    shapes = jax.eval_shape(function, root, example)
    size = _batch_size(shapes, count)

    @jax.jit
    def apply(indices: Any, batch: Any) -> Any:
        keys = jax.vmap(lambda i: jax.random.fold_in(root, i))(indices)
        return jax.vmap(function)(keys, batch)

    whole = jax.tree.map(lambda leaf: np.empty((count, *leaf.shape), leaf.dtype), shapes)
    for start, stop in _batches(count, size):
        rows = np.minimum(np.arange(start, start + size), count - 1)
        batch = jax.tree.map(lambda leaf, rows=rows: np.asarray(leaf)[rows], draws)
        done = apply(rows.astype(np.uint32), batch)
        for target, part in zip(jax.tree.leaves(whole), jax.tree.leaves(done), strict=True):
            target[start:stop] = np.asarray(part)[: stop - start]
    return whole  # type: ignore[no-any-return]


def mean_over_draws(function: Callable[[Any], Any], draws: Mapping[str, Any]) -> Arrays:
    """Return the mean over all draws of the arrays that `function(draw)` returns.

    `draws` are arrays [draw, ...]; they are never all held at once.
    """
    import jax

    count = len(jax.tree.leaves(draws)[0])
    shapes = jax.eval_shape(function, jax.tree.map(lambda leaf: leaf[0], draws))
    total = jax.jit(lambda batch: jax.tree.map(lambda a: a.sum(0), jax.vmap(function)(batch)))
    mean = jax.tree.map(lambda leaf: np.zeros(leaf.shape), shapes)
    for start, stop in _batches(count, _batch_size(shapes, count)):
        part = total(jax.tree.map(lambda leaf, s=slice(start, stop): np.asarray(leaf)[s], draws))
        mean = jax.tree.map(lambda m, p: m + np.asarray(p) / count, mean, part)
    return mean  # type: ignore[no-any-return]


def _batch_size(shapes: Any, count: int) -> int:
    """How many draws make up a batch, of arrays of these shapes for each."""
    import jax

    per_draw = max(1, sum(int(np.prod(leaf.shape)) for leaf in jax.tree.leaves(shapes)))
    return max(1, min(count, _BATCH_ELEMENTS // per_draw))


def _batches(count: int, size: int) -> Iterator[tuple[int, int]]:
    for start in range(0, count, size):
        yield start, min(start + size, count)


def by_chain(groups: Groups, chains: int) -> Groups:
    """Split the leading axis [chain * draw] in two."""
    return {
        group: {
            name: values.reshape(chains, -1, *values.shape[1:]) for name, values in arrays.items()
        }
        for group, arrays in groups.items()
    }
