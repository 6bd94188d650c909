"""Families of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from distribution_cases.case import Arguments, Case

LOC = np.array([0.5, -1.0, 2.0])
CHOLESKY = np.array([[1.2, 0.0, 0.0], [0.4, 0.9, 0.0], [-0.3, 0.2, 1.5]])
COVARIANCE = CHOLESKY @ CHOLESKY.T
NOISE = np.array([0.8, 1.1, 0.6])
WEIGHTS = np.array([0.7, -0.5, 1.1])
ALPHA = np.array([1.5, 0.6, 3.0])
P = np.array([0.2, 0.5, 0.3])
LOGIT = np.array([-0.4, 0.9, 0.1])
_VECTORS = np.random.default_rng(1).normal(size=(6, 3)) * 2.0 + LOC
_COUNTS = np.array([[2, 5, 3], [0, 10, 0], [10, 0, 0], [1, 1, 8]])
_SIMPLEXES = np.array([[0.2, 0.5, 0.3], [0.01, 0.98, 0.01], [0.9, 1e-6, 0.1 - 1e-6]])
_FACTORS = np.random.default_rng(2).normal(size=(4, 3, 5))
_MATRICES = _FACTORS @ np.swapaxes(_FACTORS, 1, 2)
_DIAGONAL = np.sqrt(np.diagonal(_MATRICES, axis1=1, axis2=2))
_CORRELATIONS = _MATRICES / (_DIAGONAL[:, :, None] * _DIAGONAL[:, None, :])


def _scale(a: Arguments) -> NDArray[Any]:
    """The matrix, whichever form gives it."""
    if "cholesky" in a:
        return a["cholesky"] @ a["cholesky"].T
    if "precision" in a:
        return np.linalg.inv(a["precision"])
    if "factor" in a:
        return a["factor"] @ a["factor"].T + np.diag(a["noise"] ** 2)
    return a["covariance"] if "covariance" in a else a["scale"]


def multi_normal(form: dict[str, Any]) -> Case:
    covariance = _scale(form)
    return Case(
        "MultiNormal",
        {"loc": LOC, **form},
        _VECTORS,
        lambda x, a: stats.multivariate_normal(a["loc"], _scale(a)).logpdf(x),
        lambda a: stats.norm(WEIGHTS @ LOC, np.sqrt(WEIGHTS @ covariance @ WEIGHTS)),
        lambda draws: draws @ WEIGHTS,
        mean=LOC,
        variance=np.diag(covariance),
    )


def multi_student_t(form: dict[str, Any]) -> Case:
    return Case(
        "MultiStudentT",
        {"df": 5.5, "loc": LOC, **form},
        _VECTORS,
        lambda x, a: stats.multivariate_t(a["loc"], _scale(a), a["df"]).logpdf(x),
        lambda a: stats.t(5.5, WEIGHTS @ LOC, np.sqrt(WEIGHTS @ COVARIANCE @ WEIGHTS)),
        lambda draws: draws @ WEIGHTS,
        mean=LOC,
        variance=np.diag(COVARIANCE) * 5.5 / 3.5,
    )


def multinomial(form: dict[str, Any], p: Any) -> Case:
    return Case(
        "Multinomial",
        {"n": 10, **form},
        _COUNTS,
        lambda x, a: np.array([stats.multinomial(a["n"], p(a)).logpmf(row) for row in x]),
        lambda a: stats.binom(a["n"], p(a)[0] + p(a)[2]),
        lambda draws: draws[..., 0] + draws[..., 2],
        mean=10 * p(form),
        variance=10 * p(form) * (1 - p(form)),
        outside=(np.array([1, 1, 1]), np.array([-1, 6, 5])),
    )


def _walk(x: NDArray[Any], a: Arguments) -> NDArray[Any]:
    return stats.norm(0, a["scale"]).logpdf(np.diff(x, axis=-1, prepend=0.0)).sum(-1)


def log_lkj_constant(size: int, eta: float) -> float:
    """The logarithm of LKJ's normaliser (Lewandowski et al. 2009, eq. 16), product of betas."""
    total = 0.0
    for k in range(1, size):
        b = eta + (size - k - 1) / 2
        total += (2 * eta - 2 + size - k) * (size - k) * np.log(2) + (size - k) * special.betaln(
            b, b
        )
    return total


def _lkj(x: NDArray[Any], a: Arguments) -> NDArray[Any]:
    eta = a["concentration"]
    return (eta - 1) * np.linalg.slogdet(x)[1] - log_lkj_constant(x.shape[-1], eta)


def _lkj_cholesky(x: NDArray[Any], a: Arguments) -> NDArray[Any]:
    size = x.shape[-1]
    diagonal = np.diagonal(x, axis1=-2, axis2=-1)[..., 1:]
    # the Jacobian of L -> L L' multiplies by prod_i L_ii^(K - 1 - i)
    power = 2 * (a["concentration"] - 1) + np.arange(size - 2, -1, -1)
    return (power * np.log(diagonal)).sum(-1) - log_lkj_constant(size, a["concentration"])


def _correlation(a: Arguments) -> Any:
    b = a["concentration"] + 0.5
    return stats.beta(b, b, -1, 2)


CASES: tuple[Case, ...] = (
    Case(
        "Dirichlet",
        {"concentration": ALPHA},
        _SIMPLEXES,
        lambda x, a: np.array([stats.dirichlet(a["concentration"]).logpdf(row) for row in x]),
        lambda a: stats.beta(4.5, 0.6),
        lambda draws: draws[..., 0] + draws[..., 2],
        mean=stats.dirichlet(ALPHA).mean(),
        variance=stats.dirichlet(ALPHA).var(),
        outside=(np.array([0.5, 0.6, 0.2]), np.array([-0.1, 0.6, 0.5])),
    ),
    multi_normal({"covariance": COVARIANCE}),
    multi_normal({"cholesky": CHOLESKY}),
    multi_normal({"precision": np.linalg.inv(COVARIANCE)}),
    multi_normal({"factor": CHOLESKY[:, :2], "noise": NOISE}),
    multi_student_t({"cholesky": CHOLESKY}),
    multi_student_t({"scale": COVARIANCE}),
    Case(
        "GaussianRandomWalk",
        {"scale": 0.7},
        _VECTORS,
        _walk,
        lambda a: stats.norm(0, 0.7 * np.sqrt(np.sum(np.cumsum(WEIGHTS[::-1]) ** 2))),
        lambda draws: draws @ WEIGHTS,
        mean=np.zeros(3),
        variance=0.49 * np.arange(1, 4),
    ),
    multinomial({"p": P}, lambda a: a["p"]),
    multinomial({"logit": LOGIT}, lambda a: special.softmax(a["logit"])),
    Case(
        "DirichletMultinomial",
        {"n": 10, "concentration": ALPHA},
        _COUNTS,
        lambda x, a: stats.dirichlet_multinomial(a["concentration"], a["n"]).logpmf(x),
        lambda a: stats.betabinom(10, 4.5, 0.6),
        lambda draws: draws[..., 0] + draws[..., 2],
        mean=stats.dirichlet_multinomial(ALPHA, 10).mean(),
        variance=np.diag(stats.dirichlet_multinomial(ALPHA, 10).cov()),
        outside=(np.array([1, 1, 1]),),
    ),
    Case(
        "LKJ",
        {"concentration": 1.7},
        _CORRELATIONS,
        _lkj,
        _correlation,
        lambda draws: draws[..., 1, 2],
        outside=(np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]),),
    ),
    Case(
        "LKJCholesky",
        {"concentration": 1.7},
        np.linalg.cholesky(_CORRELATIONS),
        _lkj_cholesky,
        _correlation,
        lambda draws: (draws[..., 1, :] * draws[..., 2, :]).sum(-1),
        outside=(2 * np.eye(3),),
    ),
    Case(
        "Wishart",
        {"df": 4.5, "scale": COVARIANCE},
        _MATRICES,
        lambda x, a: np.array([stats.wishart(a["df"], a["scale"]).logpdf(row) for row in x]),
        lambda a: stats.chi2(4.5, 0, WEIGHTS @ COVARIANCE @ WEIGHTS),
        lambda draws: np.einsum("...ij,i,j", draws, WEIGHTS, WEIGHTS),
        mean=4.5 * COVARIANCE,
        variance=stats.wishart(4.5, COVARIANCE).var(),
        outside=(-np.eye(3),),
    ),
    Case(
        "InverseWishart",
        {"df": 7.5, "scale": COVARIANCE},
        _MATRICES,
        lambda x, a: np.array([stats.invwishart(a["df"], a["scale"]).logpdf(row) for row in x]),
        lambda a: stats.invgamma(2.75, 0, WEIGHTS @ COVARIANCE @ WEIGHTS / 2),
        lambda draws: np.einsum("...ij,i,j", draws, WEIGHTS, WEIGHTS),
        mean=COVARIANCE / 3.5,  # NumPyro 0.22 errs in the variance off the diagonal: none here
        outside=(-np.eye(3),),
    ),
)
"""One for each form."""
