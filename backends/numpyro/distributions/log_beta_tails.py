"""The logarithms of the regularised incomplete beta function and its complement."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
from jax import lax

from gendsl.backends.numpyro.distributions.log1mexp import log1mexp
from gendsl.backends.numpyro.distributions.log_rising import log_beta


@jax.jit
def incomplete_beta(a, b, x, y):
    """log I_x(a, b) and log I_y(b, a), for 0 < x < 1 and y = 1 - x."""
    # Press et al. (2007), Numerical Recipes, sec. 6.4: the continued fraction on its quick side.
    # x and y are used where each is small, as the other's distance from 1 is lost by rounding.
    is_swapped = x * (b + 1.0) > y * (a + 1.0)
    p, q = jnp.where(is_swapped, b, a), jnp.where(is_swapped, a, b)
    u, v = jnp.where(is_swapped, y, x), jnp.where(is_swapped, x, y)
    epsilon = jnp.finfo(u.dtype).eps

    def step(c, d, numerator):
        return 1.0 + numerator / c, 1.0 / (1.0 + numerator * d)

    def add_level(state):
        m, c, d, fraction, _ = state
        even = m * (q - m) * u / ((p + 2.0 * m - 1.0) * (p + 2.0 * m))
        odd = -(p + m) * (p + q + m) * u / ((p + 2.0 * m) * (p + 2.0 * m + 1.0))
        c, d = step(c, d, even)
        fraction = fraction * c * d
        c, d = step(c, d, odd)
        return m + 1.0, c, d, fraction * c * d, c * d

    def is_short(state):
        m, _, _, _, change = state
        return jnp.any(jnp.abs(change - 1.0) > epsilon) & (m < 20_000)

    one = jnp.ones_like(u)
    first = (p + 1.0) / (1.0 + p * v - q * u)
    _, _, _, fraction, _ = lax.while_loop(is_short, add_level, (1.0, one, first, first, 2.0 * one))
    log_u = jnp.where(v < u, jnp.log1p(-v), jnp.log(u))
    log_v = jnp.where(v < u, jnp.log(v), jnp.log1p(-u))
    log_front = p * log_u + q * log_v - jnp.log(p) - log_beta(p, q)
    log_near = jnp.minimum(log_front + jnp.log(fraction), -1e-30)
    log_far = log1mexp(log_near)
    return jnp.where(is_swapped, log_far, log_near), jnp.where(is_swapped, log_near, log_far)


@jax.custom_jvp
def log_beta_tails(a, b, x, y):
    """log I_x(a, b) and log I_y(b, a): y = 1 - x is given apart, for precision near 1."""
    return incomplete_beta(a, b, x, y)


@log_beta_tails.defjvp
def log_beta_tails_jvp(primals, tangents):
    a, b, x, y = jnp.broadcast_arrays(*primals)
    one, zero = jnp.ones_like(a), jnp.zeros_like(a)

    def at_x(a, b):
        return incomplete_beta(a, b, x, y)

    (log_i, log_j), (by_a_i, by_a_j) = jax.jvp(at_x, (a, b), (one, zero))
    _, (by_b_i, by_b_j) = jax.jvp(at_x, (a, b), (zero, one))
    log_x = jnp.where(y < x, jnp.log1p(-y), jnp.log(x))
    log_y = jnp.where(y < x, jnp.log(y), jnp.log1p(-x))
    log_density = (a - 1.0) * log_x + (b - 1.0) * log_y - log_beta(a, b)
    a_dot, b_dot, x_dot, _ = tangents
    return (log_i, log_j), (
        by_a_i * a_dot + by_b_i * b_dot + jnp.exp(log_density - log_i) * x_dot,
        by_a_j * a_dot + by_b_j * b_dot - jnp.exp(log_density - log_j) * x_dot,
    )
