"""The dense metric that warm-up learns: the Fisher-divergence estimate, pooled over chains.

Among all metrics, the one that minimises the Fisher divergence between the target and a Gaussian
with that covariance is the geometric mean of what draws and gradients each say of it,

    M^{-1} = A # B = A^{1/2} (A^{-1/2} B A^{-1/2})^{1/2} A^{1/2},   A = Cov(gradients)^{-1},
                                                                     B = Cov(draws):

it solves ``M^{-1} Cov(gradients) M^{-1} = Cov(draws)``. For a Gaussian target ``C``, where a
gradient is ``-C^{-1} (draw - mean)``, it is ``C`` itself from ``dim + 1`` draws on, however far the
draws are from typical, since both covariances err by the same factor.

With fewer draws, or a target that is not Gaussian, it is drawn towards the diagonal estimate: both
covariances are taken in the units of the diagonal scale ``d``, in which that estimate is the
identity, and mixed with the identity with the weight of ``k`` draws,

    Cov -> (n Cov + k I) / (n + k),   k = 1.

This keeps every eigenvalue positive, so the mean exists for any number of draws, and only the
directions that the draws span move away from the diagonal. The two factors ``1 / (n + k)`` cancel,
so sums of products do as well as covariances. Over eight seeds of each, ``k`` of 1, 5 and 20 gave
284, 209 and 60 effective draws a thousand gradients on a normal of ten coordinates with variances
from 1e-3 to 1e3 along directions of no axis; on eight schools in both forms, the seeds model and a
radon model of 90 coordinates they differ by less than the seeds do, with no order among them.

Source: Seyboldt, Carlson & Carpenter (2025), "Preconditioning Hamiltonian Monte Carlo by
minimizing Fisher divergence", which has the mean and this form of regularisation.
"""

import jax
import numpy as np
from numpy.typing import NDArray

from gendsl.inference.arrays import on_host
from gendsl.inference.metric import Moments, diagonal, estimate_scale

_PRIOR_DRAWS = 1.0


def estimate_root(moments: Moments, before: jax.Array) -> jax.Array:
    """Return a square root of ``M^{-1}`` [dim, dim], lower triangular, from pooled moments.

    Where the estimate is not finite and positive definite, which takes gradients near the limits of
    floating point, it is the diagonal one. ``before`` is the root in use.
    """
    size = np.sqrt(np.sum(np.square(before, dtype=np.float64), axis=1))
    scale = np.asarray(estimate_scale(diagonal(moments), on_host(size)), np.float64)
    with np.errstate(all="ignore"):
        root = scale[:, None] * _relative_root(moments, scale)
    root = root.astype(before.dtype)
    if not (np.all(np.isfinite(root)) and np.all(np.diagonal(root) > 0)):
        root = np.diag(scale).astype(before.dtype)
    return on_host(root)


def _relative_root(moments: Moments, scale: NDArray[np.float64]) -> NDArray[np.float64]:
    unit = np.outer(scale, scale)
    prior = _PRIOR_DRAWS * np.eye(len(scale))
    draws = np.asarray(moments.draw_spread, np.float64) / unit + prior
    gradients = np.asarray(moments.gradient_spread, np.float64) * unit + prior
    try:
        # With gradients = L L^T the mean is L^-T (L^T draws L)^{1/2} L^-1.
        lower = np.linalg.cholesky(gradients)
        squares, directions = np.linalg.eigh(lower.T @ draws @ lower)
        half = np.linalg.solve(lower.T, directions * np.maximum(squares, 0.0) ** 0.25)
        # half half^T is the mean; its triangular factor R^T comes from half^T = Q R.
        upper = np.linalg.qr(half.T, mode="r")
    except np.linalg.LinAlgError:
        return np.full_like(unit, np.nan)
    root: NDArray[np.float64] = (upper * np.sign(np.diagonal(upper))[:, None]).T
    return root
