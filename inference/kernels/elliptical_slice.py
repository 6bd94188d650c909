"""Elliptical slice sampling: for a target with a Gaussian prior, without anything to tune.

With the prior ``N(m, L L^T)``, the whitened position ``x = L^{-1} (z - m)`` and ``v ~ N(0, I)``,
the points ``x cos a + v sin a`` make an ellipse, and each of them has the prior's distribution if
``x`` has. Draw a level ``log y = f(x) + log u`` of what is not the prior and an angle ``a`` of the
whole turn, and shrink the bracket ``[a - 2 pi, a]`` towards 0 until ``f`` is above the level.

``f`` is the whole log density less the Gaussian's, so the kernel keeps its target whatever
Gaussian is given: with one that is not the prior it is the generalised algorithm, exact still and
slower to mix.

Sources: Murray, Adams & MacKay (2010), "Elliptical slice sampling", figure 2; Nishihara, Murray &
Adams (2014), "Parallel MCMC with generalized elliptical slice sampling", for the remainder.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.adaptation import Nothing
from gendsl.inference.local import Place
from gendsl.inference.metropolis import refuse_discrete, status_of
from gendsl.inference.protocol import Facts, Info
from gendsl.inference.randomness import Draws, unit_interval
from gendsl.inference.target import Data, Target
from gendsl.inference.whitening import spread

_MOST_TRIES = 200


class Gaussian(NamedTuple):
    """A normal distribution: ``mean`` [dim] and ``root``, standard deviations [dim] or Cholesky.

    A Cholesky factor is lower triangular [dim, dim].
    """

    mean: jax.Array
    root: jax.Array


@dataclass(frozen=True, slots=True)
class EllipticalSlice:
    """Elliptical slice sampling.

    Attributes:
        target: what to draw from.
        prior: the Gaussian, as a function of the target's data; of a target made by
            ``restrict`` these are the pair of data and whole position, so the Gaussian may depend
            on the other sites. Without one it is read off ``target.log_prior`` by differentiating
            twice, which has to be Gaussian then and costs ``dim^3`` each time.

    Raises:
        ValueError: if the target has no coordinates, or discrete ones.
    """

    target: Target
    prior: Callable[[Data], Gaussian] | None = None

    def __post_init__(self) -> None:
        refuse_discrete(self.target, "elliptical slice sampling")

    @property
    def facts(self) -> Facts:
        """Exact, reversible, without gradients."""
        return Facts()

    @property
    def adaptation(self) -> Nothing:
        """There is nothing to tune."""
        return Nothing()

    def init(self, data: Data, position: jax.Array) -> Place:
        """Return the chain at ``position`` [dim]."""
        return Place(position, self.target.log_density(data, position))

    def refresh(self, data: Data, state: Place) -> Place:
        """Return ``state`` with its log density computed anew."""
        return self.init(data, state.position)

    def step(self, data: Data, params: tuple[()], draws: Draws, state: Place) -> tuple[Place, Info]:
        """Draw an ellipse through the state and a point of it."""
        dtype = state.position.dtype
        for_ellipse, for_level, for_angle = draws.parts(3)
        mean, root = self.gaussian(data, state.position)
        here = _solve(root, state.position - mean)
        other = for_ellipse.normals(self.target.size, dtype)
        level = self.remainder(state, here) + jnp.log(for_level.uniforms(1, dtype)[0])

        def try_angle(now: Any) -> Any:
            tries, low, high, _, _ = now
            share = unit_interval(for_angle.bits(tries), dtype)[0]
            angle = low + share * (high - low)
            # The first angle is any; the bracket it opens is one turn that ends there.
            is_first = tries == 0
            there = here * jnp.cos(angle) + other * jnp.sin(angle)
            found = self.init(data, mean + spread(root, there))
            is_left = angle < 0
            opened = self.bracket(angle)
            shrunk = jnp.where(is_left, angle, low), jnp.where(is_left, high, angle)
            low, high = (jnp.where(is_first, a, b) for a, b in zip(opened, shrunk, strict=True))
            is_in = (self.remainder(found, there) > level) & (found.log_density < jnp.inf)
            return tries + 1, low, high, found, is_in

        zero = jnp.zeros((), dtype)
        start = jnp.zeros((), jnp.int32), zero, zero + 2.0 * np.pi, state, zero > 1
        *_, found, is_found = jax.lax.while_loop(
            lambda now: ~now[4] & (now[0] < _MOST_TRIES), try_angle, start
        )
        after = jax.tree.map(lambda a, b: jnp.where(is_found, a, b), found, state)
        rate = jnp.ones((), dtype)
        return after, Info(rate, jnp.zeros((), jnp.int32), status_of(found.log_density))

    def bracket(self, angle: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return the angles between which to look on after the first, ``angle``, was not taken."""
        return angle - 2.0 * np.pi, angle

    def remainder(self, place: Place, whitened: jax.Array) -> jax.Array:
        """Return the log density of ``place``, at ``whitened`` [dim], less the Gaussian's."""
        return place.log_density + 0.5 * jnp.sum(whitened * whitened)

    def gaussian(self, data: Data, like: jax.Array) -> Gaussian:
        """Return the Gaussian in use; it never depends on the position ``like`` [dim] itself."""
        if self.prior is not None:
            return self.prior(data)
        origin = jnp.zeros_like(like)
        slope = jax.grad(self.target.log_prior, argnums=1)(data, origin)
        covariance = jnp.linalg.inv(-jax.hessian(self.target.log_prior, argnums=1)(data, origin))
        return Gaussian(covariance @ slope, jnp.linalg.cholesky(covariance))


def elliptical_slice(
    prior: Callable[[Data], Gaussian] | None = None,
) -> Callable[[Target], EllipticalSlice]:
    """Return what makes the kernel for a target, as :func:`gendsl.inference.combinators.on` takes.

    ``prior`` is as in :class:`EllipticalSlice`.
    """
    return lambda target: EllipticalSlice(target, prior)


def _solve(root: jax.Array, vector: jax.Array) -> jax.Array:
    if root.ndim == 1:
        return vector / root
    return jax.scipy.linalg.solve_triangular(root, vector, lower=True)
