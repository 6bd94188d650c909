"""The beta by its mean and concentration."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist


def BetaProportion(mean, concentration):
    """Beta(mean * concentration, (1 - mean) * concentration)."""
    return dist.Beta(mean * concentration, (1.0 - mean) * concentration)
