"""Functions with Markovian kernels: observed with noise, and drawn given what is known of them."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from numpyro.distributions import constraints

from gendsl.backends.numpyro.distributions.markov_chain import (
    chain_log_density,
    chain_smoother,
    chain_times_white,
)


class MarkovNormal(dist.Distribution):
    """loc + coefficient * f + noise, the function f being observed' x of a chain of states x.

    `order` puts the points in order; `transition` and `covariance` are those of the states at the
    ordered points. All is linear in the number of points.
    """

    arg_constraints = {}
    support = constraints.real_vector
    pytree_data_fields = (
        *("loc", "scale", "coefficient", "order"),
        *("observed", "transition", "covariance"),
    )

    def __init__(
        self, loc, scale, coefficient, order, observed, transition, covariance, *,
        validate_args=None,
    ):  # fmt: skip
        n = order.shape[0]
        self.loc, self.scale, self.coefficient = (
            jnp.broadcast_to(x, (n,)) for x in (loc, scale, coefficient)
        )
        self.order, self.observed = order, jnp.asarray(observed)
        self.transition, self.covariance = transition, covariance
        super().__init__((), (n,), validate_args=validate_args)

    def chain(self):
        """What the functions of chains take after the values."""
        observed = self.coefficient[self.order][:, None] * self.observed
        return self.scale[self.order] ** 2, observed, self.transition, self.covariance

    def log_prob(self, value):
        chain = self.chain()
        density = jnp.vectorize(lambda y: chain_log_density(y, *chain), signature="(n)->()")
        return density((value - self.loc)[..., self.order])

    def sample(self, key, sample_shape=()):
        chain = self.chain()
        white = jax.random.normal(key, (*sample_shape, *self.event_shape))
        drawn = jnp.vectorize(lambda w: chain_times_white(w, *chain), signature="(n)->(n)")(white)
        return self.loc + jnp.zeros_like(drawn).at[..., self.order].set(drawn)


class MarkovConditional(dist.Distribution):
    """loc + f at the last points of a chain, given residual = coefficient * f + noise at the first.

    Where there are as many residuals as points, the function is drawn at those. A draw of all is
    corrected by the mean of its error (Durbin & Koopman 2002). `jitter` is a standard deviation.
    """

    arg_constraints = {}
    support = constraints.real_vector
    pytree_data_fields = (
        *("loc", "residual", "scale", "coefficient", "jitter", "order"),
        *("observed", "transition", "covariance"),
    )

    def __init__(
        self, loc, residual, scale, coefficient, jitter, order, observed, transition, covariance, *,
        validate_args=None,
    ):  # fmt: skip
        self.loc, self.residual, known = loc, residual, residual.shape[0]
        self.scale, self.coefficient = (jnp.broadcast_to(x, (known,)) for x in (scale, coefficient))
        self.jitter, self.order, self.observed = jitter, order, jnp.asarray(observed)
        self.transition, self.covariance = transition, covariance
        super().__init__((), loc.shape, validate_args=validate_args)

    def values(self, white, noise):
        """What standard normal values come to: one for each point, one for each residual."""
        n, known = self.order.shape[0], self.residual.shape[0]
        one = jnp.broadcast_to(self.observed, (n, len(self.observed)))
        model = (self.transition, self.covariance)
        prior = chain_times_white(white[self.order], self.jitter**2, one, *model)
        drawn = jnp.zeros(n).at[self.order].set(prior)
        # What is drawn has the jitter in it, which is a part of the noise then.
        left = self.scale**2 - (self.coefficient * self.jitter) ** 2
        noise = jnp.sqrt(jnp.maximum(left, 0.0)) * noise
        error = self.residual - self.coefficient * drawn[:known] - noise
        # A point where nothing is known is one with the coefficient 0.
        rest = n - known
        error = jnp.pad(error, (0, rest))[self.order]
        scale = jnp.pad(self.scale, (0, rest), constant_values=1.0)[self.order]
        seen = jnp.pad(self.coefficient, (0, rest))[self.order][:, None] * one
        moved = chain_smoother(error, scale**2, seen, *model) @ self.observed
        return self.loc + drawn.at[self.order].add(moved)[n - self.event_shape[0] :]

    def sample(self, key, sample_shape=()):
        key_white, key_noise = jax.random.split(key)
        white = jax.random.normal(key_white, (*sample_shape, self.order.shape[0]))
        noise = jax.random.normal(key_noise, (*sample_shape, self.residual.shape[0]))
        return jnp.vectorize(self.values, signature="(n),(k)->(m)")(white, noise)

    @property
    def mean(self):
        """The mean given what is known."""
        return self.values(jnp.zeros(self.order.shape[0]), jnp.zeros(self.residual.shape[0]))
