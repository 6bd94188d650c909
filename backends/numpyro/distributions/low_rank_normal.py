"""The multivariate Gaussian whose covariance is of low rank, but for its diagonal."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from numpyro.distributions import constraints


class LowRankNormal(dist.Distribution):
    """loc + W z + noise * e, z and e standard normal: by the factor C C' = 1 + W' W / noise^2."""

    # |W W' + D| = |C C'| |D| and (W W' + D)^-1 = D^-1 - D^-1 W (C C')^-1 W' D^-1: Woodbury's
    # identity (Rasmussen & Williams 2006, eq. A.9 and A.10).
    arg_constraints = {"loc": constraints.real_vector, "noise": constraints.positive}
    support = constraints.real_vector
    reparametrized_params = ["loc", "factor", "noise", "capacitance"]
    pytree_data_fields = ("loc", "factor", "noise", "capacitance")

    def __init__(self, loc, factor, noise, capacitance=None, *, validate_args=None):
        self.loc, self.noise = jnp.broadcast_arrays(loc, noise)
        batch = jnp.broadcast_shapes(self.loc.shape[:-1], jnp.shape(factor)[:-2])
        shape = (*batch, self.loc.shape[-1])
        self.loc, self.noise = jnp.broadcast_to(self.loc, shape), jnp.broadcast_to(noise, shape)
        self.factor = jnp.asarray(factor)
        if capacitance is None:
            scaled = self.factor / self.noise[..., None]
            inner = jnp.swapaxes(scaled, -1, -2) @ scaled
            capacitance = jnp.linalg.cholesky(jnp.eye(inner.shape[-1]) + inner)
        self.capacitance = capacitance
        super().__init__(batch, shape[-1:], validate_args=validate_args)

    def sample(self, key, sample_shape=()):
        key_factor, key_noise = jax.random.split(key)
        shape = (*sample_shape, *self.batch_shape)
        z = jax.random.normal(key_factor, (*shape, self.factor.shape[-1]))
        e = jax.random.normal(key_noise, (*shape, *self.event_shape))
        return self.loc + jnp.einsum("...ij,...j->...i", self.factor, z) + self.noise * e

    def log_prob(self, value):
        scaled = (value - self.loc) / self.noise
        inner = jnp.einsum("...ij,...i->...j", self.factor, scaled / self.noise)
        shape = (*inner.shape[:-1], *self.capacitance.shape[-2:])
        factor = jnp.broadcast_to(self.capacitance, shape)
        explained = jax.scipy.linalg.solve_triangular(factor, inner[..., None], lower=True)[..., 0]
        diagonal = jnp.diagonal(self.capacitance, axis1=-2, axis2=-1)
        return (
            -0.5 * (jnp.sum(scaled**2, -1) - jnp.sum(explained**2, -1))
            - jnp.sum(jnp.log(diagonal), -1)
            - jnp.sum(jnp.log(self.noise), -1)
            - 0.5 * self.event_shape[0] * jnp.log(2 * jnp.pi)
        )

    @property
    def mean(self):
        return self.loc

    @property
    def variance(self):
        return jnp.sum(self.factor**2, -1) + self.noise**2
