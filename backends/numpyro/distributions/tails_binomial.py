"""The tails of the binomial."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
import numpyro.distributions as dist
from jax.scipy import special

from gendsl.backends.numpyro.distributions.log_beta_tails import log_beta_tails
from gendsl.backends.numpyro.distributions.log_tails import log_tails


@log_tails.register(dist.BinomialProbs)
def log_tails_binomial(base, x):
    return log_binomial_tails(base.total_count - x, x, 1.0 - base.probs, 1.0 * base.probs)


@log_tails.register(dist.BinomialLogits)
def log_tails_binomial_logits(base, x):
    failure, success = special.expit(-base.logits), special.expit(base.logits)
    return log_binomial_tails(base.total_count - x, x, failure, success)


def log_binomial_tails(rest, x, failure, success):
    return log_beta_tails(jnp.maximum(rest, 1.0), x + 1.0, failure, success)
