"""The tails of the geometric."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist

from gendsl.backends.numpyro.distributions.log1mexp import log1mexp
from gendsl.backends.numpyro.distributions.log_tails import log_tails


@log_tails.register(dist.GeometricProbs)
def log_tails_geometric(base, x):
    log_survival = (x + 1.0) * jnp.log1p(-base.probs)
    return log1mexp(log_survival), log_survival


@log_tails.register(dist.GeometricLogits)
def log_tails_geometric_logits(base, x):
    log_survival = -(x + 1.0) * jax.nn.softplus(base.logits)
    return log1mexp(log_survival), log_survival
