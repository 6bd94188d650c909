"""Waves of a period and its fractions."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

import torch


def fourier(x, period, n):
    """n waves along a new last axis: sine and cosine of period, of period / 2, and so on."""
    k = torch.arange(n)
    angle = 2 * math.pi * torch.as_tensor(x / period)[..., None] * (k // 2 + 1)
    return torch.where(k % 2 == 0, torch.sin(angle), torch.cos(angle))
