"""Chains that go astray in warm-up are replaced; chains in modes that share the mass are not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gendsl.inference import Nuts, NutsSampler, Target, metric
from gendsl.inference.probation import restarts

_DIM = 8
_APART = 60.0


def _two_modes(log_share: float) -> Target:
    """Unit normals around 0 and around 60 in every coordinate, the second `log_share` the less."""

    def log_likelihood(data: object, z: jax.Array) -> jax.Array:
        del data
        near = -0.5 * jnp.sum(z**2)
        far = log_share - 0.5 * jnp.sum((z - _APART) ** 2)
        return jnp.logaddexp(near, far)

    return Target(lambda data, z: 0.0 * z[0], log_likelihood, _DIM)


def _starts() -> np.ndarray:
    starts = np.random.default_rng(0).normal(size=(4, _DIM))
    starts[2] += _APART
    return starts


def _run(log_share: float, cuts: tuple[int, ...] = (200,)) -> tuple[object, np.ndarray]:
    sampler = NutsSampler(Nuts(_two_modes(log_share)), 150)
    carry = sampler.init((), 1, _starts())
    pieces = []
    for cut in cuts:
        carry, draws, _ = sampler.chunk((), carry, cut)
        pieces.append(draws)
    return carry, np.concatenate(pieces, axis=1)


def test_a_chain_in_a_mode_without_mass_is_replaced() -> None:
    carry, draws = _run(-80.0)
    (restart,) = carry.restarts
    assert (restart.chain, restart.donor in (0, 1, 3)) == (2, True)
    assert restart.gap == pytest.approx(80.0, abs=10.0)
    assert np.abs(draws[:, 150:]).max() < 10.0


def test_a_mode_with_a_part_of_the_mass_keeps_its_chain() -> None:
    carry, draws = _run(-5.0)
    assert carry.restarts == ()
    assert draws[2, 150:].min() > 50.0


def test_replaced_or_not_the_draws_do_not_depend_on_the_chunks() -> None:
    whole, pieces = _run(-80.0), _run(-80.0, (74, 1, 1, 24, 1, 99))
    np.testing.assert_array_equal(pieces[1], whole[1])
    assert pieces[0].restarts == whole[0].restarts


def test_a_narrow_mode_does_not_win_by_its_height() -> None:
    """Two normals of one mass, the scales 1 and 1e-3: log densities differ by 55."""
    rng = np.random.default_rng(1)
    scales = np.array([1.0, 1e-3])
    standard = rng.normal(size=(2, 50, _DIM))
    draws = scales[:, None, None] * standard
    heights = -0.5 * np.sum(standard**2, axis=-1) - _DIM * np.log(scales)[:, None]
    assert heights[1].mean() - heights[0].mean() > 50.0
    moments = metric.empty(jnp.zeros((2, _DIM)))
    for at in range(50):
        moments = jax.vmap(metric.observe)(moments, draws[:, at], draws[:, at], heights[:, at])
    assert restarts(moments, 75) == ()


def test_no_chain_is_replaced_where_all_are_lost() -> None:
    moments = metric.empty(jnp.zeros((3, _DIM)))._replace(log_density_mean=jnp.full(3, -jnp.inf))
    assert restarts(moments, 75) == ()
