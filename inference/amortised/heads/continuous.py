"""What heads of continuous targets share: their units, how a network reads one, and moments."""

import jax
import jax.numpy as jnp
import numpy as np

_LINEAR_UP_TO = 5.0
_CENTRAL = (0.15865525, 0.84134475)
"""Between which a normal has two standard deviations."""


def units_of(draws: np.ndarray) -> tuple[float, float]:
    """Return the median and half the range of the central 68% of ``draws`` [n].

    Of a normal these are its mean and standard deviation; unlike those, heavy tails do not move
    them. Where two thirds of the draws are one value the standard deviation serves, and 1 where all
    are.
    """
    draws = np.asarray(draws, np.float64)
    low, middle, high = np.quantile(draws, [_CENTRAL[0], 0.5, _CENTRAL[1]])
    candidates = (0.5 * (high - low), float(np.std(draws)))
    scale = next((s for s in candidates if s > 1e-12 * (1.0 + abs(middle))), 1.0)
    return float(middle), float(scale)


def tamed(values: jax.Array) -> jax.Array:
    """Return ``values``, which beyond 5 in size grow as a logarithm does.

    Inputs of any size leave a network finite numbers, and what is usual stays linear.
    """
    size = jnp.abs(values)
    beyond = _LINEAR_UP_TO + jnp.log1p(jnp.maximum(size - _LINEAR_UP_TO, 0.0))
    return jnp.where(size <= _LINEAR_UP_TO, values, jnp.sign(values) * beyond)


class Continuous:
    """A head of a continuous target: the half of :class:`Head` that all of them share."""

    @property
    def num_inputs(self) -> int:
        """See :class:`Head`."""
        return 1

    def units(self, y: np.ndarray) -> tuple[float, float]:
        """See :class:`Head`."""
        return units_of(y)

    def encode(self, y: jax.Array) -> jax.Array:
        """See :class:`Head`."""
        return tamed(y)[..., None]


def mixed_variance(weights: jax.Array, means: jax.Array, variances: jax.Array) -> jax.Array:
    """Return ``Σ_k w_k (v_k + (m_k - m)²)`` [...] over the last axis, ``m = Σ_k w_k m_k``."""
    gaps = means - jnp.sum(weights * means, axis=-1, keepdims=True)
    variance: jax.Array = jnp.sum(weights * (variances + gaps**2), axis=-1)
    return variance
