"""Draws from a guide with both densities, in rows of one size: any number of them, one program.

The first draws are the same however many are asked for.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.executables import in_blocks, stored
from gendsl.inference.approximations.guide import Guide
from gendsl.inference.arrays import on_host
from gendsl.inference.randomness import Stream
from gendsl.inference.target import Data, Target, has_failed

_ROWS = 256


class Sample(NamedTuple):
    """Draws from a guide.

    Attributes:
        positions: [draw, dim].
        log_q: the guide's log density [draw].
        log_p: the target's [draw]; NaN where it could not be computed.
    """

    positions: np.ndarray
    log_q: np.ndarray
    log_p: np.ndarray


def sample(
    target: Target, guide: Guide, data: Data, params: Any, words: jax.Array, num_draws: int
) -> Sample:
    """Draw ``num_draws`` positions and evaluate both densities there.

    Raises:
        ValueError: if ``num_draws`` is below 1.
    """
    tables = [
        np.asarray(_weigh(target, guide, data, params, words, chunk))
        for chunk in _chunks(num_draws)
    ]
    table = np.concatenate(tables)[:num_draws]
    return Sample(table[:, :-2].copy(), table[:, -2].copy(), table[:, -1].copy())


def draw(guide: Guide, params: Any, words: jax.Array, num_draws: int) -> np.ndarray:
    """Return positions [num_draws, dim].

    Raises:
        ValueError: if ``num_draws`` is below 1.
    """
    rows = [np.asarray(_draw(guide, params, words, chunk)) for chunk in _chunks(num_draws)]
    return np.concatenate(rows)[:num_draws].copy()


def uniforms(words: jax.Array, count: int) -> np.ndarray:
    """Return uniforms on (0, 1) [count]."""
    rows = [np.asarray(_uniforms(words, chunk)) for chunk in _chunks(max(count, 1))]
    return np.concatenate(rows)[:count]


def _chunks(num_draws: int) -> list[jax.Array]:
    if num_draws < 1:
        raise ValueError(f"num_draws must be at least 1, got {num_draws}")
    return [on_host(np.uint32(chunk)) for chunk in range(-(-num_draws // _ROWS))]


@stored("target", "guide")
def _weigh(
    target: Target, guide: Guide, data: Data, params: Any, words: jax.Array, chunk: jax.Array
) -> jax.Array:
    positions, log_q = guide.draw(Stream(words, chunk), params, _ROWS)
    log_p = in_blocks(lambda position: target.log_density(data, position), positions)
    log_p = jnp.where(has_failed(log_p), jnp.nan, log_p)
    return jnp.concatenate([positions, log_q[:, None], log_p[:, None]], axis=1)


@stored("guide")
def _draw(guide: Guide, params: Any, words: jax.Array, chunk: jax.Array) -> jax.Array:
    return guide.draw(Stream(words, chunk), params, _ROWS)[0]


@stored()
def _uniforms(words: jax.Array, chunk: jax.Array) -> jax.Array:
    return Stream(words, chunk).uniforms(_ROWS, jnp.result_type(float))
