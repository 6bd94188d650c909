"""The gamma function."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def gamma_function(x):
    """Gamma(x), also between the poles on the left, where its sign alternates."""
    is_negative = (x < 0) & (torch.floor(x) % 2 == 1)
    size = torch.exp(torch.lgamma(x))
    return torch.where(is_negative, -size, size)
