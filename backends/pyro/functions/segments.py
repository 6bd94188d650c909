"""Reductions by group: over the rows that share an index."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def _segment(values, index, num_segments, reduce, start):
    rows = index.reshape(-1, *[1] * (values.dim() - 1)).expand(values.shape)
    empty = torch.full((num_segments, *values.shape[1:]), start, dtype=values.dtype)
    return empty.scatter_reduce(0, rows, values, reduce)


def segment_sum(values, index, num_segments):
    """The sums of rows by group, along the first axis; 0 for an empty group."""
    empty = torch.zeros((num_segments, *values.shape[1:]), dtype=values.dtype)
    return empty.index_add(0, index, values)


def segment_prod(values, index, num_segments):
    """The products of rows by group; 1 for an empty group."""
    return _segment(values, index, num_segments, "prod", 1)


def segment_max(values, index, num_segments):
    """The largest entries by group; the least number of its type for an empty group."""
    return _segment(values, index, num_segments, "amax", _ends(values)[0])


def segment_min(values, index, num_segments):
    """The smallest entries by group; the largest number of its type for an empty group."""
    return _segment(values, index, num_segments, "amin", _ends(values)[1])


def _ends(values):
    if values.dtype.is_floating_point:
        return -torch.inf, torch.inf
    return torch.iinfo(values.dtype).min, torch.iinfo(values.dtype).max
