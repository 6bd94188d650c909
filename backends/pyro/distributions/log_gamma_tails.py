"""The logarithms of both regularised incomplete gamma functions, with every slope."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch

from gendsl.backends.pyro.distributions.log1mexp import log1mexp
from gendsl.backends.pyro.distributions.sloped_tails import sloped_tails


def incomplete_gamma(x, _, shape):
    """log P(shape, x) and log Q(shape, x), x > 0."""
    # Press et al. (2007), Numerical Recipes, sec. 6.2: a series below shape + 1, a continued
    # fraction (Lentz) above it; the other tail is the complement.
    is_low = x < shape + 1.0
    low = torch.where(is_low, x, shape / 2.0)
    high = torch.where(is_low, shape + 2.0, x)
    epsilon = torch.finfo(low.dtype).eps

    n, term = 1, torch.ones_like(low)
    total = term
    while n < 20_000 and bool((term > epsilon / 4.0 * total).any()):
        term = term * low / (shape + n)
        total, n = total + term, n + 1

    n, d = 1, 1.0 / (high + 1.0 - shape)
    c, fraction, change = torch.full_like(d, 1e30), d, torch.full_like(d, 2.0)
    while n < 20_000 and bool(((change - 1.0).abs() > epsilon).any()):
        numerator, denominator = -n * (n - shape), high + 2 * n + 1.0 - shape
        d = 1.0 / (denominator + numerator * d)
        c = denominator + numerator / c
        change = c * d
        fraction, n = fraction * change, n + 1

    log_p = shape * torch.log(low) - low - torch.lgamma(shape + 1.0) + torch.log(total)
    log_q = shape * torch.log(high) - high - torch.lgamma(shape) + torch.log(fraction)
    log_p, log_q = log_p.clamp(max=-1e-30), log_q.clamp(max=-1e-30)
    return (
        torch.where(is_low, log_p, log1mexp(log_q)),
        torch.where(is_low, log1mexp(log_p), log_q),
    )


def log_gamma_density(x, _, shape):
    """log of the slope of P along x."""
    return (shape - 1.0) * torch.log(x) - x - torch.lgamma(shape)


def log_gamma_tails(shape, x):
    """log P(shape, x) and log Q(shape, x), x > 0: neither underflows, each has its gradients."""
    return sloped_tails(incomplete_gamma, log_gamma_density, x, x, shape)
