"""The binomial by the log odds, which may be infinite."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
import numpyro.distributions as dist
from numpyro.distributions.util import validate_sample


class BinomialLogit(dist.BinomialLogits):
    """NumPyro's binomial; at log odds of -inf it is certain of 0 successes, at inf of n.

    There the log density is 0 or -inf, exactly, and its gradient 0 where NumPyro's is NaN.
    """

    def __init__(self, n, logit, *, validate_args=None):
        super().__init__(logit, n, validate_args=validate_args)

    @validate_sample
    def log_prob(self, value):
        n, logit = self.total_count, self.logits
        is_certain = jnp.isinf(logit)
        inside = dist.BinomialLogits(jnp.where(is_certain, 0.0, logit), n, validate_args=False)
        at_edge = jnp.where(value == jnp.where(logit > 0, n, 0), 0.0, -jnp.inf)
        return jnp.where(is_certain, at_edge, inside.log_prob(value))
