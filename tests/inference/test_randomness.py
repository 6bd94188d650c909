"""The counter-based generator: known answers, independence of layout, the right distributions."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from gendsl.inference.randomness import (
    Stream,
    chain_words,
    standard_normals,
    threefry,
    unit_interval,
)

_ONES = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("key", "counter", "answer"),
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((_ONES, _ONES), (_ONES, _ONES), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_threefry_gives_the_published_answers(key, counter, answer) -> None:
    high, low = (jnp.uint32(word) for word in counter)
    drawn = threefry(jnp.array(key, jnp.uint32), high, low)
    assert tuple(int(word) for word in drawn) == answer


def test_uniforms_stay_inside_the_unit_interval() -> None:
    extremes = jnp.array([0, _ONES], jnp.uint32)
    for dtype in (jnp.float32, jnp.float64):
        low, high = unit_interval(extremes, dtype)
        assert 0.0 < low < 1e-6
        assert 1.0 - 1e-6 < high < 1.0


def test_words_do_not_depend_on_the_number_of_chains() -> None:
    np.testing.assert_array_equal(chain_words(7, 2), chain_words(7, 5)[:2])
    assert len(np.unique(chain_words(7, 100), axis=0)) == 100
    with pytest.raises(ValueError, match="seed"):
        chain_words(-1, 1)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_normals_are_normal_and_fresh_each_transition(size: int) -> None:
    words = jnp.asarray(chain_words(3, 1)[0])
    transitions = jnp.arange(20_000, dtype=jnp.uint32)
    draws = jax.vmap(lambda t: standard_normals(Stream(words, t), size, jnp.float64))(transitions)
    for column in np.asarray(draws).T:
        assert stats.kstest(column, "norm").pvalue > 1e-4 / size
    if size > 1:
        correlation = np.corrcoef(np.asarray(draws).T)
        assert np.abs(correlation - np.eye(size)).max() < 4.5 / np.sqrt(20_000)


def test_tree_bits_are_uniform_with_a_fair_coin() -> None:
    words = jnp.asarray(chain_words(4, 1)[0])
    bits = jax.vmap(lambda i: Stream(words, jnp.uint32(9)).bits(i))(jnp.arange(20_000))
    for column in np.asarray(unit_interval(bits, jnp.float64)).T:
        assert stats.kstest(column, "uniform").pvalue > 1e-4
    heads = int(np.sum(np.asarray(bits)[:, 1] & 1))
    assert stats.binomtest(heads, 20_000).pvalue > 1e-4
