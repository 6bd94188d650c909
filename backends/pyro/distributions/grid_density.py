"""The density of a Gaussian matrix on a grid, with slopes in closed form."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


class GridLogDensity(torch.autograd.Function):
    """log N(vec(residual) | 0, first x second + noise I), x the Kronecker product.

    Slopes are in closed form: those of eigenvectors have poles where two eigenvalues are the same.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(residual, first, second, noise):
        a, left = torch.linalg.eigh(first)
        b, right = torch.linalg.eigh(second)
        spread = a[:, None] * b + noise
        turned = left.mT @ residual @ right
        return -(torch.log(2 * torch.pi * spread) + turned**2 / spread).sum() / 2

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, weight):
        residual, first, second, noise = ctx.saved_tensors
        a, left = torch.linalg.eigh(first)
        b, right = torch.linalg.eigh(second)
        spread = a[:, None] * b + noise
        solved = left @ (left.mT @ residual @ right / spread) @ right.mT
        by_first = solved @ second @ solved.mT - (left * (b / spread).sum(1)) @ left.mT
        by_second = solved.mT @ first @ solved - (right * (a[:, None] / spread).sum(0)) @ right.mT
        by_noise = (solved**2).sum() - (1 / spread).sum()
        half = weight / 2
        return -weight * solved, half * by_first, half * by_second, half * by_noise


def grid_log_density(residual, first, second, noise):
    """The log density of each residual [..., row, column]."""
    if residual.dim() == 2:
        return GridLogDensity.apply(residual, first, second, noise)
    return torch.stack([grid_log_density(each, first, second, noise) for each in residual])
