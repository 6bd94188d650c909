"""Forward divergences: the guide is fit where the target is, by importance weights.

Of order 2, the chi-squared divergence, through the upper bound of the log evidence

    CUBO = (1/2) log E_q[w^2],   w = p(z) / q(z),   log Z <= CUBO;

of order 1 the forward divergence KL(p || q). Both punish a guide with tails lighter than the
target's, so that it suits importance sampling, where the reverse divergence makes it too narrow.
The gradient of order a gives each draw its share of ``w^a``. With
``A_a = E[w^a dT/dparams dl/dz]``,

    d E_q[w^a] / d params = a (1 - a) A_a,   d KL(p || q) / d params = -A_1 / E_q[w],

so downhill is ``A_a / E_q[w^a]`` for both. Shares are normalised over the draws at hand, and what
is normalised so is biased by one part in the number of draws; at q = p it is exact.

Sources: Dieng, Tran, Ranganath, Paisley & Blei (2017), "Variational inference via chi upper bound
minimization", eq. 5; Finke & Thiery (2019), "On importance-weighted autoencoders", section 4
(the reparameterised form of the forward divergence); Ji & Shen (2019), "Stochastic variational
inference via upper bound", eq. 4 (the bound of order 1).
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp


@dataclass(frozen=True, slots=True)
class ChiSquared:
    """The forward divergence of ``order`` 2 (chi-squared) or 1 (Kullback and Leibler's).

    Raises:
        ValueError: if ``order`` is neither, or ``num_draws`` below 2.
    """

    order: int = 2
    num_draws: int = 64

    def __post_init__(self) -> None:
        if self.order not in (1, 2):
            raise ValueError(f"the order of a forward divergence is 1 or 2, got {self.order}")
        if self.num_draws < 2:
            raise ValueError(f"weights need at least 2 draws, got {self.num_draws}")

    @property
    def needs_overlap(self) -> bool:
        """True: where all the weight is on one draw the guide learns of that alone."""
        return True

    def value(self, log_weights: jax.Array) -> jax.Array:
        """Return minus the upper bound of the log evidence (scalar), which rises.

        Of order 1 that is ``E_p[l]``, from log weights ``l`` [num_draws].
        """
        if self.order == 1:
            is_there = log_weights > -jnp.inf
            shares = jax.nn.softmax(log_weights)
            return -jnp.sum(jnp.where(is_there, shares * log_weights, 0.0))
        log_sum = jax.scipy.special.logsumexp(self.order * log_weights)
        return -(log_sum - jnp.log(self.num_draws)) / self.order

    def shares(self, log_weights: jax.Array) -> jax.Array:
        """Return shares of the weights to the power ``order`` [num_draws]."""
        return jax.nn.softmax(self.order * log_weights)
