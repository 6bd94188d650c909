"""What variational inference climbs: the objective's value and its gradient, from draws of q.

Every objective here is a function of the log weights ``l = log p(z) - log q(z)`` of draws
``z = T(e; params)``, and its gradient a weighted sum over draws,

    sum_i c_i(l) (dT/dparams)^T  d/dz [log p(z) - log q(z)],

in which the parameters inside ``log q`` are held fixed. That is the gradient with the score term,
whose mean is known, taken out ("sticking the landing"; "doubly reparameterised" where the weights
differ). It has no noise at all where q is the target. Objectives differ in the shares ``c`` alone.

Sources: Roeder, Wu & Duvenaud (2017), "Sticking the landing", eq. 8; Tucker, Lawson, Gu & Maddison
(2019), "Doubly reparameterized gradient estimators", eq. 8.
"""

from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp

from gendsl.inference.approximations.guide import Trainable
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, Target, has_failed


class Objective(Protocol):
    """A function of the log weights of ``num_draws`` draws from the guide."""

    @property
    def num_draws(self) -> int:
        """Draws that a gradient is made of."""

    @property
    def needs_overlap(self) -> bool:
        """Whether it is of no use until q covers the target roughly."""

    def value(self, log_weights: jax.Array) -> jax.Array:
        """Return the objective (scalar) from log weights [num_draws]."""

    def shares(self, log_weights: jax.Array) -> jax.Array:
        """Return what each draw counts for in the gradient uphill [num_draws]."""


class Slope(NamedTuple):
    """A gradient estimate.

    Attributes:
        gradient: uphill, shaped as the parameters.
        value: the objective; scalar.
        num_bad: draws left out since the density or its gradient was not finite there; scalar.
    """

    gradient: Any
    value: jax.Array
    num_bad: jax.Array


def slope(
    target: Target,
    guide: Trainable,
    objective: Objective,
    data: Data,
    params: Any,
    draws: Draws,
    axes: Any = None,
) -> Slope:
    """Return an estimate of the objective's gradient at ``params``.

    With ``axes``, as ``jax.vmap`` has them, data vary along with the draws.
    """
    positions, pull_back = jax.vjp(
        lambda params: guide.draw(draws, params, objective.num_draws)[0], params
    )

    def log_weight(position: jax.Array, data: Data) -> tuple[jax.Array, jax.Array]:
        log_p = target.log_density(data, position)
        return log_p - guide.log_density(params, position), has_failed(log_p)

    each = jax.vmap(jax.value_and_grad(log_weight, has_aux=True), in_axes=(0, axes))
    (values, failed), scores = each(positions, data)
    is_good = jnp.isfinite(values) & jnp.all(jnp.isfinite(scores), axis=1) & ~failed
    log_weights = jnp.where(is_good, values, -jnp.inf)
    shares = jnp.where(is_good, objective.shares(log_weights), 0.0)
    (gradient,) = pull_back(shares[:, None] * jnp.where(is_good[:, None], scores, 0.0))
    return Slope(gradient, objective.value(log_weights), jnp.sum(~is_good))
