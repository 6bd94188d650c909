"""The importance-weighted bound: an ELBO of several draws at once, which is tighter.

    L_K = E[log (1/K) sum_k p(z_k) / q(z_k)],   L_1 = ELBO <= L_K <= L_{K+1} <= log Z.

Its doubly reparameterised gradient gives each draw the square of its share of the weights; the
plain one would drown in noise as K grows.

Sources: Burda, Grosse & Salakhutdinov (2016), "Importance weighted autoencoders", eq. 8 and
theorem 1; Tucker, Lawson, Gu & Maddison (2019), "Doubly reparameterized gradient estimators",
eq. 8.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np


@dataclass(frozen=True, slots=True)
class Iwae:
    """The bound of ``num_samples`` draws, averaged over ``num_groups`` of them.

    Raises:
        ValueError: if a number is below 1.
    """

    num_samples: int = 8
    num_groups: int = 4

    def __post_init__(self) -> None:
        if self.num_samples < 1 or self.num_groups < 1:
            raise ValueError("num_samples and num_groups must be at least 1")

    @property
    def num_draws(self) -> int:
        """Draws of all groups."""
        return self.num_samples * self.num_groups

    @property
    def needs_overlap(self) -> bool:
        """True: with one weight far above the others it is the ELBO of a single draw."""
        return True

    def value(self, log_weights: jax.Array) -> jax.Array:
        """Return the bound (scalar) from log weights [num_draws]."""
        groups = log_weights.reshape(self.num_groups, self.num_samples)
        return jnp.mean(jax.scipy.special.logsumexp(groups, axis=1)) - jnp.log(self.num_samples)

    def shares(self, log_weights: jax.Array) -> jax.Array:
        """Return squared normalised weights [num_draws], over the number of groups."""
        groups = log_weights.reshape(self.num_groups, self.num_samples)
        return jnp.ravel(jax.nn.softmax(groups, axis=1) ** 2) / self.num_groups


def importance_bound(log_weights: np.ndarray, num_samples: int) -> tuple[float, float]:
    """Return the bound of ``num_samples`` draws and its standard error, from log weights [draw].

    Raises:
        ValueError: if there are not draws enough for two groups.
    """
    count = len(log_weights) // num_samples if num_samples > 0 else 0
    if count < 2:
        raise ValueError(f"{len(log_weights)} draws are too few for two groups of {num_samples}")
    groups = log_weights[: count * num_samples].reshape(count, num_samples)
    bounds = np.logaddexp.reduce(groups, axis=1) - np.log(num_samples)
    return float(np.mean(bounds)), float(np.std(bounds, ddof=1) / np.sqrt(count))
