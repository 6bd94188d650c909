"""The decision that all Metropolis-Hastings kernels end with, and what it reports.

Source: Hastings (1970), "Monte Carlo sampling methods using Markov chains and their applications".
"""

from typing import Any

import jax
import jax.numpy as jnp

from gendsl.inference.protocol import Status
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Target, has_failed


def accept(draws: Draws, log_ratio: jax.Array, proposed: Any, state: Any) -> tuple[Any, jax.Array]:
    """Return ``proposed`` with probability ``min(1, exp(log_ratio))``, else ``state``; and that.

    A proposal whose log density is not a number, positive infinity or could not be computed is
    never taken, nor is one whose ratio is not a number.
    """
    is_usable = (proposed.log_density < jnp.inf) & ~has_failed(proposed.log_density)
    is_usable = is_usable & ~jnp.isnan(log_ratio)
    usable = jnp.where(is_usable, log_ratio, -jnp.inf)
    is_accepted = draws.coin(usable)
    after = jax.tree.map(lambda a, b: jnp.where(is_accepted, a, b), proposed, state)
    return after, jnp.exp(jnp.minimum(usable, 0.0))


def status_of(log_density: jax.Array) -> jax.Array:
    """Return bits of :class:`Status` for a proposal; zero density is nothing to report."""
    is_bad = jnp.isnan(log_density) | (log_density == jnp.inf)
    bits = is_bad * Status.NON_FINITE + has_failed(log_density) * Status.FAILED
    return bits.astype(jnp.int32)


def refuse_discrete(target: Target, name: str) -> None:
    """Refuse a target with discrete sites, for a kernel called ``name`` that moves real numbers.

    Raises:
        ValueError: if there is such a site, or no coordinate at all.
    """
    if target.size < 1:
        raise ValueError(f"{name} needs at least one coordinate; the target has none")
    discrete = [site.name for site in target.sites if site.num_values]
    if discrete:
        raise ValueError(
            f"{name} moves real numbers and can't move {', '.join(discrete)}; Gibbs can"
        )
