"""The multinomial; the number of trials may be traced."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jax import lax
from jax.scipy import special
from numpyro.distributions import constraints
from numpyro.distributions.util import validate_sample

from gendsl.backends.numpyro.distributions.log_or_impossible import log_or_impossible


def sample_multinomial(key, n, p):
    """Counts of each category of `p[..., k]` in `n` trials, one conditional binomial at a time."""
    keys = jax.random.split(key, p.shape[-1])
    still = jnp.cumsum(p[..., ::-1], axis=-1)[..., ::-1]
    share = jnp.where(still > 0, p / jnp.where(still > 0, still, 1.0), 0.0)

    def draw(left, key_and_share):
        key, share = key_and_share
        count = dist.Binomial(left, probs=jnp.clip(share, 0.0, 1.0)).sample(key)
        return left - count, count

    left = jnp.broadcast_to(n, p.shape[:-1])
    left, counts = lax.scan(draw, left, (keys[:-1], jnp.moveaxis(share, -1, 0)[:-1]))
    return jnp.moveaxis(jnp.concatenate([counts, left[None]]), 0, -1)


class Multinomial(dist.Distribution):
    """Counts of each category in n trials; give `p` or `logit`, categories last."""

    arg_constraints = {}
    pytree_data_fields = ("n", "p", "logit")

    def __init__(self, n, p=None, *, logit=None, validate_args=None):
        self.n, self.p, self.logit = n, p, logit
        shape = jnp.shape(logit if p is None else p)
        batch_shape = lax.broadcast_shapes(jnp.shape(n), shape[:-1])
        super().__init__(batch_shape, shape[-1:], validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self):
        return constraints.multinomial(self.n)

    @property
    def probs(self):
        return jax.nn.softmax(self.logit) if self.p is None else self.p

    def sample(self, key, sample_shape=()):
        shape = sample_shape + self.batch_shape + self.event_shape
        return sample_multinomial(key, self.n, jnp.broadcast_to(self.probs, shape))

    @validate_sample
    def log_prob(self, value):
        log_p = jax.nn.log_softmax(self.logit) if self.p is None else log_or_impossible(self.p)
        log_mass = jnp.where(value == 0, 0.0, value * log_p)
        log_choose = special.gammaln(self.n + 1.0) - special.gammaln(value + 1.0).sum(-1)
        return log_choose + log_mass.sum(-1)

    @property
    def mean(self):
        return jnp.broadcast_to(self.n, self.batch_shape)[..., None] * self.probs

    @property
    def variance(self):
        return self.mean * (1.0 - self.probs)
