"""Kernels with stochastic gradients on a normal model, whose bias is known to the last digit.

Where the density is normal every step is linear, so the stationary variance of a chain follows from
the step, the noise and the variance of the estimated gradient, which is computed here by hand.
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import solve_discrete_lyapunov
from scipy.stats import chi2, norm

from gendsl.inference.arrays import on_host
from gendsl.inference.chain_sampler import ChainSampler
from gendsl.inference.kernels import Sghmc, Sgld
from gendsl.inference.kernels.step_schedule import Schedule
from gendsl.inference.minibatch import Part, Rows
from gendsl.inference.randomness import Stream, chain_words
from gendsl.inference.run import run
from gendsl.inference.stochastic_scale import Tuning, tuning
from gendsl.inference.target import Target

FALSE_ALARM = 1e-4
ROWS, BATCH, SD = 60, 6, 3.0
_VALUES = np.random.default_rng(5).normal(1.0, SD, ROWS)
PRECISION = 1.0 / 100.0 + ROWS / SD**2
MEAN = _VALUES.sum() / SD**2 / PRECISION


def _prior(data: Any, z: jax.Array) -> jax.Array:
    return -0.5 * jnp.sum(z**2) / 100.0


def _likelihood(data: Any, z: jax.Array) -> jax.Array:
    return -0.5 * jnp.sum((data - z) ** 2) / SD**2


def _part_prior(data: Any, z: jax.Array) -> jax.Array:
    return _prior(None, z)


def _part_likelihood(data: Any, z: jax.Array) -> jax.Array:
    members, values = data
    return ROWS / BATCH * _likelihood(jnp.asarray(values)[members], z)


WHOLE = Target(_prior, _likelihood, 1)
PART = Part(Target(_part_prior, _part_likelihood, 1), ROWS, BATCH)
SOME, ALL = Rows(WHOLE, PART), Rows(WHOLE)
DATA = (_VALUES, _VALUES)


def _gradient_variance() -> float:
    """Of an estimate with one row from each of six stretches of ten."""
    stretches = _VALUES.reshape(BATCH, ROWS // BATCH)
    return float(np.sum((ROWS / BATCH / SD**2) ** 2 * stretches.var(axis=1)))


def _tuning(rows: Rows, step: float, scale: float) -> Tuning:
    noise = 0.0 if rows.part is None else _gradient_variance() * scale**2
    return Tuning(*map(on_host, (np.array([scale]), np.array([noise]), np.asarray(step))))


def _draws(kernel: Any, tuned: Tuning, num_draws: int = 150, seed: int = 3) -> np.ndarray:
    """Draws [chain, draw] of 64 chains, after 50 that are left out."""
    chains = run(
        ChainSampler(kernel, 50),
        (*DATA, tuned),
        seed=seed,
        num_chains=64,
        num_draws=num_draws,
        positions=np.full((64, 1), MEAN),
    )
    return chains.draws[..., 0]


def _p_value(found: np.ndarray, wanted: float) -> float:
    """Of independent means, one for each chain, two-sided."""
    error = found.std(ddof=1) / np.sqrt(len(found))
    return float(2.0 * norm.sf(abs(found.mean() - wanted) / error))


def _p_of_variance(draws: np.ndarray, wanted: float) -> float:
    return _p_value(np.mean((draws - MEAN) ** 2, axis=1), wanted)


def _langevin_variance(step: float, scale: float, noise: float) -> float:
    """The fixed point of v = (1 - e P / 2)^2 v + e + e^2 V / 4, whitened."""
    own = PRECISION * scale**2
    kept = 1.0 - 0.5 * step * own
    return scale**2 * (step + 0.25 * step**2 * noise) / (1.0 - kept**2)


def _hamiltonian_variance(step: float, friction: float, scale: float) -> float:
    """Of u in (u, v), whose noise enters through v, by Lyapunov's equation."""
    own = PRECISION * scale**2
    push = np.array([-step * own, 1.0 - friction])
    update = np.array([[1.0 + push[0], push[1]], push])
    noise = 2.0 * friction * step * np.ones((2, 2))
    return float(scale**2 * solve_discrete_lyapunov(update, noise)[0, 0])


@pytest.mark.parametrize(("count", "batch"), [(12, 4), (10, 3)])
def test_every_member_is_drawn_as_often(count: int, batch: int) -> None:
    """By a chi-squared test; the twin draws from stretches of whole members only."""
    part = Part(WHOLE, count, batch)
    words = jnp.asarray(chain_words(1, 1)[0])
    drawn = jax.vmap(lambda t: part.members(Stream(words, t)))(jnp.arange(20_000, dtype=jnp.uint32))
    members = np.asarray(drawn)
    assert members.shape == (20_000, batch)
    assert members.min() == 0 and members.max() == count - 1
    if count % batch == 0:
        assert (np.diff(np.sort(members, axis=1), axis=1) > 0).all()

    def p_of(drawn: np.ndarray) -> float:
        wanted = drawn.size / count
        # Draws from stretches vary less than independent ones, so the test is on the safe side.
        found = np.sum((np.bincount(drawn.ravel(), minlength=count) - wanted) ** 2) / wanted
        return float(chi2.sf(found, count - 1))

    assert p_of(members) > FALSE_ALARM
    if count % batch:
        places = np.arange(batch) * count // batch
        ends = np.append(places[1:], count)
        twin = np.random.default_rng(0).integers(places, ends, (20_000, batch))
        assert p_of(twin) < FALSE_ALARM


def test_estimates_are_unbiased() -> None:
    """The mean gradient of many minibatches is the gradient, and its variance that by hand."""
    words = jnp.asarray(chain_words(2, 1)[0])
    at = jnp.array([0.3])
    slope = jax.vmap(lambda t: SOME.slope(Stream(words, t), DATA, at)[1][0])
    found = np.asarray(slope(jnp.arange(40_000, dtype=jnp.uint32)))
    exact = float(jax.grad(WHOLE.log_density, 1)(DATA[0], at)[0])
    assert abs(found.mean() - exact) < 4 * found.std() / 200.0
    assert found.var() == pytest.approx(_gradient_variance(), rel=0.05)


def test_what_kernels_are_told() -> None:
    """The scale is one over the root of the precision, the noise the variance by hand."""
    words = jnp.asarray(chain_words(4, 1)[0])
    tuned = tuning(SOME, DATA, np.full((20, 1), MEAN), words)
    assert float(tuned.scale[0]) == pytest.approx(PRECISION**-0.5, rel=1e-6)
    assert float(tuned.noise[0]) == pytest.approx(_gradient_variance() / PRECISION, rel=0.2)
    assert float(tuning(ALL, DATA, np.full((1, 1), MEAN), words).noise[0]) == 0.0


@dataclass(frozen=True, slots=True)
class _HalfTheNoise(Sgld):
    """A twin."""

    def move(self, step: jax.Array, slope: jax.Array, noise: jax.Array) -> jax.Array:
        return 0.5 * step * slope + jnp.sqrt(0.5 * step) * noise


@dataclass(frozen=True, slots=True)
class _Uncorrected(Sghmc):
    """A twin: the noise of the estimates comes on top."""

    def noise(self, step: jax.Array, variance: jax.Array) -> jax.Array:
        return jnp.sqrt(2.0 * self.friction * step) + 0.0 * variance


@pytest.mark.parametrize("rows", [SOME, pytest.param(ALL, marks=pytest.mark.slow)])
def test_langevin_dynamics_has_the_variance_of_its_steps(rows: Rows) -> None:
    """Which is 17 % above the posterior's with minibatches; the twin with half the noise is off."""
    scale = 0.9 * PRECISION**-0.5
    tuned = _tuning(rows, 0.12, scale)
    wanted = _langevin_variance(0.12, scale, float(tuned.noise[0]))
    draws = _draws(Sgld(rows, 8), tuned)
    assert _p_value(draws.mean(axis=1), MEAN) > FALSE_ALARM
    assert _p_of_variance(draws, wanted) > FALSE_ALARM
    assert _p_of_variance(_draws(_HalfTheNoise(rows, 8), tuned), wanted) < FALSE_ALARM


@pytest.mark.slow
def test_hamiltonian_dynamics_takes_out_the_noise_of_minibatches() -> None:
    """The variance is that of its steps, as if all rows were read; the twin's is not."""
    scale = PRECISION**-0.5
    tuned = _tuning(SOME, 0.02, scale)
    wanted = _hamiltonian_variance(0.02, 0.2, scale)
    draws = _draws(Sghmc(SOME, 20, 0.2), tuned)
    assert wanted == pytest.approx(1.0 / PRECISION, rel=0.02)
    assert _p_value(draws.mean(axis=1), MEAN) > FALSE_ALARM
    assert _p_of_variance(draws, wanted) > FALSE_ALARM
    assert _p_of_variance(_draws(_Uncorrected(SOME, 20, 0.2), tuned), wanted) < FALSE_ALARM


def test_kernels_say_that_they_are_not_exact() -> None:
    assert not Sgld(ALL).facts.is_exact and not Sghmc(ALL).facts.is_exact


def test_a_step_without_a_finite_gradient_is_left_out() -> None:
    broken = Target(_prior, lambda data, z: -jnp.sqrt(1.0 - jnp.sum(z)), 1)
    tuned = Tuning(jnp.ones(1), jnp.zeros(1), jnp.asarray(1.0))
    words = jnp.asarray(chain_words(1, 1)[0])
    for kernel in (Sgld(Rows(broken), 20), Sghmc(Rows(broken), 20)):
        data = (None, (), tuned)
        start = kernel.init(data, jnp.full(1, 0.9))
        state, info = kernel.step(data, (), Stream(words, jnp.uint32(0)), start)
        assert np.isfinite(np.asarray(state.position)).all()
        assert int(info.status) != 0


def test_schedules() -> None:
    """Decaying steps halve after 700 draws; a cycle falls to nothing, the first half unheated."""
    steps, heat = Schedule.DECAYING.factors(jnp.uint32(700), 3, float)
    assert np.allclose(steps, 0.5) and np.all(heat == 1.0)
    steps, heat = Schedule.CYCLICAL.factors(jnp.uint32(9), 4, float)
    assert np.allclose(steps, [1.0, 0.5 + 0.25 * np.sqrt(2.0), 0.5, 0.5 - 0.25 * np.sqrt(2.0)])
    assert heat.tolist() == [0.0, 0.0, 1.0, 1.0]
