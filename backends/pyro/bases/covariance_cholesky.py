"""The Cholesky factor of a covariance that rounding may have left without one."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def covariance_cholesky(covariance):
    """L with L L' = covariance; where rounding leaves none, with a little on the diagonal."""
    return factor_and_share(covariance)[0]


def diagonal_added(covariance):
    """What `covariance_cholesky` adds to the diagonal, relative to its mean: 0 as a rule."""
    return factor_and_share(covariance)[1]


def factor_and_share(covariance):
    try:
        return torch.linalg.cholesky(covariance), torch.zeros_like(covariance[..., 0, 0])
    except torch.linalg.LinAlgError:
        share = share_needed(covariance.detach())
        return torch.linalg.cholesky(raised_by(share, covariance)), share


def share_needed(covariance):
    # 1e-9, 1e-8, ..., 1e-2 of the mean of the diagonal, until there is a factor.
    share = torch.zeros_like(covariance[..., 0, 0])
    is_lost = torch.linalg.cholesky_ex(covariance).info != 0
    while (is_lost & (share < 5e-3)).any():
        share = torch.where(is_lost, (10 * share).clamp(1e-9, 1e-2), share)
        is_lost = torch.linalg.cholesky_ex(raised_by(share, covariance)).info != 0
    return share


def raised_by(share, matrix):
    mean = torch.diagonal(matrix, dim1=-2, dim2=-1).mean(-1)
    return matrix + (share * mean)[..., None, None] * torch.eye(matrix.shape[-1]).to(matrix)
