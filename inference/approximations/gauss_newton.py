"""The generalised Gauss-Newton matrix, as the Hessian of a model that is linear about a place.

With ``log p(z; m)`` the log density of the model whose functions are linear in ``z`` about ``m``,

    G(m) = -d^2/dz^2 log p(z; m)  at z = m.

Of a log likelihood ``l(f(z))`` that is ``J^T (-l'') J`` and the curvature of the prior: the Hessian
without the curvature of ``f``, positive wherever ``l`` is concave in ``f`` and the log prior in
``z``. Functions that are linear in weights which are themselves curved in ``z``, such as ``tau z``
with an inferred ``tau``, keep that curvature, weighted by the slope of ``l``: then it need not be.

Sources: Martens (2020), "New insights and perspectives on the natural gradient method", section 8;
Immer, Korzepa & Bauer (2021), "Improving predictions of Bayesian neural nets via local
linearization", section 2.
"""

from collections.abc import Callable
from dataclasses import dataclass

import jax
import numpy as np

from gendsl.inference.target import Data

LinearDensity = Callable[[Data, jax.Array, jax.Array], jax.Array]
"""``(data, place[dim], position[dim]) -> scalar``."""


@dataclass(frozen=True, slots=True)
class RestrictedLinear:
    """A linear density as a function of some coordinates, given the pair of data and whole."""

    function: LinearDensity
    places: tuple[int, ...]

    def __call__(self, data: Data, place: jax.Array, position: jax.Array) -> jax.Array:
        given, whole = data
        inside = np.asarray(self.places)
        return self.function(given, whole.at[inside].set(place), whole.at[inside].set(position))
