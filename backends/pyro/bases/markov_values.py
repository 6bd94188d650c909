"""Values of a function with a Markovian kernel from standard normal ones."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch

from gendsl.backends.pyro.distributions.markov_chain import chain_times_white


def markov_values(white, jitter, order, observed, transition, covariance):
    """L w at points that `order` sorts: L L' is their covariance and jitter^2 on its diagonal."""
    order, observed = order.long(), torch.as_tensor(observed)
    observed = observed.expand(covariance.shape[:-1])
    sorted_values = chain_times_white(white[order], jitter**2, observed, transition, covariance)
    return torch.zeros_like(sorted_values).scatter(0, order, sorted_values)
