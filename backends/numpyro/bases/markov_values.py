"""Values of a function with a Markovian kernel from standard normal ones."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp

from gendsl.backends.numpyro.distributions.markov_chain import chain_times_white


def markov_values(white, jitter, order, observed, transition, covariance):
    """L w at points that `order` sorts: L L' is their covariance and jitter^2 on its diagonal."""
    observed = jnp.broadcast_to(jnp.asarray(observed), covariance.shape[:-1])
    sorted_values = chain_times_white(white[order], jitter**2, observed, transition, covariance)
    return jnp.zeros_like(sorted_values).at[order].set(sorted_values)
