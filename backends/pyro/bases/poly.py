"""Orthogonal polynomials of a variable."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def poly(x, n):
    """Polynomials of degree 1 to n along a new last axis, orthonormal over the last axis of x."""
    # Their values are those of R's poly (Kennedy & Gentle 1980, p. 343): leading terms positive.
    centred = 1.0 * torch.as_tensor(x)
    centred = centred - centred.mean(-1, keepdim=True)
    scaled = centred / centred.abs().amax(-1, keepdim=True)
    q, r = torch.linalg.qr(scaled[..., None] ** torch.arange(n + 1))
    signs = torch.sign(torch.diagonal(r, dim1=-2, dim2=-1))
    return (q * signs[..., None, :])[..., 1:]
