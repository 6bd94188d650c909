"""A distribution restricted to an interval, normalised."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jax import lax
from numpyro.distributions import constraints

from gendsl.backends.numpyro.distributions.log_tails import log_between, log_tails_anywhere


def float_order(x):
    """Integers in the order of the floats, and back: its own inverse on each side."""
    kind = jnp.dtype(f"int{x.dtype.itemsize * 8}")
    bits = lax.bitcast_convert_type(x, kind) if x.dtype != kind else x
    return jnp.where(bits < 0, bits ^ jnp.iinfo(kind).max, bits)


def least_float(is_enough, low, high):
    """The least float in (low, high] where a monotone condition holds, by bisection of the bits."""
    dtype = low.dtype

    def halve(_, bracket):
        below, above = bracket
        middle = (below & above) + ((below ^ above) >> 1)
        enough = is_enough(lax.bitcast_convert_type(float_order(middle), dtype))
        return jnp.where(enough, below, middle), jnp.where(enough, middle, above)

    bracket = float_order(low), float_order(high)
    _, above = lax.fori_loop(0, dtype.itemsize * 8, halve, bracket)
    return lax.bitcast_convert_type(float_order(above), dtype)


class Truncated(dist.Distribution):
    """`base` given low <= X <= high; the bounds may be arrays, and inferred; None is no bound.

    The mass between the bounds is taken from the tail that is small, so it keeps its precision
    however far out the bounds lie.
    """

    pytree_data_fields = ("base", "low", "high")

    def __init__(self, base, low=None, high=None, *, validate_args=None):
        self.base, self.low, self.high = base, low, high
        shapes = [jnp.shape(bound) for bound in (low, high) if bound is not None]
        shape = lax.broadcast_shapes(base.batch_shape, *shapes)
        super().__init__(batch_shape=shape, validate_args=validate_args)

    @property
    def limits(self):
        """The narrower of the bounds and the base's own; infinite where there is neither."""
        low = getattr(self.base.support, "lower_bound", -jnp.inf)
        high = getattr(self.base.support, "upper_bound", jnp.inf)
        low = low if self.low is None else jnp.maximum(self.low, low)
        high = high if self.high is None else jnp.minimum(self.high, high)
        if self.base.is_discrete:
            return jnp.ceil(low), jnp.floor(high)
        return low, high

    @property
    def support(self):
        low, high = self.limits
        has_low = self.low is not None or hasattr(self.base.support, "lower_bound")
        has_high = self.high is not None or hasattr(self.base.support, "upper_bound")
        if self.base.is_discrete:
            if has_high:
                return constraints.integer_interval(low, high)
            return constraints.integer_greater_than(low - 1)
        if has_low and has_high:
            return constraints.interval(low, high)
        return constraints.greater_than(low) if has_low else constraints.less_than(high)

    def log_mass_below(self):
        """The function x -> log P(low <= base <= x)."""
        low, _ = self.limits
        tails_low = log_tails_anywhere(self.base, low - 1 if self.base.is_discrete else low)
        return lambda x: log_between(tails_low, log_tails_anywhere(self.base, x))

    def log_prob(self, value):
        low, high = self.limits
        is_inside = (value >= low) & (value <= high)
        shape = lax.broadcast_shapes(jnp.shape(value), self.batch_shape)
        feasible = jnp.broadcast_to(
            self.support.feasible_like(jnp.broadcast_to(value, shape)), shape
        )
        inside = jnp.where(is_inside, value, feasible)
        log_density = self.base.log_prob(inside) - self.log_mass_below()(high)
        return jnp.where(is_inside, log_density, -jnp.inf)

    def cdf(self, value):
        low, high = self.limits
        value = jnp.floor(value) if self.base.is_discrete else value
        log_mass_below = self.log_mass_below()
        return jnp.exp(log_mass_below(jnp.clip(value, low, high)) - log_mass_below(high))

    def sample(self, key, sample_shape=()):
        dtype = jnp.result_type(float)
        shape = sample_shape + self.batch_shape
        low, high = (jnp.broadcast_to(jnp.asarray(x, dtype), shape) for x in self.limits)
        chance = jax.random.uniform(key, shape, dtype, minval=jnp.finfo(dtype).tiny)
        log_mass_below = self.log_mass_below()
        goal = jnp.log(chance) + log_mass_below(high)
        if not self.base.is_discrete:
            return least_float(lambda x: log_mass_below(x) >= goal, low, high)
        draw = least_float(lambda x: log_mass_below(jnp.floor(x)) >= goal, low - 1, high)
        return draw.astype(jnp.result_type(int))
