"""The past of a series at one position."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def latest(x, count):
    """The last `count` entries, the newest first; zeros where there are none."""
    newest = x.flip(0)[:count]
    return torch.cat([newest, x.new_zeros((count - len(newest), *x.shape[1:]))])
