"""Attention of the amortised networks against its formula, in value and slope."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gendsl.inference.amortised import attention
from gendsl.inference.amortised.attention import Attention, Norm

TASKS, PLACES, WIDTH, HEADS = 3, 6, 8, 2
EPSILON = np.finfo(np.float32).eps


def layer() -> Attention:
    rng = np.random.default_rng(1)

    def normals(*shape: int) -> jax.Array:
        return jnp.asarray(rng.normal(size=shape))

    norm = Norm(normals(WIDTH), normals(WIDTH))
    return Attention(norm, normals(WIDTH, 3 * WIDTH), normals(WIDTH, WIDTH), normals(HEADS))


def by_hand(layer: Attention, tokens: jax.Array, is_key: jax.Array) -> jax.Array:
    """Each task, head and query by itself, over the keys that are there."""
    answers = []
    size = WIDTH // HEADS
    for task, keys in zip(tokens, np.asarray(is_key), strict=True):
        gaps = task - task.mean(-1, keepdims=True)
        normed = gaps / jnp.sqrt((gaps**2).mean(-1, keepdims=True) + 1e-6)
        queries, scored, values = jnp.split(
            (normed * layer.norm.gain + layer.norm.shift) @ layer.read, 3, axis=-1
        )
        there = np.flatnonzero(keys)
        found = []
        for head in range(HEADS):
            part = slice(head * size, (head + 1) * size)
            heights = jnp.exp(queries[:, part] @ scored[there, part].T / np.sqrt(size))
            weights = heights / (heights.sum(-1, keepdims=True) + jnp.exp(layer.sink[head]))
            found.append(weights @ values[there, part])
        answers.append(jnp.concatenate(found, -1) @ layer.write)
    return jnp.stack(answers)


def slopes(call: Callable[..., jax.Array], tokens: jax.Array, is_key: jax.Array) -> list[jax.Array]:
    def total(layer: Attention, tokens: jax.Array) -> jax.Array:
        return jnp.sum(jnp.sin(call(layer, tokens, is_key)))

    return jax.tree.leaves(jax.jit(jax.grad(total, argnums=(0, 1)))(layer(), tokens))


@pytest.fixture
def task() -> tuple[jax.Array, jax.Array]:
    """Tokens and keys: some, none and all."""
    tokens = jnp.asarray(np.random.default_rng(2).normal(size=(TASKS, PLACES, WIDTH)))
    return tokens, jnp.arange(PLACES) < jnp.array([4, 0, 6])[:, None]


def test_values_are_those_of_the_formula(task: tuple[jax.Array, jax.Array]) -> None:
    tokens, is_key = task
    found = jax.jit(lambda tokens: layer()(tokens, is_key[:, None]))(tokens[:, None])[:, 0]
    expected = jax.jit(lambda tokens: by_hand(layer(), tokens, is_key))(tokens)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_slopes_are_those_of_the_formula(
    task: tuple[jax.Array, jax.Array], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = slopes(by_hand, *task)
    for one, other in zip(slopes(Attention.__call__, *task), expected, strict=True):
        # Sums in another order differ by some roundings of their largest terms.
        np.testing.assert_allclose(one, other, atol=30 * EPSILON * np.abs(other).max())
    monkeypatch.setattr(attention, "_shares", _without_the_sink)
    broken = slopes(Attention.__call__, *task)
    assert max(np.abs(o - e).max() for o, e in zip(broken, expected, strict=True)) > 1e-2


def _without_the_sink(scores: jax.Array, sink: jax.Array) -> jax.Array:
    return jnp.nan_to_num(jax.nn.softmax(scores, axis=-1))
