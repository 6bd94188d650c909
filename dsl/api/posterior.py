"""From unconstrained draws to named quantities: one compiled function, applied in batches."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gendsl.executables import Recent

Arrays = dict[str, NDArray[Any]]
Groups = dict[str, Arrays]

_BATCH_ELEMENTS = 8_000_000
"""Numbers that one batch may hold, all of its quantities together."""

_BATCH_ROWS = 1024
"""Draws in a batch; the last one is filled up, so that more draws compile nothing."""


def each_draw(
    function: Callable[..., Any],
    draws: Any,
    seed: int,
    *,
    data: Any = None,
    same: Hashable = None,
) -> Groups:
    """Apply `function(key, draw, data)`, which returns groups of named arrays, to every draw.

    `draws` is an array, or a pytree of arrays, [draw, ...]; every array that comes back gains the
    same leading axis. Draw i's key depends on `seed` and i alone, not on the batches. Functions of
    equal `same` do the same, so that they are compiled once for draws and `data` of the same
    shapes: a new seed compiles nothing, nor do new data and more draws, here or in another process
    with a cache.
    """
    import jax

    from gendsl.inference.threads import on_cores

    count = len(jax.tree.leaves(draws)[0])
    example = jax.tree.map(lambda leaf: np.asarray(leaf)[0], draws)
    root = _root(seed)
    batched = _batched(function, root, example, data, count, same)
    shapes = batched.shapes
    whole = jax.tree.map(lambda leaf: np.empty((count, *leaf.shape[1:]), leaf.dtype), shapes)

    def compute(span: tuple[int, int]) -> None:
        start, stop = span
        rows = np.minimum(np.arange(start, start + batched.size), count - 1)
        batch = jax.tree.map(lambda leaf, rows=rows: np.asarray(leaf)[rows], draws)
        done = batched.apply(root, rows.astype(np.uint32), batch, data)
        for target, part in zip(jax.tree.leaves(whole), jax.tree.leaves(done), strict=True):
            target[start:stop] = np.asarray(part)[: stop - start]

    on_cores(compute, list(_batches(count, batched.size)))
    return whole  # type: ignore[no-any-return]


def _root(seed: int) -> NDArray[np.uint32]:
    """The data of `jax.random.key(seed)`, which would compile a program of its own."""
    import jax

    from gendsl.executables import setting

    is_plain = setting("jax_default_prng_impl") == "threefry2x32"
    is_plain &= not setting("jax_random_seed_offset")
    if is_plain and 0 <= seed < (2**63 if setting("jax_enable_x64") else 2**31):
        return np.array([seed >> 32, seed & 0xFFFFFFFF], np.uint32)
    return np.asarray(jax.random.key_data(jax.random.key(seed)))


class _Batched(NamedTuple):
    """A function of batches of `size` draws, and the shapes of what it returns of one batch."""

    apply: Callable[..., Any]
    shapes: Any
    size: int


_KEPT: Recent[_Batched] = Recent(32)


def _batched(
    function: Callable[..., Any], root: Any, example: Any, data: Any, count: int, same: Hashable
) -> _Batched:
    """The function of batches; an earlier one for the same shapes, if functions say they agree."""
    import jax
    import jax.numpy as jnp

    from gendsl.executables import current_device

    wanted = min(_BATCH_ROWS, 1 << max(0, count - 1).bit_length())
    leaves, form = jax.tree.flatten((example, data))
    types = tuple((np.shape(leaf), np.asarray(leaf).dtype) for leaf in leaves)
    place = (same, form, types, wanted, jnp.result_type(float), current_device())

    def made() -> _Batched:
        found = _from_disk(function, root, example, data, wanted, same)
        return found or _traced(function, root, example, data, wanted)

    return made() if same is None else _KEPT.get(place, made)


def _from_disk(
    function: Callable[..., Any], root: Any, example: Any, data: Any, wanted: int, same: Hashable
) -> _Batched | None:
    """The function of batches by its executable; None where none can be kept."""
    import jax

    from gendsl.executables import find_executable, identity_of, is_storing, keys_of

    if same is None or not is_storing():
        return None
    identity, keys = identity_of((same, wanted)), keys_of((root, example, data))
    if identity is None or keys is None:
        return None

    def trace() -> Any:
        made = _traced(function, root, example, data, wanted)
        rows = np.zeros(made.size, np.uint32)
        batch = jax.tree.map(lambda leaf: np.broadcast_to(leaf, (made.size, *leaf.shape)), example)
        return made.apply.trace(root, rows, batch, data)  # type: ignore[attr-defined]

    found = find_executable("each_draw", identity, keys, trace)
    if found is None:
        return None
    sizes = {leaf.shape[0] for leaf in jax.tree.leaves(found.results)}
    return _Batched(found, found.results, sizes.pop() if sizes else wanted)


def _traced(
    function: Callable[..., Any], root: Any, example: Any, data: Any, wanted: int
) -> _Batched:
    """The function of batches, traced once, for the shapes and for the program."""
    import jax

    from gendsl.executables import block_size
    from gendsl.executables.shared_work import without_repeats

    def of_one(root: Any, index: Any, draw: Any, data: Any) -> Any:
        key = jax.random.fold_in(jax.random.wrap_key_data(root), index)
        return function(key, draw, data)

    traced = jax.jit(of_one).trace(root, np.uint32(0), example, data)
    closed, shapes = traced.jaxpr, traced.out_info
    jaxpr = without_repeats(closed)
    outer = jax.tree.structure(shapes)
    size = block_size(jaxpr, _batch_size(shapes, wanted))

    def apply(root: Any, indices: Any, batch: Any, data: Any) -> Any:
        def once(index: Any, draw: Any) -> Any:
            given = jax.tree.leaves((root, index, draw, data))
            return jax.core.eval_jaxpr(jaxpr, closed.consts, *given)

        return jax.tree.unflatten(outer, jax.vmap(once)(indices, batch))

    whole = jax.tree.map(lambda s: jax.ShapeDtypeStruct((size, *s.shape), s.dtype), shapes)
    return _Batched(jax.jit(apply, keep_unused=True), whole, size)


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
