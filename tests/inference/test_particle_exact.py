"""Law W2 and its kin, exactly: a chain of two states, two particles, every outcome."""

import functools
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from inference_cases.series import SWITCH, switch_paths
from inference_cases.tapes import on_all, on_tapes, tapes

from gendsl.inference import Params, Site, Target
from gendsl.inference.populations import (
    ParticleFilter,
    Pmmh,
    StateSpace,
    conditional_path,
    draw_path,
    systematic,
)

ROWS = np.array([0.0, 1.0])
THETAS = (0.0, 1.0)
PRIOR = np.array([0.3, 0.7])
ALWAYS = 2.0
FILTER = ParticleFilter(SWITCH, 2, resample_below=ALWAYS)
CELLS = (2, 2, 4, 4, 4)
"""What the filter draws: two first states, one point to resample by, two next states."""


def _estimates(particle_filter: ParticleFilter, rows=ROWS, cells=CELLS) -> np.ndarray:
    """Return Z(theta, outcome), [theta, outcome]."""

    def one(tape, theta):
        return jnp.exp(particle_filter.estimate(tape, theta[None], rows))

    return on_all(one, tapes(*cells), THETAS)


def _truth(rows=ROWS) -> np.ndarray:
    return np.array([sum(switch_paths(theta, rows).values()) for theta in THETAS])


@functools.cache
def _table() -> np.ndarray:
    return _estimates(FILTER)


def test_a_filter_estimates_the_likelihood_without_bias() -> None:
    np.testing.assert_allclose(_table().mean(1), _truth(), rtol=1e-12)


def test_so_it_does_over_three_times_when_it_resamples_by_need() -> None:
    """Two points for a multinomial scheme would be too many outcomes; systematic has one."""
    rows = np.array([0.0, 1.0, 1.0])
    by_need = ParticleFilter(SWITCH, 2, resample_below=0.9)
    found = _estimates(by_need, rows, (2, 2, 2, 4, 4, 2, 4, 4))
    np.testing.assert_allclose(found.mean(1), _truth(rows), rtol=1e-12)


def _wrong_scheme(draws, log_weights, count):
    return systematic(draws, 2 * log_weights, count)


def test_a_filter_that_resamples_wrongly_is_biased() -> None:
    broken = ParticleFilter(SWITCH, 2, scheme=_wrong_scheme, resample_below=ALWAYS)
    bias = _estimates(broken, cells=(2, 2, 20, 4, 4)).mean(1) / _truth() - 1
    assert np.abs(bias).max() > 1e-2


def test_paths_come_in_proportion_to_estimate_times_choice() -> None:
    """E[Z 1(path)] is p(path, rows) of every path; the choice of a path is drawn too."""

    def method(tape):
        for_filter, for_path = tape.parts(2)
        filtered = FILTER.run(for_filter, jnp.zeros(1), ROWS)
        return jnp.exp(filtered.log_evidence), draw_path(for_path, filtered)

    masses, paths = on_tapes(method, tapes(*CELLS, 4))
    for path, value in switch_paths(0.0, ROWS).items():
        is_it = (paths == np.array(path)).all(1)
        np.testing.assert_allclose((masses * is_it).mean(), value, rtol=1e-12)


# Particle marginal Metropolis.


@dataclass(frozen=True, slots=True)
class _Table:
    """The filter's estimate at theta and the number of an outcome, both in the position."""

    size: int

    def __call__(self, data, position):
        return jnp.log(jnp.asarray(data)[_index(position[0]), position[1].astype(int)])


def _index(theta):
    return jnp.clip(theta, 0, 1).astype(int)


def _log_prior(data, position):
    theta = position[0]
    is_state = (theta == 0) | (theta == 1)
    return jnp.where(is_state, jnp.log(jnp.asarray(PRIOR))[_index(theta)], -jnp.inf)


class _Given:
    """Gives the noise, the uniform and the decision; keeps the decision's probability."""

    def __init__(self, noise, uniform, decision) -> None:
        self.noise, self.uniform, self.decision, self.chance = noise, uniform, decision, None

    def parts(self, count):
        return (self,) * count

    def normals(self, size, dtype):
        return jnp.full(size, self.noise)

    def uniforms(self, size, dtype):
        return jnp.full(size, self.uniform)

    def coin(self, log_probability):
        chance = jnp.exp(jnp.minimum(jnp.nan_to_num(log_probability, nan=-jnp.inf), 0.0))
        self.chance = jnp.where(self.decision, chance, 1 - chance)
        return self.decision


def _transition(kernel: Pmmh, table: np.ndarray) -> np.ndarray:
    """Return the kernel's matrix over [theta, outcome]; steps of theta are -1 and 1."""
    count = table.shape[1]
    params = Params(jnp.ones(()), jnp.ones(2))

    def one(theta, outcome, noise, fresh, decision):
        draws = _Given(noise, (fresh + 0.5) / count, decision)
        state = kernel.init(table, jnp.stack([theta, outcome]).astype(float))
        end, _ = kernel.step(table, params, draws, state)
        return end.position[0] * count + end.position[1], draws.chance / (2 * count)

    axes = (np.arange(2), np.arange(count), (-1.0, 1.0), np.arange(count), (False, True))
    grid = [axis.reshape(-1) for axis in np.meshgrid(*axes, indexing="ij")]
    after, chance = (np.asarray(part) for part in jax.jit(jax.vmap(one))(*grid))
    is_possible = chance > 0
    before = grid[0] * count + grid[1]
    matrix = np.zeros((2 * count, 2 * count))
    cells = (before[is_possible], after[is_possible].astype(int))
    np.add.at(matrix, cells, chance[is_possible])
    return matrix


def test_pmmh_keeps_the_extended_target_and_so_the_posterior() -> None:
    """With outcomes of equal Z taken together; the twin that draws Z anew keeps neither."""
    found, where = np.unique(np.round(_table(), 14), axis=1, return_inverse=True)
    repeats = np.bincount(where.reshape(-1))
    # Outcomes stay equally likely: each distinct one is there as often as it occurs.
    table = np.repeat(found, repeats // np.gcd.reduce(repeats), axis=1)
    count = table.shape[1]
    np.testing.assert_allclose(table.mean(1), _truth(), rtol=1e-12)
    sites = (Site("theta", 0, 1, 2), Site("seed", 1, 2, count))
    kernel = Pmmh(Target(_log_prior, _Table(count), 2, sites))
    matrix = _transition(kernel, table)
    np.testing.assert_allclose(matrix.sum(1), 1.0, rtol=1e-12)
    extended = (PRIOR[:, None] * table).reshape(-1)
    extended /= extended.sum()
    assert np.abs(extended @ matrix - extended).max() < 1e-12
    flow = extended[:, None] * matrix
    assert np.abs(flow - flow.T).max() < 1e-12
    posterior = PRIOR * _truth()
    marginal = extended.reshape(2, -1).sum(1)
    np.testing.assert_allclose(marginal, posterior / posterior.sum(), rtol=1e-12)

    anew = np.kron(np.eye(2), np.full((count, count), 1 / count)) @ matrix
    powers = np.linalg.matrix_power(anew, 500)[0].reshape(2, -1).sum(1)
    assert np.abs(powers - marginal).max() > 1e-3


# Conditional SMC.


def _path_matrix(model: StateSpace) -> np.ndarray:
    """Return the matrix of `conditional_path` over the four paths, at theta 0."""
    paths = np.array(list(switch_paths(0.0, ROWS)))

    def method(tape, path):
        return conditional_path(tape, model, 2, jnp.zeros(1), ROWS, path)

    ends = on_all(method, tapes(2, 4, 4, 20, 4), paths)
    return (ends[:, None] == paths[:, None]).all(-1).mean(-1)


def test_conditional_smc_keeps_the_paths_posterior() -> None:
    target = np.array(list(switch_paths(0.0, ROWS).values()))
    target /= target.sum()
    matrix = _path_matrix(SWITCH)
    assert np.abs(target @ matrix - target).max() < 1e-12
    assert matrix.min() > 0


def _no_link(theta, before, after, row):
    return jnp.zeros(())


def test_ancestors_drawn_without_the_transition_do_not() -> None:
    target = np.array(list(switch_paths(0.0, ROWS).values()))
    target /= target.sum()
    broken = StateSpace(
        SWITCH.draw_initial, SWITCH.draw_next, SWITCH.log_initial, _no_link, SWITCH.log_observation
    )
    matrix = _path_matrix(broken)
    assert np.abs(target @ matrix - target).max() > 1e-3
