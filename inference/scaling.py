"""The metric that the chains of a kernel share, learnt from their draws and pooled over them."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference import dense_metric, metric
from gendsl.inference.arrays import on_host
from gendsl.inference.metric import Moments


@dataclass(frozen=True, slots=True)
class Scaling:
    """A square root of the inverse metric, estimated at the end of each window.

    Attributes:
        size: coordinates, ``dim``.
        is_dense: whether the scale is lower triangular [dim, dim], or diagonal [dim].
        has_gradient: whether states have a ``gradient``: the metric is then the Fisher-divergence
            estimate, else the covariance of the draws.
    """

    size: int
    is_dense: bool = False
    has_gradient: bool = True

    def init(self, dtype: Any) -> tuple[Moments, jax.Array]:
        """Return what one chain has seen before it starts, and the scale to begin with: one."""
        nothing = jnp.zeros(self.size, dtype)
        scale = jnp.eye(self.size, dtype=dtype) if self.is_dense else nothing + 1.0
        return metric.empty(nothing, is_dense=self.is_dense), scale

    def observe(self, moments: Moments, state: Any, is_learning: jax.Array) -> Moments:
        """Return what a chain has seen, with ``state`` where ``is_learning``."""
        gradient = state.gradient if self.has_gradient else jnp.zeros_like(state.position)
        seen = metric.observe(moments, state.position, gradient, state.log_density)
        kept: Moments = jax.tree.map(lambda a, b: jnp.where(is_learning, a, b), seen, moments)
        return kept

    def empty(self, moments: Moments) -> Moments:
        """Return what chains have seen when a window begins; ``moments`` is stacked over chains."""
        return metric.empty(on_host(moments.draw_mean), is_dense=self.is_dense)

    def estimate(self, moments: Moments, before: jax.Array) -> jax.Array:
        """Return the scale by what all chains have seen; ``before`` where that is too little."""
        pooled = metric.pool(moments)
        if float(pooled.num_draws) <= 1:
            return before
        if not self.has_gradient:
            return metric.scale_from_draws(pooled, before)
        estimate = dense_metric.estimate_root if self.is_dense else metric.estimate_scale
        return estimate(pooled, before)


def step_ratio(before: jax.Array, after: jax.Array) -> float:
    """Return the log of by how much steps grow that keep their length, ``rms(S'^{-1} S)``.

    The root mean square is that of the singular values, and right where the new scale ``S'`` is.
    """
    ratio = _relative(after, before)
    return float(0.5 * np.log(np.sum(ratio * ratio) / len(ratio)))


def reach_ratio(before: jax.Array, after: jax.Array) -> float:
    """Return the log of by how much the longest stretch grows in whitened units.

    The longest is along the largest singular value of ``S^{-1} S'``, which becomes one.
    """
    ratio = _relative(before, after)
    largest = np.max(ratio) if ratio.ndim == 1 else np.linalg.norm(ratio, 2)
    return -float(np.log(largest))


def _relative(unit: jax.Array, scale: jax.Array) -> np.ndarray:
    """Return ``unit^{-1} scale``, [dim] or [dim, dim]."""
    below, above = np.asarray(unit, np.float64), np.asarray(scale, np.float64)
    return above / below if above.ndim == 1 else np.linalg.solve(below, above)
