"""Entries in increasing order."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def ascending(x, dim):
    """The entries of `x`, sorted along an axis."""
    return torch.sort(x, dim=dim).values
