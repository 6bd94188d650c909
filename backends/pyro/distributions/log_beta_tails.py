"""The logarithms of the regularised incomplete beta function and its complement."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch

from gendsl.backends.pyro.distributions.log1mexp import log1mexp
from gendsl.backends.pyro.distributions.log_rising import log_beta
from gendsl.backends.pyro.distributions.sloped_tails import sloped_tails


def logs_of_parts(x, y):
    """log x and log y of x + y = 1, each from the smaller."""
    is_small = y < x
    return (
        torch.where(is_small, torch.log1p(-y), torch.log(x)),
        torch.where(is_small, torch.log(y), torch.log1p(-x)),
    )


def incomplete_beta(x, y, a, b):
    """log I_x(a, b) and log I_y(b, a), for 0 < x < 1 and y = 1 - x."""
    # Press et al. (2007), Numerical Recipes, sec. 6.4: the continued fraction on its quick side.
    # x and y are used where each is small, as the other's distance from 1 is lost by rounding.
    is_swapped = x * (b + 1.0) > y * (a + 1.0)
    p, q = torch.where(is_swapped, b, a), torch.where(is_swapped, a, b)
    u, v = torch.where(is_swapped, y, x), torch.where(is_swapped, x, y)
    epsilon = torch.finfo(u.dtype).eps

    m, c, d = 1, torch.ones_like(u), (p + 1.0) / (1.0 + p * v - q * u)
    fraction, change = d, torch.full_like(u, 2.0)
    while m < 20_000 and bool(((change - 1.0).abs() > epsilon).any()):
        even = m * (q - m) * u / ((p + 2 * m - 1.0) * (p + 2 * m))
        odd = -(p + m) * (p + q + m) * u / ((p + 2 * m) * (p + 2 * m + 1.0))
        c, d = 1.0 + even / c, 1.0 / (1.0 + even * d)
        fraction = fraction * c * d
        c, d = 1.0 + odd / c, 1.0 / (1.0 + odd * d)
        change = c * d
        fraction, m = fraction * change, m + 1

    log_u, log_v = logs_of_parts(u, v)
    log_front = p * log_u + q * log_v - torch.log(p) - log_beta(p, q)
    log_near = (log_front + torch.log(fraction)).clamp(max=-1e-30)
    log_far = log1mexp(log_near)
    return torch.where(is_swapped, log_far, log_near), torch.where(is_swapped, log_near, log_far)


def log_beta_density(x, y, a, b):
    """log of the slope of I_x(a, b) along x."""
    log_x, log_y = logs_of_parts(x, y)
    return (a - 1.0) * log_x + (b - 1.0) * log_y - log_beta(a, b)


def log_beta_tails(a, b, x, y):
    """log I_x(a, b) and log I_y(b, a): y = 1 - x is given apart, for precision near 1."""
    return sloped_tails(incomplete_beta, log_beta_density, x, y, a, b)
