"""Mixtures of normals.

    q(y) = Σ_k w_k N(y; m_k, s_k²),  w = softmax(a),  m_k = c_k + b_k,  s_k = s_0 exp(d_k) + 10⁻⁴

with the outputs a, b, d. The c_k are spread over the line as quantiles of a standard normal are, so
that components differ from the first step on.

Source: Bishop (1994), "Mixture density networks".
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp, ndtr
from scipy.special import ndtri

from gendsl.inference.amortised.heads.continuous import Continuous, mixed_variance

_LEAST_SD = 1e-4
_MOST_LOG = 12.0
_HALF_LOG_TWO_PI = float(0.5 * np.log(2.0 * np.pi))
_FARTHEST = 8.0
"""Standard deviations from a mean within which all quantiles are looked for."""
_HALVINGS = 40


@dataclass(frozen=True)
class Mixture(Continuous):
    """``count`` normals; ``reference`` is empty.

    Raises:
        ValueError: if ``count`` is below 1.
    """

    count: int = 5

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"a mixture has at least 1 component, got {self.count}")

    @property
    def num_outputs(self) -> int:
        """See :class:`Head`: a logit, a shift and a log scale of each."""
        return 3 * self.count

    def reference(self, y: np.ndarray) -> np.ndarray:
        """See :class:`Head`."""
        return np.zeros(0, np.float32)

    def log_density(self, reference: jax.Array, outputs: jax.Array, y: jax.Array) -> jax.Array:
        """See :class:`Head`."""
        log_weights, means, scales = self._parts(outputs)
        distance = (y[..., None] - means) / scales
        each = log_weights - 0.5 * distance**2 - jnp.log(scales) - _HALF_LOG_TWO_PI
        density: jax.Array = logsumexp(each, axis=-1)
        return density

    def cdf(self, reference: jax.Array, outputs: jax.Array, y: jax.Array) -> jax.Array:
        """See :class:`Head`."""
        log_weights, means, scales = self._parts(outputs)
        each = ndtr((y[..., None] - means) / scales)
        share: jax.Array = jnp.sum(jnp.exp(log_weights) * each, axis=-1)
        return share

    def mean(self, reference: jax.Array, outputs: jax.Array) -> jax.Array:
        """See :class:`Head`."""
        log_weights, means, _ = self._parts(outputs)
        mean: jax.Array = jnp.sum(jnp.exp(log_weights) * means, axis=-1)
        return mean

    def variance(self, reference: jax.Array, outputs: jax.Array) -> jax.Array:
        """See :class:`Head`."""
        log_weights, means, scales = self._parts(outputs)
        return mixed_variance(jnp.exp(log_weights), means, scales**2)

    def quantile(self, reference: jax.Array, outputs: jax.Array, share: jax.Array) -> jax.Array:
        """See :class:`Head`; by halving an interval."""
        _, means, scales = self._parts(outputs)
        low = jnp.min(means - _FARTHEST * scales, axis=-1)
        high = jnp.max(means + _FARTHEST * scales, axis=-1)

        def halve(_: jax.Array, ends: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
            low, high = ends
            middle = 0.5 * (low + high)
            is_below = self.cdf(reference, outputs, middle) < share
            return jnp.where(is_below, middle, low), jnp.where(is_below, high, middle)

        shape = jnp.broadcast_shapes(low.shape, jnp.shape(share))
        ends = jnp.broadcast_to(low, shape), jnp.broadcast_to(high, shape)
        low, high = jax.lax.fori_loop(0, _HALVINGS, halve, ends)
        middle: jax.Array = 0.5 * (low + high)
        return middle

    def sample(self, reference: jax.Array, outputs: jax.Array, key: jax.Array) -> jax.Array:
        """See :class:`Head`."""
        log_weights, means, scales = self._parts(outputs)
        key_which, key_noise = jax.random.split(key)
        which = jax.random.categorical(key_which, log_weights)
        is_it = jnp.arange(self.count, dtype=which.dtype) == which[..., None]
        noise = jax.random.normal(key_noise, which.shape, jnp.float32)
        mean = jnp.sum(jnp.where(is_it, means, 0.0), axis=-1)
        draws: jax.Array = mean + noise * jnp.sum(jnp.where(is_it, scales, 0.0), axis=-1)
        return draws

    def _parts(self, outputs: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        logits, shifts, log_scales = jnp.split(outputs, 3, axis=-1)
        centres = ndtri((np.arange(self.count) + 0.5) / self.count)
        between = float(np.sqrt(1.0 - np.mean(centres**2)))  # all of it where there is one
        scales = between * jnp.exp(jnp.clip(log_scales, -_MOST_LOG, _MOST_LOG)) + _LEAST_SD
        return jax.nn.log_softmax(logits), shifts + centres.astype(np.float32), scales
