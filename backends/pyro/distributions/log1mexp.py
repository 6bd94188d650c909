"""log(1 - exp(x)) without cancellation."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def log1mexp(x):
    """log(1 - exp(x)) for x <= 0, precise at both ends (Maechler 2012)."""
    is_small = x > -0.6931471805599453
    near = torch.where(is_small, x, -0.5)
    far = torch.where(is_small, -1.0, x)
    return torch.where(is_small, torch.log(-torch.expm1(near)), torch.log1p(-torch.exp(far)))
