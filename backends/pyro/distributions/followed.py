"""Values that follow from those of neighbours, one point after another."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def followed(start, weights, near, order):
    """v = start + sum_j weights_j v[near_j] at the last points, by `order`; v = start before."""
    first, near = start.shape[-1] - weights.shape[-2], near.long()
    batch = torch.broadcast_shapes(start.shape[:-1], weights.shape[:-2])
    values = start.expand((*batch, start.shape[-1]))
    for i in order.long():
        moved = (weights[..., i, :] * values[..., near[i]]).sum(-1, keepdim=True)
        values = values.index_add(-1, first + i[None], moved)
    return values
