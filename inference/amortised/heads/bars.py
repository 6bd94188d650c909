"""Bars: a histogram whose borders are quantiles of the target under the prior.

Inside bar ``i`` the density is ``p_i / (b_{i+1} - b_i)``. The first and the last bar are half
normals that begin at their inner border and have their median where the outer one is, so the
density is positive on the whole line and integrates to 1.

Source: Müller, Hollmann, Pineda Arango, Grabocka & Hutter (2022), "Transformers can do Bayesian
inference", section 4 and appendix E (the Riemann distribution).
"""

from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import erf, ndtri

from gendsl.inference.amortised.heads.continuous import Continuous, mixed_variance

_LEAST_WIDTH = 1e-4
"""Of a bar, in units of the target."""
_ULPS = 4.0
"""Of single precision at a border, which the next one is away at least."""
_MEDIAN = 0.6744897501960817
"""Of a standard half normal."""
_MEAN = float(np.sqrt(2.0 / np.pi))
"""Of a standard half normal; its mean square is 1."""
_LOG_PEAK = float(0.5 * np.log(2.0 / np.pi))
"""Log density of a standard half normal at 0."""


@dataclass(frozen=True)
class Bars(Continuous):
    """``count`` bars, at least 3; ``reference`` is their borders [count + 1].

    Raises:
        ValueError: if ``count`` is below 3.
    """

    count: int = 500

    def __post_init__(self) -> None:
        if self.count < 3:
            raise ValueError(f"there are at least 3 bars, got {self.count}")

    @property
    def num_outputs(self) -> int:
        """See :class:`Head`: the logits."""
        return self.count

    def reference(self, y: np.ndarray) -> np.ndarray:
        """See :class:`Head`: quantiles of ``y`` [n], no two closer than a ten-thousandth.

        Far from 0, where single precision is coarser than that, no closer than it can tell apart.
        """
        borders = np.quantile(np.asarray(y, np.float64), np.linspace(0.0, 1.0, self.count + 1))
        spread = borders.tolist()
        for i in range(1, len(spread)):
            ulp = float(np.spacing(np.float32(abs(spread[i - 1]))))
            spread[i] = max(spread[i], spread[i - 1] + max(_LEAST_WIDTH, _ULPS * ulp))
        return np.asarray(spread, np.float32)

    def log_density(self, reference: jax.Array, outputs: jax.Array, y: jax.Array) -> jax.Array:
        """See :class:`Head`."""
        bars = _Layout(reference)
        place = y[..., None]
        # Picked by a mask: the gradient of an indexing would be a scatter.
        edges = bars.inner
        is_here = (place >= bars.low) & (place < bars.high)
        log_share = jnp.sum(
            jnp.where(is_here, jax.nn.log_softmax(outputs) - jnp.log(bars.width), 0.0), axis=-1
        )
        is_left, is_right = y < edges[0], y >= edges[-1]
        below = _log_tail((edges[0] - y) / bars.left, bars.left, bars.width[0])
        above = _log_tail((y - edges[-1]) / bars.right, bars.right, bars.width[-1])
        extra: jax.Array = jnp.where(is_left, below, jnp.where(is_right, above, 0.0))
        return log_share + extra

    def cdf(self, reference: jax.Array, outputs: jax.Array, y: jax.Array) -> jax.Array:
        """See :class:`Head`."""
        bars = _Layout(reference)
        share = jnp.clip((y[..., None] - bars.borders[:-1]) / bars.width, 0.0, 1.0)
        left = 1.0 - _half_cdf((bars.inner[0] - y) / bars.left)
        right = _half_cdf((y - bars.inner[-1]) / bars.right)
        share = share.at[..., 0].set(left).at[..., -1].set(right)
        total: jax.Array = jnp.sum(jax.nn.softmax(outputs) * share, axis=-1)
        return total

    def mean(self, reference: jax.Array, outputs: jax.Array) -> jax.Array:
        """See :class:`Head`."""
        bars = _Layout(reference)
        mean: jax.Array = jnp.sum(jax.nn.softmax(outputs) * bars.means, axis=-1)
        return mean

    def variance(self, reference: jax.Array, outputs: jax.Array) -> jax.Array:
        """See :class:`Head`."""
        bars = _Layout(reference)
        return mixed_variance(jax.nn.softmax(outputs), bars.means, bars.variances)

    def quantile(self, reference: jax.Array, outputs: jax.Array, share: jax.Array) -> jax.Array:
        """See :class:`Head`."""
        bars = _Layout(reference)
        shares = jax.nn.softmax(outputs)
        until = jnp.cumsum(shares, axis=-1)
        number = jnp.sum(until[..., :-1] < share[..., None], axis=-1, dtype=jnp.int32)
        is_here = jnp.arange(self.count, dtype=jnp.int32) == number[..., None]

        def here(values: jax.Array) -> jax.Array:
            picked: jax.Array = jnp.sum(jnp.where(is_here, values, 0.0), axis=-1)
            return picked

        own = jnp.maximum(here(shares), np.finfo(np.float32).tiny)
        within = jnp.clip(1.0 - (here(until) - share) / own, 0.0, 1.0)
        inside = here(bars.borders[:-1]) + within * here(bars.width)
        left = bars.inner[0] - bars.left * _half_quantile(1.0 - within)
        right = bars.inner[-1] + bars.right * _half_quantile(within)
        ends = jnp.where(number == 0, left, right)
        return jnp.where((number == 0) | (number == self.count - 1), ends, inside)

    def sample(self, reference: jax.Array, outputs: jax.Array, key: jax.Array) -> jax.Array:
        """See :class:`Head`."""
        tiny = np.finfo(np.float32).tiny
        share = jax.random.uniform(key, outputs.shape[:-1], jnp.float32, tiny)
        return self.quantile(reference, outputs, share)


class _Layout:
    """What follows from the borders [bar + 1]."""

    def __init__(self, borders: jax.Array) -> None:
        self.borders = borders = jnp.asarray(borders)
        self.inner = borders[1:-1]
        self.width = borders[1:] - borders[:-1]
        self.left, self.right = self.width[0] / _MEDIAN, self.width[-1] / _MEDIAN

    @cached_property
    def low(self) -> jax.Array:
        """Where bars begin [bar], the first at minus infinity."""
        return self.borders[:-1].at[0].set(-jnp.inf)

    @cached_property
    def high(self) -> jax.Array:
        """Where bars end [bar], the last at infinity."""
        return self.borders[1:].at[-1].set(jnp.inf)

    @cached_property
    def means(self) -> jax.Array:
        middle = 0.5 * (self.borders[1:] + self.borders[:-1])
        middle = middle.at[0].set(self.inner[0] - _MEAN * self.left)
        return middle.at[-1].set(self.inner[-1] + _MEAN * self.right)

    @cached_property
    def variances(self) -> jax.Array:
        own = self.width**2 / 12.0
        tail = 1.0 - _MEAN**2
        return own.at[0].set(tail * self.left**2).at[-1].set(tail * self.right**2)


def _log_tail(distance: jax.Array, scale: jax.Array, width: jax.Array) -> jax.Array:
    """Return the log density of a half normal, over that of a bar of ``width``."""
    return _LOG_PEAK - 0.5 * distance**2 - jnp.log(scale) + jnp.log(width)


def _half_cdf(distance: jax.Array) -> jax.Array:
    return erf(jnp.maximum(distance, 0.0) * np.float32(np.sqrt(0.5)))


def _half_quantile(share: jax.Array) -> jax.Array:
    most = 1.0 - np.finfo(np.float32).eps
    return ndtri(0.5 + 0.5 * jnp.clip(share, 0.0, most))
