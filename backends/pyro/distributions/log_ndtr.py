"""The logarithm of the Gaussian CDF, precise far in the tail."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def log_scaled_ndtr(z):
    """log Phi(z) + z^2 / 2, for z <= 0 (Abramowitz & Stegun 26.2.12 below -12)."""
    is_far = z < -12.0
    near = torch.where(is_far, -1.0, z)
    far = torch.where(is_far, z, -20.0)
    series = torch.ones_like(far)
    for k in range(10, 0, -1):
        series = 1.0 - (2 * k - 1) / far**2 * series
    tail = torch.log(series) - torch.log(-far) - 0.9189385332046727
    scaled = torch.special.erfcx(-near * 0.7071067811865476)
    return torch.where(is_far, tail, torch.log(scaled / 2))


def log_ndtr(z):
    """log Phi(z), to a few ulps at any z."""
    lower = torch.where(z < 0, z, -1.0)
    upper = torch.where(z < 0, 0.0, z)
    log_lower = log_scaled_ndtr(lower) - lower**2 / 2
    return torch.where(z < 0, log_lower, torch.log1p(-0.5 * torch.erfc(upper * 0.7071067811865476)))
