"""How the steps of a kernel with stochastic gradients go, within a draw and from draw to draw.

- ``constant``;
- ``decaying``: ``(1 + t / 100)^(-1/3)`` after ``t`` draws, warm-up included, the rate at which bias
  and variance fall together;
- ``cyclical``: each draw ends a cycle of its own, ``(1 + cos(pi k / K)) / 2`` at step ``k`` of
  ``K``; the first half of a cycle explores without noise.

Sources: Welling & Teh (2011), "Bayesian learning via stochastic gradient Langevin dynamics"
(decreasing steps); Teh, Thiery & Vollmer (2016), "Consistency and fluctuations for stochastic
gradient Langevin dynamics", section 5 (the power -1/3); Zhang, Li, Zhang, Chen & Wilson (2020),
"Cyclical stochastic gradient MCMC for Bayesian deep learning", eq. 1 (the cosine), algorithm 1.
"""

from enum import StrEnum

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

_SLOWS_AFTER, _POWER = 100.0, -1.0 / 3.0
_EXPLORES = 0.5


class Schedule(StrEnum):
    """The schedules by name."""

    CONSTANT = "constant"
    DECAYING = "decaying"
    CYCLICAL = "cyclical"

    def factors(
        self, transition: jax.Array, count: int, dtype: DTypeLike
    ) -> tuple[jax.Array, jax.Array]:
        """Return factors of the step size and of the noise's sd [count], for one draw."""
        ones = jnp.ones(count, dtype)
        match self:
            case Schedule.CONSTANT:
                return ones, ones
            case Schedule.DECAYING:
                return ones * (1.0 + transition.astype(dtype) / _SLOWS_AFTER) ** _POWER, ones
            case Schedule.CYCLICAL:
                share = jnp.arange(count, dtype=dtype) / count
                return 0.5 * (1.0 + jnp.cos(jnp.pi * share)), (share >= _EXPLORES).astype(dtype)
