"""The model radon, from radon.gen."""

import functools

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from jax import lax
from jax.scipy import special
from numpyro.distributions import constraints


def model(
    *,
    n_house: int,
    n_county: int,
    county_AITKIN: int,
    county_of,
    floor,
    uranium,
    y=None,
    predict: bool = False,
):
    mu = numpyro.sample("mu", dist.Normal(0.0, 10.0))  # mu ~ Normal(0, 10)   radon.gen:8
    slope = numpyro.sample("slope", dist.Normal(0.0, 5.0))  # slope ~ Normal(0, 5)   radon.gen:9
    tau = numpyro.sample("tau", dist.HalfNormal(1.0))  # tau ~ HalfNormal(1)   radon.gen:10
    # sigma : real > 0 ~ StudentT(3, 0, 1)   radon.gen:11
    sigma = numpyro.sample("sigma", Truncated(dist.StudentT(3.0, 0.0, 1.0), low=0.0))
    with numpyro.plate("county", n_county):
        # alpha[county] ~ Normal(mu + slope * uranium, tau)   radon.gen:12
        alpha_raw = numpyro.sample("alpha.raw", dist.Normal(0.0, 1.0))
    # alpha[county] ~ Normal(mu + slope * uranium, tau)   radon.gen:12
    alpha = numpyro.deterministic("alpha", mu + slope * uranium + tau * alpha_raw)
    beta = numpyro.sample("beta", dist.Normal(0.0, 5.0))  # beta ~ Normal(0, 5)   radon.gen:13
    with numpyro.plate("house", n_house):
        # y[house] ~ Normal(alpha[county_of] + beta * floor, sigma)   radon.gen:14
        numpyro.sample("y", dist.Normal(alpha[county_of] + beta * floor, sigma), obs=y)
    if predict:
        # predict aitkin = alpha["AITKIN"] - mean[county](alpha)   radon.gen:16
        aitkin = numpyro.deterministic("aitkin", alpha[county_AITKIN] - jnp.mean(alpha))
        with numpyro.plate("house", n_house):
            # predict y_new[house] ~ Normal(alpha[county_of], sigma)   radon.gen:17
            numpyro.sample("y_new", dist.Normal(alpha[county_of], sigma))


# --- distributions that NumPyro lacks ---


def log1mexp(x):
    """log(1 - exp(x)) for x <= 0, precise at both ends (Maechler 2012)."""
    is_small = x > -0.6931471805599453
    near = jnp.where(is_small, x, -0.5)
    far = jnp.where(is_small, -1.0, x)
    return jnp.where(is_small, jnp.log(-jnp.expm1(near)), jnp.log1p(-jnp.exp(far)))


def log_rising(a, n):
    """log(Gamma(a + n) / Gamma(a)), a > 0, n >= 0 (Stirling's series, A&S 6.1.41, from a = 10)."""
    is_large = a > 10.0
    large, small = jnp.where(is_large, a, 20.0), jnp.where(is_large, 1.0, a)

    def correction(z):
        w = 1.0 / z**2
        series = w * (1 / 1680 - w * (1 / 1188 - w * (691 / 360360 - w / 156)))
        return (1 / 12 - w * (1 / 360 - w * (1 / 1260 - series))) / z

    total = large + n
    stirling = (large - 0.5) * jnp.log1p(n / large) + n * (jnp.log(total) - 1.0)
    stirling = stirling + (correction(total) - correction(large))
    direct = special.gammaln(small + n) - special.gammaln(small)
    return jnp.where(is_large, stirling, direct)


def log_beta(a, b):
    """log B(a, b); `special.betaln` is off by 1e-7 at (12, 1) in double precision (jax 0.10.2)."""
    large, small = jnp.maximum(a, b), jnp.minimum(a, b)
    return special.gammaln(small) - log_rising(large, small)


@jax.jit
def incomplete_beta(a, b, x, y):
    """log I_x(a, b) and log I_y(b, a), for 0 < x < 1 and y = 1 - x."""
    # Press et al. (2007), Numerical Recipes, sec. 6.4: the continued fraction on its quick side.
    is_swapped = x > (a + 1.0) / (a + b + 2.0)
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
    first = 1.0 / (1.0 - (p + q) * u / (p + 1.0))
    _, _, _, fraction, _ = lax.while_loop(is_short, add_level, (1.0, one, first, first, 2.0 * one))
    log_front = p * jnp.log(u) + q * jnp.log(v) - jnp.log(p) - log_beta(p, q)
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
    log_density = (a - 1.0) * jnp.log(x) + (b - 1.0) * jnp.log(y) - log_beta(a, b)
    a_dot, b_dot, x_dot, _ = tangents
    return (log_i, log_j), (
        by_a_i * a_dot + by_b_i * b_dot + jnp.exp(log_density - log_i) * x_dot,
        by_a_j * a_dot + by_b_j * b_dot - jnp.exp(log_density - log_j) * x_dot,
    )


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


def log_student_t_survival(df, z):
    """log P(T > z), for z >= 0."""
    z = jnp.maximum(z, 1e-12)
    log_both, _ = log_beta_tails(df / 2.0, 0.5, 1.0 / (1.0 + z**2 / df), 1.0 / (1.0 + df / z**2))
    return log_both - jnp.log(2.0)


def both_student_t_tails(df, z):
    log_small = log_student_t_survival(df, jnp.abs(z))
    log_large = log1mexp(log_small)
    return jnp.where(z < 0, log_small, log_large), jnp.where(z < 0, log_large, log_small)


@jax.custom_jvp
def log_student_t_tails(df, z):
    """log P(T <= z) and log P(T > z)."""
    return both_student_t_tails(df, z)


@log_student_t_tails.defjvp
def log_student_t_tails_jvp(primals, tangents):
    df, z = jnp.broadcast_arrays(*primals)
    (log_cdf, log_survival), (by_df_cdf, by_df_survival) = jax.jvp(
        lambda df: both_student_t_tails(df, z), (df,), (jnp.ones_like(df),)
    )
    log_density = dist.StudentT(df).log_prob(z)
    df_dot, z_dot = tangents
    return (log_cdf, log_survival), (
        by_df_cdf * df_dot + jnp.exp(log_density - log_cdf) * z_dot,
        by_df_survival * df_dot - jnp.exp(log_density - log_survival) * z_dot,
    )


@log_tails.register(dist.StudentT)
def log_tails_student_t(base, x):
    return log_student_t_tails(1.0 * base.df, (x - base.loc) / base.scale)


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
