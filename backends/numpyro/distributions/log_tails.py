"""Both tails of a distribution on the log scale, and the mass of an interval."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import functools

import jax.numpy as jnp

from gendsl.backends.numpyro.distributions.log1mexp import log1mexp


@functools.singledispatch
def log_tails(base, x):
    """log P(X <= x) and log P(X > x), for x inside the support of `base`."""
    raise TypeError(f"{type(base).__name__} has no rule for its tails")


def log_tails_anywhere(base, x):
    """The same at any x: beyond the support a tail is 0 or 1, and every gradient is finite."""
    low = getattr(base.support, "lower_bound", -jnp.inf)
    high = getattr(base.support, "upper_bound", jnp.inf)
    x, low, high = jnp.broadcast_arrays(x, low, high)
    is_below = x < low if base.is_discrete else x <= low
    is_above = x >= high
    is_outside = is_below | is_above
    inside = jnp.where(is_outside, base.support.feasible_like(x), x)
    log_cdf, log_survival = log_tails(base, inside)
    return (
        jnp.where(is_outside, jnp.where(is_below, -jnp.inf, 0.0), log_cdf),
        jnp.where(is_outside, jnp.where(is_below, 0.0, -jnp.inf), log_survival),
    )


def log_between(tails_low, tails_high):
    """log P(low < X <= high), as a difference of the tails on the side where they are small."""
    log_cdf_low, log_survival_low = tails_low
    log_cdf_high, log_survival_high = tails_high
    is_right = log_survival_low < log_cdf_low
    is_left = log_cdf_high < log_survival_high
    top = jnp.where(is_right, log_survival_low, jnp.where(is_left, log_cdf_high, 0.0))
    both = jnp.logaddexp(log_cdf_low, log_survival_high)
    gone = jnp.where(is_right, log_survival_high, jnp.where(is_left, log_cdf_low, both))
    is_empty = gone >= top
    gap = jnp.where(is_empty, -1.0, gone) - jnp.where(is_empty, 0.0, top)
    return jnp.where(is_empty, -jnp.inf, top + log1mexp(gap))


def log_interval(base, low, high):
    """log P(low < X <= high)."""
    return log_between(log_tails_anywhere(base, low), log_tails_anywhere(base, high))
