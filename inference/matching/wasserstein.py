"""1-Wasserstein distance by Kantorovich's dual: the largest difference of means under a critic.

    W_1(f, g) = sup over phi of slope at most 1 of E phi(f) - E phi(g)

The critic is a network of two hidden layers of softplus units, trained by Adam; a penalty keeps the
norm of its gradient near 1 between pairs of draws. What is reported is no critic's value, which is
a lower bound, but the distance of two samples by their best assignment.

Sources: Tran, Rossi, Milios & Filippone (2022), "All you need is a good functional prior for
Bayesian deep learning", equations 14 and 18; Gulrajani et al. (2017), equation 3 (the penalty).
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from scipy.optimize import linear_sum_assignment

from gendsl.inference.matching.distance import Draw

_RATE = 1e-3
_BETAS = (0.5, 0.9)


@dataclass(frozen=True)
class Wasserstein:
    """The distance, by a critic of ``units`` units that takes ``critic_steps`` before each step."""

    critic_steps: int = 20
    units: int = 100
    penalty: float = 10.0

    @property
    def power(self) -> int:
        """The distance itself is estimated."""
        return 1

    def start(self, key: jax.Array, num_points: int) -> Any:
        """Return the weights of a random critic, and the moments of its gradients."""
        sizes = (num_points, self.units, self.units, 1)
        keys = jax.random.split(key, 3)
        weights = [
            (jax.random.normal(k, (n, m)) / jnp.sqrt(n), jnp.zeros(m))
            for k, n, m in zip(keys, sizes[:-1], sizes[1:], strict=True)
        ]
        return weights, _optimiser().init(weights)

    def improve(self, state: Any, key: jax.Array, draw: Draw) -> Any:
        """Return the critic after ``critic_steps`` steps, each with draws of its own."""

        def step(state: Any, key: jax.Array) -> tuple[Any, None]:
            weights, moments = state
            key_draw, key_between = jax.random.split(key)
            first, second = draw(key_draw)
            gradient = jax.grad(self._shortfall)(weights, key_between, first, second)
            changes, moments = _optimiser().update(gradient, moments, weights)
            return (optax.apply_updates(weights, changes), moments), None

        return jax.lax.scan(step, state, jax.random.split(key, self.critic_steps))[0]

    def loss(self, state: Any, key: jax.Array, first: jax.Array, second: jax.Array) -> jax.Array:
        """Return the difference of the critic's means."""
        weights, _ = state
        return jnp.mean(_critic(weights, first)) - jnp.mean(_critic(weights, second))

    def _shortfall(
        self, weights: Any, key: jax.Array, first: jax.Array, second: jax.Array
    ) -> jax.Array:
        """Minus the difference of means, with the penalty of slopes other than 1."""
        share = jax.random.uniform(key, (len(first), 1), first.dtype)
        between = share * first + (1 - share) * second
        slopes = jax.vmap(jax.grad(lambda x: _critic(weights, x)))(between)
        excess = jnp.sqrt(jnp.sum(slopes**2, axis=-1) + 1e-12) - 1
        gain = jnp.mean(_critic(weights, first)) - jnp.mean(_critic(weights, second))
        return self.penalty * jnp.mean(excess**2) - gain

    def measured(self, key: jax.Array, first: np.ndarray, second: np.ndarray) -> float:
        """Return the distance of two samples of one size: the mean length of the best pairs.

        Not a number where a value is none, or infinite.
        """
        if not (np.all(np.isfinite(first)) and np.all(np.isfinite(second))):
            return float("nan")
        lengths = np.linalg.norm(first[:, None, :] - second[None, :, :], axis=-1)
        return float(lengths[linear_sum_assignment(lengths)].mean())


def _optimiser() -> Any:
    return optax.adam(_RATE, *_BETAS)


def _critic(weights: Any, values: jax.Array) -> jax.Array:
    """One number for each function's values [..., point]."""
    *hidden, (last, bias) = weights
    for weight, offset in hidden:
        values = jax.nn.softplus(values @ weight + offset)
    found: jax.Array = (values @ last + bias)[..., 0]
    return found
