"""Logarithms of one minus probabilities that may be one."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def log1m_or_impossible(p):
    """log(1 - p); -inf at 1, where the gradient is 0."""
    return torch.where(p < 1, torch.log1p(-torch.where(p < 1, p, 0.0)), -torch.inf)
