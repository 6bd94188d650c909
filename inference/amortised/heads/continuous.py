"""What heads of continuous targets share: their units, and how a network reads a target."""

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
