"""The median, halfway between the two in the middle of an even number of entries."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def median(x, dim=None):
    """The middle along an axis, or several, or all."""
    if dim is None:
        return torch.quantile(x.reshape(-1), 0.5)
    if isinstance(dim, int):
        return torch.quantile(x, 0.5, dim=dim)
    kept = [axis for axis in range(x.dim()) if axis not in dim]
    return torch.quantile(x.permute(*kept, *dim).flatten(len(kept)), 0.5, dim=-1)
