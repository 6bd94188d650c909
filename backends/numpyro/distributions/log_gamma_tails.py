"""The logarithms of both regularised incomplete gamma functions, with every derivative."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy import special

from gendsl.backends.numpyro.distributions.log1mexp import log1mexp


@jax.jit
def incomplete_gamma(shape, x):
    """log P(shape, x) and log Q(shape, x), x > 0."""
    # Press et al. (2007), Numerical Recipes, sec. 6.2: a series below shape + 1, a continued
    # fraction (Lentz) above it; the other tail is the complement.
    is_low = x < shape + 1.0
    low = jnp.where(is_low, x, shape / 2.0)
    high = jnp.where(is_low, shape + 2.0, x)
    epsilon = jnp.finfo(low.dtype).eps

    def add_term(state):
        n, term, total = state
        term = term * low / (shape + n)
        return n + 1.0, term, total + term

    def is_series_short(state):
        n, term, total = state
        return jnp.any(term > epsilon / 4.0 * total) & (n < 20_000)

    def add_level(state):
        n, c, d, fraction, _ = state
        numerator = -n * (n - shape)
        denominator = high + 2.0 * n + 1.0 - shape
        d = 1.0 / (denominator + numerator * d)
        c = denominator + numerator / c
        return n + 1.0, c, d, fraction * c * d, c * d

    def is_fraction_short(state):
        n, _, _, _, change = state
        return jnp.any(jnp.abs(change - 1.0) > epsilon) & (n < 20_000)

    one = jnp.ones_like(low)
    _, _, total = lax.while_loop(is_series_short, add_term, (1.0, one, one))
    first = high + 1.0 - shape
    start = (1.0, jnp.full_like(first, 1e30), 1.0 / first, 1.0 / first, 2.0 * one)
    _, _, _, fraction, _ = lax.while_loop(is_fraction_short, add_level, start)
    log_p = shape * jnp.log(low) - low - special.gammaln(shape + 1.0) + jnp.log(total)
    log_q = shape * jnp.log(high) - high - special.gammaln(shape) + jnp.log(fraction)
    log_p, log_q = jnp.minimum(log_p, -1e-30), jnp.minimum(log_q, -1e-30)
    return (
        jnp.where(is_low, log_p, log1mexp(log_q)),
        jnp.where(is_low, log1mexp(log_p), log_q),
    )


@jax.custom_jvp
def log_gamma_tails(shape, x):
    """log P(shape, x) and log Q(shape, x), x > 0: neither underflows, each has its gradients."""
    return incomplete_gamma(shape, x)


@log_gamma_tails.defjvp
def log_gamma_tails_jvp(primals, tangents):
    shape, x = jnp.broadcast_arrays(*primals)
    (log_p, log_q), (by_shape_p, by_shape_q) = jax.jvp(
        lambda a: incomplete_gamma(a, x), (shape,), (jnp.ones_like(shape),)
    )
    log_density = (shape - 1.0) * jnp.log(x) - x - special.gammaln(shape)
    shape_dot, x_dot = tangents
    return (log_p, log_q), (
        by_shape_p * shape_dot + jnp.exp(log_density - log_p) * x_dot,
        by_shape_q * shape_dot - jnp.exp(log_density - log_q) * x_dot,
    )
