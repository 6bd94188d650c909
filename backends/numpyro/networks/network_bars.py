"""The predictive distribution of a trained network whose head is bars with half-normal tails.

Source: Müller et al. (2022), "Transformers can do Bayesian inference", section 4 and appendix E.
"""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jax.scipy import special
from numpyro.distributions import constraints

from gendsl.backends.numpyro.networks.network_outputs import network_outputs


def network_bars(network, x, y, new):
    """The bars that a trained network predicts at new inputs, given x and y."""
    centre, unit = network["y_centre"].astype(float), network["y_unit"].astype(float)
    logits = network_outputs(network, x, y, new)
    return Bars(logits, centre + unit * network["head"].astype(float))


class Bars(dist.Distribution):
    """A histogram with these borders; in place of its first and last bar are half normals.

    Each has its median where the bar's outer border is.
    """

    arg_constraints = {}
    support = constraints.real
    pytree_data_fields = ("logits", "borders")

    def __init__(self, logits, borders, *, validate_args=None):
        self.logits, self.borders = logits, borders
        super().__init__(logits.shape[:-1], (), validate_args=validate_args)

    def tails(self):
        """The inner ends of the tails, and their scales."""
        widths = jnp.diff(self.borders)[jnp.array([0, -1])]
        return self.borders[1], self.borders[-2], *(widths / special.ndtri(0.75))

    def log_prob(self, value):
        low, high, left, right = self.tails()
        # The bar is picked by a mask: the slope of an indexing would be a scatter.
        edges, place = self.borders[1:-1], jnp.asarray(value)[..., None]
        above = jnp.concatenate([jnp.ones_like(place, bool), place >= edges], axis=-1)
        below = jnp.concatenate([place < edges, jnp.ones_like(place, bool)], axis=-1)
        heights = jax.nn.log_softmax(self.logits) - jnp.log(jnp.diff(self.borders))
        inside = jnp.sum(jnp.where(above & below, heights, 0.0), axis=-1)
        shares = jax.nn.log_softmax(self.logits)
        under = dist.HalfNormal(left).log_prob(jnp.abs(low - value)) + shares[..., 0]
        over = dist.HalfNormal(right).log_prob(jnp.abs(value - high)) + shares[..., -1]
        return jnp.where(value < low, under, jnp.where(value >= high, over, inside))

    def sample(self, key, sample_shape=()):
        low, high, left, right = self.tails()
        key_bar, key_place = jax.random.split(key)
        shape = (*sample_shape, *self.batch_shape)
        bar = jax.random.categorical(key_bar, self.logits, shape=shape)
        share = jax.random.uniform(key_place, shape)
        inside = self.borders[bar] + share * jnp.diff(self.borders)[bar]
        tail = special.ndtri(0.5 + 0.5 * share)
        last = self.logits.shape[-1] - 1
        ends = jnp.where(bar == 0, low - left * tail, high + right * tail)
        return jnp.where((bar == 0) | (bar == last), ends, inside)
