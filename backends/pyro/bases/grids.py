"""Linear equations on a grid, by the eigenvectors of the covariances of both sides."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def grid_solve(residual, first, second, noise):
    """The X with first X second' + noise X = residual."""
    a, left = torch.linalg.eigh(first)
    b, right = torch.linalg.eigh(second)
    turned = left.mT @ residual @ right
    return left @ (turned / (a[:, None] * b + noise)) @ right.mT
