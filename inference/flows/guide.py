"""A flow as a guide: what it makes of a standard normal, as a density."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.approximations.gaussians import Triangular
from gendsl.inference.approximations.path_mixture import Factored, place
from gendsl.inference.approximations.whitened import unit
from gendsl.inference.flows.flow import Flow, Theta
from gendsl.inference.flows.networks import Network, product
from gendsl.inference.randomness import Draws

_LOG_TWO_PI = float(np.log(2.0 * np.pi))
_AFFINE: Any = np.float32(0.3)
_WEIGHT: Any = np.float32(0.05)
"""Steps of the affine map and of weights, beside those of a normal guide."""


@dataclass(frozen=True, slots=True)
class FlowGuide:
    """``z = T(u)`` with ``u ~ N(0, I)``; its parameters are the flow's ``theta``.

    A :class:`gendsl.inference.approximations.guide.Placeable`: the affine map behind the layers is
    what stretches.
    """

    flow: Flow

    @property
    def size(self) -> int:
        """Number of coordinates, ``dim``."""
        return self.flow.size

    def start(self, draws: Draws, position: jax.Array, scale: jax.Array) -> Theta:
        """See :class:`gendsl.inference.approximations.guide.Trainable`."""
        return self.flow.start(draws, position, scale)

    def around(self, normal: Factored, draws: Draws) -> tuple[Factored, Theta]:
        """See :class:`gendsl.inference.approximations.guide.Placeable`.

        The chart has the normal's spreads, and the affine map its correlations.
        """
        nothing = jnp.zeros_like(normal.mean)
        axes = jax.vmap(place, (None, 0))(
            normal._replace(mean=nothing), jnp.eye(self.size, dtype=nothing.dtype)
        )
        covariance = product(axes.T, axes)
        spreads = jnp.sqrt(jnp.diagonal(covariance))
        root = jnp.linalg.cholesky(covariance / jnp.outer(spreads, spreads))
        theta = self.start(draws, nothing, jnp.ones((), nothing.dtype))
        affine = Triangular(nothing, jnp.log(jnp.diagonal(root)), jnp.tril(root, -1))
        chart = unit(normal.mean, spreads, normal.basis.shape[1])
        return chart, theta._replace(affine=affine)

    def placed(self, chart: Factored, params: Theta) -> Theta:
        """See :class:`gendsl.inference.approximations.guide.Placeable`."""
        affine = params.affine
        stretched = Triangular(
            chart.mean + chart.scale * affine.mean,
            affine.log_diagonal + jnp.log(chart.scale),
            chart.scale[:, None] * affine.below,
        )
        return params._replace(affine=stretched)

    def strides(self) -> Any:
        """See :class:`gendsl.inference.approximations.guide.Placeable`."""
        below: Any = np.float32(_AFFINE * self.size**-0.5)
        affine = Triangular(_AFFINE, _AFFINE, below)
        return Theta(affine, Network(*(_WEIGHT for _ in Network._fields)))

    def draw(self, draws: Draws, params: Theta, count: int) -> tuple[jax.Array, jax.Array]:
        """See :class:`gendsl.inference.approximations.guide.Guide`; pushes, and never pulls."""
        dtype = params.affine.mean.dtype
        noise = draws.normals(count * self.size, dtype).reshape(count, self.size)
        positions, log_dets = jax.vmap(self.flow.push, (None, 0))(params, noise)
        return positions, jax.vmap(_standard)(noise) - log_dets

    def log_density(self, params: Theta, position: jax.Array) -> jax.Array:
        """See :class:`gendsl.inference.approximations.guide.Guide`; pulls."""
        noise, log_det = self.flow.pull(params, position)
        return _standard(noise) + log_det


def _standard(noise: jax.Array) -> jax.Array:
    """Return the log density of standard normals at ``noise`` [dim]."""
    return -0.5 * jnp.sum(noise**2) - 0.5 * _LOG_TWO_PI * noise.shape[0]
