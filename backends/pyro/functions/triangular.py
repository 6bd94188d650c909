"""Equations with triangular matrices, of vectors and of columns."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def solve_triangular(a, b, lower):
    """The x with a x = b; a vector b has one axis less than the matrix."""
    if b.dim() < a.dim():
        return torch.linalg.solve_triangular(a, b[..., None], upper=not lower)[..., 0]
    return torch.linalg.solve_triangular(a, b, upper=not lower)


def cho_solve(factor, b):
    """The x with a x = b, given (L, True) with L L' = a."""
    half = solve_triangular(factor[0], b, lower=True)
    return solve_triangular(factor[0].mT, half, lower=False)
