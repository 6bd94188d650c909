"""B-splines by the recursion of Cox and de Boor."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def bspline(x, knots, degree):
    """The B-splines at x, along a new last axis: len(knots) + degree - 1 of them; 0 outside."""
    x, knots = 1.0 * torch.as_tensor(x)[..., None], 1.0 * torch.as_tensor(knots)
    # The ends are repeated, so that the splines add up to 1 between them (de Boor 2001, ch. IX).
    ends = (*knots.shape[:-1], degree)
    first, last = knots[..., :1].expand(ends), knots[..., -1:].expand(ends)
    t = torch.cat([first, knots, last], -1)
    is_inside = (t[..., :-1] <= x) & (x < t[..., 1:])
    is_final = torch.arange(t.shape[-1] - 1) == degree + knots.shape[-1] - 2
    basis = 1.0 * torch.where(x == t[..., -1:], is_final, is_inside)
    for p in range(1, degree + 1):
        rising = bspline_ratio(x - t[..., : -p - 1], t[..., p:-1] - t[..., : -p - 1])
        falling = bspline_ratio(t[..., p + 1 :] - x, t[..., p + 1 :] - t[..., 1:-p])
        basis = rising * basis[..., :-1] + falling * basis[..., 1:]
    return basis


def bspline_ratio(part, width):
    """part / width; 0 where two knots coincide."""
    return torch.where(width == 0, 0.0, part / torch.where(width == 0, 1.0, width))
