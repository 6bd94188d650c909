"""Law W1, exactly: combinators leave E[exp(log evidence) sum_i W_i f(x_i)] as it should be."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from inference_cases.tapes import on_tapes, tapes

from gendsl.inference import Info
from gendsl.inference.populations import (
    Weighted,
    ess,
    even,
    extend,
    move,
    multinomial,
    resample,
    residual,
    reweight,
    spawn,
    stratified,
    systematic,
)

SCHEMES = (multinomial, stratified, systematic, residual)
WEIGHTS = np.array([0.25, 0.25, 0.5])
ALWAYS = 2.0


def mass(population: Weighted, values) -> jax.Array:
    """Return mu(f) for every indicator f of a state among `values`."""
    shares = jnp.exp(population.log_evidence + population.log_weights)
    return jnp.stack([jnp.sum(shares * (population.positions == value)) for value in values])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_offspring_are_in_proportion_on_average(scheme) -> None:
    """3 ancestors of 3 particles, and 2 of 3."""
    for count in (3, 2):
        draws = 1 if scheme is systematic else count
        numbers = tapes(*([8] * draws))
        ancestors = on_tapes(lambda tape, n=count: scheme(tape, jnp.log(WEIGHTS), n), numbers)
        counts = np.stack([(ancestors == i).sum(1) for i in range(3)], axis=1)
        np.testing.assert_allclose(counts.mean(0), count * WEIGHTS, atol=1e-12)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_particle_without_weight_has_no_offspring(scheme) -> None:
    log_weights = jnp.log(jnp.array([0.0, 0.5, 0.0, 0.5, 0.0]))
    edge = np.array([[1e-300] * 5, [1 - 1e-16] * 5, [0.5] * 5])
    numbers = edge[:, :1] if scheme is systematic else edge
    ancestors = on_tapes(lambda tape: scheme(tape, log_weights, 5), numbers)
    assert set(np.unique(ancestors)) <= {1, 3}


# A state of 0 or 1, each with probability 1/2, weighted by (1, 3)/2.
LIKELIHOOD = np.array([0.5, 1.5])
NUMBERS = tapes(2, 2, 4, 3, 3)


def _draw(draws):
    return draws.choose(jnp.zeros(2))


def _height(states):
    return jnp.log(jnp.asarray(LIKELIHOOD))[states]


def _flip(draws, state):
    """Metropolis on the posterior (1/4, 3/4)."""
    ratio = _height(1 - state) - _height(state)
    return jnp.where(draws.coin(ratio), 1 - state, state), Info(ratio, ratio, ratio)


def _smc(tape, resampled=resample, weighted=reweight, flip=_flip) -> jax.Array:
    for_spawn, for_ancestors, for_moves = tape.parts(3)
    population = spawn(for_spawn, 2, _draw)
    population = weighted(population, _height(population.positions))
    population, _ = resampled(for_ancestors, population, systematic, ALWAYS)
    population, _ = move(for_moves, population, flip)
    return mass(population, (0, 1))


def test_smc_keeps_the_measure() -> None:
    """spawn, reweight, resample, move: the mass is prior times likelihood at each state."""
    average = on_tapes(_smc, NUMBERS).mean(0)
    np.testing.assert_allclose(average, LIKELIHOOD / 2, atol=1e-12)


def test_the_size_that_triggers_resampling_does_not_matter() -> None:
    """ESS is 1.6 with unequal weights: below 1.8 they are resampled, below 1 they are not."""
    for below in (0.9, 0.5):
        some = partial(resample_below, below=below)
        average = on_tapes(partial(_smc, resampled=some), NUMBERS).mean(0)
        np.testing.assert_allclose(average, LIKELIHOOD / 2, atol=1e-12)


def resample_below(tape, population, scheme, _, below):
    return resample(tape, population, scheme, below)


def _by_squares(tape, population, scheme, below):
    """Resamples by the squares of the weights."""
    wrong, ancestors = resample(
        tape, population._replace(log_weights=2 * population.log_weights), scheme, below
    )
    return wrong, ancestors


def _without_reset(tape, population, scheme, below):
    """Keeps the weights after resampling."""
    after, ancestors = resample(tape, population, scheme, below)
    return after._replace(log_weights=population.log_weights[ancestors]), ancestors


def _without_evidence(population, increments):
    """Normalises weights and forgets what they added up to."""
    return reweight(population, increments)._replace(log_evidence=population.log_evidence)


def _always_flip(draws, state):
    draws.coin(0.0)
    return 1 - state, Info(state, state, state)


@pytest.mark.parametrize(
    "broken",
    [
        {"resampled": _by_squares},
        {"resampled": _without_reset},
        {"weighted": _without_evidence},
        {"weighted": lambda population, increments: population},
        {"flip": _always_flip},
    ],
)
def test_broken_combinators_do_not(broken) -> None:
    average = on_tapes(partial(_smc, **broken), NUMBERS).mean(0)
    assert np.abs(average - LIKELIHOOD / 2).max() > 1e-2


def test_extend_appends_with_its_weight() -> None:
    """A next state by a proposal other than the model's: the mass is the model's."""
    model = np.array([[0.75, 0.25], [0.5, 0.5]])

    def grow(draws, state):
        after = draws.choose(jnp.zeros(2))
        weight = jnp.log(jnp.asarray(model))[state, after] - jnp.log(0.5)
        return 2 * state + after, weight

    def method(tape):
        for_spawn, for_growth = tape.parts(2)
        return mass(extend(for_growth, spawn(for_spawn, 2, _draw), grow), range(4))

    average = on_tapes(method, tapes(2, 2, 2, 2)).mean(0)
    np.testing.assert_allclose(average, model.reshape(-1) / 2, atol=1e-12)


def test_nothing_left_is_a_population_of_mass_nothing() -> None:
    """Impossible particles, and weights that are no numbers."""
    population = reweight(even(jnp.arange(3.0)), jnp.array([-jnp.inf, jnp.nan, jnp.inf]))
    assert population.log_evidence == -jnp.inf
    np.testing.assert_allclose(jnp.exp(population.log_weights).sum(), 1.0)
    some = reweight(even(jnp.arange(3.0)), jnp.array([0.0, jnp.nan, -1e308]))
    np.testing.assert_allclose(some.log_evidence, -np.log(3.0))
    np.testing.assert_allclose(ess(some.log_weights), 1.0)
