"""The logarithms of a rising factorial and of the beta function, without cancellation."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def log_rising(a, n):
    """log(Gamma(a + n) / Gamma(a)), a > 0, n >= 0 (Stirling's series, A&S 6.1.41, from a = 10)."""
    a = torch.as_tensor(a)
    is_large = a > 10.0
    large, small = torch.where(is_large, a, 20.0), torch.where(is_large, 1.0, a)

    def correction(z):
        w = 1.0 / z**2
        series = w * (1 / 1680 - w * (1 / 1188 - w * (691 / 360360 - w / 156)))
        return (1 / 12 - w * (1 / 360 - w * (1 / 1260 - series))) / z

    total = large + n
    stirling = (large - 0.5) * torch.log1p(n / large) + n * (torch.log(total) - 1.0)
    stirling = stirling + (correction(total) - correction(large))
    direct = torch.lgamma(small + n) - torch.lgamma(small)
    return torch.where(is_large, stirling, direct)


def log_beta(a, b):
    """log B(a, b)."""
    large, small = torch.maximum(a, b), torch.minimum(a, b)
    return torch.lgamma(small) - log_rising(large, small)
