"""The model supports, from supports.gen."""

import functools

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from jax import lax
from jax.scipy import special
from numpyro.distributions import constraints


def model(*, n_row: int, n_state: int, n_next: int, y=None, z=None, n_k: int = 3):
    # w[k] ~ Dirichlet(1)   supports.gen:8
    w = numpyro.sample("w", dist.Dirichlet(jnp.full(n_k, 1.0)))
    # mu[k] : ordered ~ Normal(0, 5)   supports.gen:9
    mu = numpyro.sample("mu", Ordered(dist.Normal(0.0, 5.0).expand([n_k]).to_event(1)))
    with numpyro.plate("k", n_k):
        # s[k] ~ LogNormal(0, 1)   supports.gen:10
        s = numpyro.sample("s", dist.LogNormal(0.0, 1.0))
    with numpyro.plate("state", n_state):
        # P[state, next] ~ Dirichlet(2)   supports.gen:11
        P = numpyro.sample("P", dist.Dirichlet(jnp.full(n_next, 2.0)))
    with numpyro.plate("row", n_row):
        # z[row] ~ Categorical(P[state = 0])   supports.gen:16
        numpyro.sample("z", dist.Categorical(probs=P[0]), obs=z)
    # a : 0 < real < 1 ~ Uniform(0, 1)   supports.gen:12
    a = numpyro.sample("a", dist.Uniform(0.0, 1.0))
    # c : real > a ~ Normal(0, 1)   supports.gen:13
    numpyro.sample("c", Truncated(dist.Normal(0.0, 1.0), low=a))
    # d[k] : sum_to_zero ~ Normal(0, 1)   supports.gen:14
    d = numpyro.sample("d", SumToZero(dist.Normal(0.0, 1.0).expand([n_k]).to_event(1)))
    with numpyro.plate("row", n_row):
        # y[row] ~ Mixture(w, Normal(mu + d, s))   supports.gen:15
        numpyro.sample("y", Mixture(w, dist.Normal(mu + d, s)), obs=y)


# --- distributions that NumPyro lacks ---


class Ordered(dist.Distribution):
    """The order statistics of the last event axis of `base`, whose entries are exchangeable.

    The density is K! times that of `base`, where the entries increase.
    """

    pytree_data_fields = ("base",)
    support = constraints.ordered_vector

    def __init__(self, base, *, validate_args=None):
        self.base = base
        super().__init__(base.batch_shape, base.event_shape, validate_args=validate_args)

    def sample(self, key, sample_shape=()):
        return jnp.sort(self.base.sample(key, sample_shape), axis=-1)

    def log_prob(self, value):
        return special.gammaln(self.event_shape[-1] + 1.0) + self.base.log_prob(value)


class PositiveOrdered(Ordered):
    """The same for a `base` on the positive half-line."""

    support = constraints.positive_ordered_vector


def log_scaled_ndtr(z):
    """log Phi(z) + z^2 / 2, for z <= 0 (Abramowitz & Stegun 26.2.12 below -12)."""
    is_far = z < -12.0
    near = jnp.where(is_far, -1.0, z)
    far = jnp.where(is_far, z, -20.0)
    series = jnp.ones_like(far)
    for k in range(10, 0, -1):
        series = 1.0 - (2 * k - 1) / far**2 * series
    tail = jnp.log(series) - jnp.log(-far) - 0.9189385332046727
    return jnp.where(is_far, tail, jnp.log(special.ndtr(near)) + near**2 / 2)


def log_ndtr(z):
    """log Phi(z), to a few ulps at any z."""
    z = jnp.asarray(z, jnp.result_type(float))
    lower = jnp.where(z < 0, z, -1.0)
    upper = jnp.where(z < 0, 0.0, z)
    return jnp.where(z < 0, log_scaled_ndtr(lower) - lower**2 / 2, jnp.log1p(-special.ndtr(-upper)))


def log1mexp(x):
    """log(1 - exp(x)) for x <= 0, precise at both ends (Maechler 2012)."""
    is_small = x > -0.6931471805599453
    near = jnp.where(is_small, x, -0.5)
    far = jnp.where(is_small, -1.0, x)
    return jnp.where(is_small, jnp.log(-jnp.expm1(near)), jnp.log1p(-jnp.exp(far)))


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


def log_interval(base, low, high):
    """log P(low < X <= high), as a difference of the tails on the side where they are small."""
    log_cdf_low, log_survival_low = log_tails_anywhere(base, low)
    log_cdf_high, log_survival_high = log_tails_anywhere(base, high)
    is_right = log_survival_low < log_cdf_low
    is_left = log_cdf_high < log_survival_high
    top = jnp.where(is_right, log_survival_low, jnp.where(is_left, log_cdf_high, 0.0))
    both = jnp.logaddexp(log_cdf_low, log_survival_high)
    gone = jnp.where(is_right, log_survival_high, jnp.where(is_left, log_cdf_low, both))
    is_empty = gone >= top
    gap = jnp.where(is_empty, -1.0, gone) - jnp.where(is_empty, 0.0, top)
    return jnp.where(is_empty, -jnp.inf, top + log1mexp(gap))


@log_tails.register(dist.Normal)
def log_tails_normal(base, x):
    z = (x - base.loc) / base.scale
    return log_ndtr(z), log_ndtr(-z)


@log_tails.register(dist.LogNormal)
def log_tails_log_normal(base, x):
    z = (jnp.log(x) - base.loc) / base.scale
    return log_ndtr(z), log_ndtr(-z)


@log_tails.register(dist.HalfNormal)
def log_tails_half_normal(base, x):
    z = x / base.scale
    return jnp.log(special.erf(z / jnp.sqrt(2.0))), jnp.log(2.0) + log_ndtr(-z)


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

    def log_mass(self, high):
        """log P(low <= base <= high)."""
        low = self.limits[0]
        return log_interval(self.base, low - 1 if self.base.is_discrete else low, high)

    def log_prob(self, value):
        low, high = self.limits
        is_inside = (value >= low) & (value <= high)
        shape = lax.broadcast_shapes(jnp.shape(value), self.batch_shape)
        feasible = jnp.broadcast_to(
            self.support.feasible_like(jnp.broadcast_to(value, shape)), shape
        )
        inside = jnp.where(is_inside, value, feasible)
        return jnp.where(is_inside, self.base.log_prob(inside) - self.log_mass(high), -jnp.inf)

    def cdf(self, value):
        low, high = self.limits
        value = jnp.floor(value) if self.base.is_discrete else value
        return jnp.exp(self.log_mass(jnp.clip(value, low, high)) - self.log_mass(high))

    def sample(self, key, sample_shape=()):
        dtype = jnp.result_type(float)
        shape = sample_shape + self.batch_shape
        low, high = (jnp.broadcast_to(jnp.asarray(x, dtype), shape) for x in self.limits)
        chance = jax.random.uniform(key, shape, dtype, minval=jnp.finfo(dtype).tiny)
        goal = jnp.log(chance) + self.log_mass(high)
        if not self.base.is_discrete:
            return least_float(lambda x: self.log_mass(x) >= goal, low, high)
        draw = least_float(lambda x: self.log_mass(jnp.floor(x)) >= goal, low - 1, high)
        return draw.astype(jnp.result_type(int))


class SumToZero(dist.Distribution):
    """Independent Gaussians on the last axis of `base`, given that their sum is 0.

    The density is with respect to area on the hyperplane. The normaliser is the density at 0 of
    the distance to it, sum(x) / sqrt(K) ~ Normal(sum(mean) / sqrt(K), sqrt(sum(variance) / K)).
    """

    pytree_data_fields = ("base",)
    support = constraints.zero_sum(1)

    def __init__(self, base, *, validate_args=None):
        self.base = base
        super().__init__(base.batch_shape, base.event_shape, validate_args=validate_args)

    def sample(self, key, sample_shape=()):
        draw = self.base.sample(key, sample_shape)
        share = self.base.variance / self.base.variance.sum(-1, keepdims=True)
        return draw - share * draw.sum(-1, keepdims=True)

    def log_prob(self, value):
        size = self.event_shape[-1]
        loc = self.base.mean.sum(-1) / jnp.sqrt(size)
        scale = jnp.sqrt(self.base.variance.sum(-1) / size)
        return self.base.log_prob(value) - dist.Normal(loc, scale).log_prob(0.0)


def log_prob_within(base, value):
    """log density of `base`, -inf outside its support, which NumPyro's classes do not check."""
    if base.event_dim > 0:
        return base.log_prob(value)
    value = jnp.broadcast_to(value, jnp.broadcast_shapes(jnp.shape(value), base.batch_shape))
    is_inside = base.support(value)
    inside = jnp.where(is_inside, value, base.support.feasible_like(value))
    return jnp.where(is_inside, base.log_prob(inside), -jnp.inf)


class WithinSupport(dist.Distribution):
    """`base`, with density zero outside its support: for data whose bounds are being inferred."""

    pytree_data_fields = ("base",)

    def __init__(self, base, *, validate_args=None):
        self.base = base
        super().__init__(base.batch_shape, base.event_shape, validate_args=validate_args)

    @property
    def support(self):
        return self.base.support

    def sample(self, key, sample_shape=()):
        return self.base.sample(key, sample_shape)

    def log_prob(self, value):
        return log_prob_within(self.base, value)

    @property
    def mean(self):
        return self.base.mean

    @property
    def variance(self):
        return self.base.variance


class Mixture(dist.Distribution):
    """Draws from component k with probability `weights[..., k]`.

    `component` is one distribution whose last batch axis is k, or a list of distributions, of which
    the first has the widest support.
    """

    pytree_data_fields = ("weights", "component")

    def __init__(self, weights, component, *, validate_args=None):
        self.weights, self.component = weights, component
        parts = component if isinstance(component, list | tuple) else [component]
        shapes = (
            [p.batch_shape for p in parts] if parts is component else [component.batch_shape[:-1]]
        )
        batch_shape = lax.broadcast_shapes(jnp.shape(weights)[:-1], *shapes)
        super().__init__(batch_shape, parts[0].event_shape, validate_args=validate_args)

    @property
    def is_list(self):
        return isinstance(self.component, list | tuple)

    @property
    def support(self):
        return self.component[0].support if self.is_list else self.component.support

    def component_log_probs(self, value):
        """The log density of each component, on the last axis."""
        if self.is_list:
            shape = jnp.broadcast_shapes(jnp.shape(value), self.batch_shape + self.event_shape)
            value = jnp.broadcast_to(value, shape)
            return jnp.stack([log_prob_within(c, value) for c in self.component], axis=-1)
        return log_prob_within(self.component, jnp.expand_dims(value, -1 - self.event_dim))

    def log_prob(self, value):
        return special.logsumexp(self.component_log_probs(value), axis=-1, b=self.weights)

    def component_stack(self, evaluate):
        """evaluate(component), each component on the axis before the event."""
        axis = -1 - self.event_dim
        if self.is_list:
            shape = self.batch_shape
            return jnp.stack([evaluate(c.expand(shape)) for c in self.component], axis=axis)
        return evaluate(self.component.expand(self.batch_shape + jnp.shape(self.weights)[-1:]))

    def sample(self, key, sample_shape=()):
        key_choice, key_draw = jax.random.split(key)
        shape = sample_shape + self.batch_shape
        chosen = jax.random.categorical(key_choice, jnp.log(self.weights), shape=shape)
        draws = self.component_stack(lambda c: c.sample(key_draw, sample_shape))
        axis = -1 - self.event_dim
        index = jnp.expand_dims(chosen, tuple(range(axis, 0)))
        return jnp.take_along_axis(draws, index, axis=axis).squeeze(axis)

    @property
    def mean(self):
        weights = jnp.expand_dims(self.weights, tuple(range(-self.event_dim, 0)))
        return (weights * self.component_stack(lambda c: c.mean)).sum(-1 - self.event_dim)

    @property
    def variance(self):
        weights = jnp.expand_dims(self.weights, tuple(range(-self.event_dim, 0)))
        second = self.component_stack(lambda c: c.variance + c.mean**2)
        return (weights * second).sum(-1 - self.event_dim) - self.mean**2
