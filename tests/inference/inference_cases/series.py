"""Series with known likelihoods: a chain of two states, and a Gaussian level."""

import itertools

import jax.numpy as jnp
import numpy as np

from gendsl.inference.populations import Guide, StateSpace

# Every probability is a multiple of 1/4, and so is every pair of normalised weights.


def _stays(theta):
    return jnp.where(theta[0] == 0, 0.75, 0.25)


def _log_step(theta, before, after, row):
    stays = _stays(theta)
    return jnp.log(jnp.where(before == after, stays, 1 - stays))


def _draw_step(draws, theta, before, row):
    log_weights = jnp.stack([_log_step(theta, before, value, row) for value in (0.0, 1.0)])
    return draws.choose(log_weights).astype(float)


SWITCH = StateSpace(
    draw_initial=lambda draws, theta, row: draws.choose(jnp.log(jnp.array([0.5, 0.5]))) * 1.0,
    draw_next=_draw_step,
    log_initial=lambda theta, state, row: jnp.log(0.5),
    log_next=_log_step,
    log_observation=lambda theta, state, row: jnp.log(jnp.where(state == row, 0.75, 0.25)),
)
"""A state of 0 or 1 that stays with probability 3/4, or 1/4 where theta is 1; seen right at 3/4."""


def switch_paths(theta: float, rows: np.ndarray) -> dict[tuple[float, ...], float]:
    """Return p(path, rows | theta) of every path."""
    stays = 0.75 if theta == 0 else 0.25
    found = {}
    for path in itertools.product((0.0, 1.0), repeat=len(rows)):
        value = 0.5
        for before, after in itertools.pairwise(path):
            value *= stays if before == after else 1 - stays
        for state, row in zip(path, rows, strict=True):
            value *= 0.75 if state == row else 0.25
        found[path] = value
    return found


START, STEP, NOISE = 1.0, 0.5, 0.7


def _log_normal(value, mean, sd):
    return -0.5 * ((value - mean) / sd) ** 2 - jnp.log(sd) - 0.5 * jnp.log(2 * jnp.pi)


LEVEL = StateSpace(
    draw_initial=lambda draws, theta, row: START * draws.normals(1, float)[0],
    draw_next=lambda draws, theta, x, row: theta[0] * x + STEP * draws.normals(1, float)[0],
    log_initial=lambda theta, x, row: _log_normal(x, 0.0, START),
    log_next=lambda theta, x, after, row: _log_normal(after, theta[0] * x, STEP),
    log_observation=lambda theta, x, row: _log_normal(row, x, NOISE),
)
"""x' = theta x + 0.5 noise, seen with noise 0.7."""


def _guided(prior_mean, prior_sd, row):
    precision = prior_sd**-2 + NOISE**-2
    return (prior_mean / prior_sd**2 + row / NOISE**2) / precision, precision**-0.5


def _guided_draw(draws, mean, sd, row):
    mean, sd = _guided(mean, sd, row)
    return mean + sd * draws.normals(1, float)[0]


LEVEL_GUIDE = Guide(
    draw_initial=lambda draws, theta, row: _guided_draw(draws, 0.0, START, row),
    draw_next=lambda draws, theta, x, row: _guided_draw(draws, theta[0] * x, STEP, row),
    log_initial=lambda theta, x, row: _log_normal(x, *_guided(0.0, START, row)),
    log_next=lambda theta, x, after, row: _log_normal(after, *_guided(theta[0] * x, STEP, row)),
)
"""The states given their observation, exactly."""

LEVEL_ROWS = np.array([0.3, 1.1, 0.4, -0.2, 0.9, 1.6, 0.8, 0.1])


def kalman(theta: np.ndarray, rows: np.ndarray = LEVEL_ROWS) -> np.ndarray:
    """Return the level's log p(rows | theta), of all thetas at once, by Kalman's filter (1960)."""
    mean, variance = np.zeros_like(theta), np.full_like(theta, START**2)
    total = np.zeros_like(theta)
    for row in rows:
        spread = variance + NOISE**2
        total = total - 0.5 * ((row - mean) ** 2 / spread + np.log(2 * np.pi * spread))
        gain = variance / spread
        mean, variance = mean + gain * (row - mean), (1 - gain) * variance
        mean, variance = theta * mean, theta**2 * variance + STEP**2
    return total


def level_posterior(rows: np.ndarray = LEVEL_ROWS) -> tuple[float, float, float]:
    """Return mean and standard deviation of theta ~ N(0, 1) given rows, and the log evidence."""
    thetas = np.linspace(-6, 6, 20_001)
    log_joint = kalman(thetas, rows) - 0.5 * thetas**2 - 0.5 * np.log(2 * np.pi)
    top = log_joint.max()
    joint = np.exp(log_joint - top)
    mean = joint @ thetas / joint.sum()
    sd = np.sqrt(joint @ (thetas - mean) ** 2 / joint.sum())
    return mean, sd, top + np.log(joint.sum() * (thetas[1] - thetas[0]))
