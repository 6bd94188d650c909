"""The predictive distribution of a trained network whose target is one of some classes."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
import numpyro.distributions as dist
from numpyro.distributions import constraints

from gendsl.backends.numpyro.networks.network_outputs import network_outputs


def network_classes(network, x, y, new, first=0):
    """The probabilities that a trained network gives to classes, which are numbered from first."""
    outputs = network_outputs(network, x, jnp.asarray(y, int) - first, new)
    return NetworkClasses(network["head"] + outputs, first)


class NetworkClasses(dist.Distribution):
    """Classes with these logits, which are numbered from first on."""

    arg_constraints = {}
    pytree_data_fields = ("logits",)
    pytree_aux_fields = ("first",)
    has_enumerate_support = True

    def __init__(self, logits, first, *, validate_args=None):
        self.logits, self.first = logits, first
        super().__init__(logits.shape[:-1], (), validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self):
        return constraints.integer_interval(self.first, self.first + self.logits.shape[-1] - 1)

    def log_prob(self, value):
        classes = dist.Categorical(logits=self.logits)
        return classes.log_prob(jnp.asarray(value, int) - self.first)

    def sample(self, key, sample_shape=()):
        return self.first + dist.Categorical(logits=self.logits).sample(key, sample_shape)

    def enumerate_support(self, expand=True):
        numbers = dist.Categorical(logits=self.logits).enumerate_support(expand)
        return self.first + numbers
