"""The next temperature: as far as the weights stay good enough.

Source: Jasra, Stephens, Doucet & Tsagaris (2011), "Inference for Lévy-driven stochastic volatility
models via adaptive sequential Monte Carlo", section 3.3; Zhou, Johansen & Aston (2016), "Toward
automatic model comparison", section 3.4 (relative to the size before).
"""

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.populations.weighted import ess

_HALVINGS = 50


def usable(log_likelihoods: jax.Array) -> jax.Array:
    """Return log likelihoods [particle] in which all that is no density is -inf.

    That is NaN, +inf, and the lowest number, by which a target says that it failed.
    """
    lowest = np.finfo(log_likelihoods.dtype).min
    is_density = (log_likelihoods > lowest) & (log_likelihoods < jnp.inf)
    return jnp.where(is_density, log_likelihoods, -jnp.inf)


def next_temperature(
    log_weights: jax.Array, log_likelihoods: jax.Array, temperature: jax.Array, fraction: float
) -> jax.Array:
    """Return the highest temperature up to 1 that keeps ``fraction`` of the effective sample size.

    The size is that of the weights times ``exp((next - temperature) log_likelihood)``; it is
    compared with the one of the smallest step, where only particles of likelihood zero are lost,
    so that a step can always be made. Found by bisection.

    Args:
        log_weights: [particle].
        log_likelihoods: [particle], as :func:`usable` returns them.
        temperature: the present one, in [0, 1).
        fraction: in (0, 1).
    """
    has_some = log_likelihoods > -jnp.inf
    alive = jnp.where(has_some, log_weights, -jnp.inf)
    finite = jnp.where(has_some, log_likelihoods, 0.0)
    wanted = fraction * ess(alive)
    whole = 1.0 - temperature

    def is_good(step: jax.Array) -> jax.Array:
        return ess(alive + step * finite) >= wanted

    def halve(_: int, between: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        low, high = between
        middle = 0.5 * (low + high)
        good = is_good(middle)
        return jnp.where(good, middle, low), jnp.where(good, high, middle)

    start = (jnp.zeros_like(whole), whole)
    _, step = jax.lax.fori_loop(0, _HALVINGS, halve, start)
    return jnp.where(is_good(whole), jnp.ones_like(whole), temperature + step)
