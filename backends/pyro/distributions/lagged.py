"""Windows of a series' past."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def lagged(x, first, last, start):
    """x[t - k] by lag k, from `first` to `last`, and by t from `start` on; zeros before x[0]."""
    padding = max(last - start, 0)
    padded = torch.cat([x.new_zeros((padding, *x.shape[1:])), x])
    k = torch.arange(first, last + 1)[:, None]
    return padded[padding + start - k + torch.arange(len(x) - start)]
