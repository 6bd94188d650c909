"""The exponential integrals."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def exp1(x):
    """E1(x) for x > 0: a series up to 1, a continued fraction beyond (A&S 5.1.11 and 5.1.22)."""
    is_small = x <= 1.0
    small, large = torch.where(is_small, x, 0.5), torch.where(is_small, 2.0, x)
    near = -0.5772156649015329 - torch.log(small) - exponential_series(-small, 25)
    level = large + 201.0
    for k in range(100, 0, -1):
        level = large + (2 * k - 1) - k**2 / level
    return torch.where(is_small, near, torch.exp(-large) / level)


def expi(x):
    """Ei(x): a series up to 40, its asymptotic expansion beyond, -E1(-x) below 0."""
    is_positive, is_large = x > 0, x > 40.0
    below = -exp1(torch.where(is_positive, 1.0, -x))
    small = torch.where(is_positive & ~is_large, x, 1.0)
    near = 0.5772156649015329 + torch.log(small) + exponential_series(small, 170)
    large = torch.where(is_large, x, 50.0)
    total = torch.ones_like(large)
    for k in range(38, 0, -1):
        total = 1.0 + k / large * total
    far = torch.exp(large) / large * total
    return torch.where(is_positive, torch.where(is_large, far, near), below)


def exponential_series(x, count):
    """The sum of x^k / (k k!), for k from 1."""
    term, total = torch.ones_like(x), torch.zeros_like(x)
    for k in range(1, count + 1):
        term = term * x / k
        total = total + term / k
    return total
