"""Points inside supports."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def feasible_like(support, value):
    """A point of a scalar support for each entry of `value`, where every density has a slope."""
    low, high = (getattr(support, bound, None) for bound in ("lower_bound", "upper_bound"))
    zero = torch.zeros_like(value)
    if low is None and high is None:
        return zero
    if high is None:
        return zero + low + (0 if support.is_discrete else 1)
    if low is None:
        return zero + high - 1
    return zero + (low if support.is_discrete else (low + high) / 2)
