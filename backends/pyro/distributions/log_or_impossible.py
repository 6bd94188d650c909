"""Logarithms of probabilities that may be zero."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def log_or_impossible(p):
    """log p; -inf at 0, where the gradient is 0."""
    return torch.where(p > 0, torch.log(torch.where(p > 0, p, 1.0)), -torch.inf)
