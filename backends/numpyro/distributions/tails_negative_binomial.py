"""The tails of the negative binomial."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax

from gendsl.backends.numpyro.distributions.log_beta_tails import log_beta_tails
from gendsl.backends.numpyro.distributions.log_tails import log_tails
from gendsl.backends.numpyro.distributions.negative_binomial import NegativeBinomial


@log_tails.register(NegativeBinomial)
def log_tails_negative_binomial(base, x):
    p, q = jax.nn.sigmoid(-base.log_odds), jax.nn.sigmoid(base.log_odds)
    return log_beta_tails(1.0 * base.dispersion, x + 1.0, p, q)
