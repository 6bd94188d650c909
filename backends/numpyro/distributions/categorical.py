"""Categories by their probabilities, some of which may be zero."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
import numpyro.distributions as dist
from jax import lax
from numpyro.distributions.util import validate_sample

from gendsl.backends.numpyro.distributions.log_or_impossible import log_or_impossible


class Categorical(dist.CategoricalProbs):
    """NumPyro's, with log density -inf where a probability is 0, and a gradient of 0 there."""

    def __init__(self, p, *, validate_args=None):
        super().__init__(p, validate_args=validate_args)

    @validate_sample
    def log_prob(self, value):
        log = log_or_impossible(self.probs)
        shape = lax.broadcast_shapes(jnp.shape(value), self.batch_shape)
        log = jnp.broadcast_to(log, (*shape, log.shape[-1]))
        index = jnp.broadcast_to(value, shape)[..., None]
        return jnp.take_along_axis(log, index, axis=-1)[..., 0]
