"""Gaussian processes and spatial effects."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from scipy import stats

from densities.independent import Data, Draw, Values, around, between, density, near


@density("gp_pois_regr-gp_regr", rho=near(6.5, 0.2), alpha=near(2.4), sigma=near(1.8))
def gp_regression(d: Data, v: Values) -> float:
    """A Gaussian process with noise whose variance (not sd) is sigma (Betancourt 2017)."""
    x = np.asarray(d["x"], dtype=float)
    cov = v["alpha"] ** 2 * np.exp(-(np.subtract.outer(x, x) ** 2) / (2 * v["rho"] ** 2))
    prior = stats.gamma.logpdf(v["rho"], 25, scale=1 / 4)
    prior += stats.halfnorm.logpdf(v["alpha"], scale=2) + stats.halfnorm.logpdf(v["sigma"])
    noisy = cov + v["sigma"] * np.eye(len(x))
    return float(prior + stats.multivariate_normal.logpdf(d["y"], cov=noisy))


def cholesky_corr(size: int) -> Draw:
    """Cholesky factors of correlation matrices, by partial correlations (Joe 2006)."""

    def draw(rng: Generator) -> np.ndarray:
        factor = np.zeros((size, size))
        for i in range(size):
            left = 1.0
            for j in range(i):
                partial = np.tanh(rng.normal(0, 0.2))
                factor[i, j] = partial * np.sqrt(left)
                left -= factor[i, j] ** 2
            factor[i, i] = np.sqrt(left)
        return factor

    return draw


@density(
    "synthetic_grid_RBF_kernels-kronecker_gp",
    var1=near(1.0),
    bw1=near(1.0),
    L=cholesky_corr(30),
    sigma1=near(0.3),
)
def kronecker_gp(d: Data, v: Values) -> float:
    """A Gaussian process on a grid: an RBF kernel down a column, any correlation between columns.

    cov(y[a, i], y[b, j]) = (L L')[a, b] k(x[i], x[j]) + sigma1 [same entry], where the kernel has
    1e-5 on its diagonal (Flaxman et al. 2015): in the kernel's eigenvectors the columns are
    independent of one another, with covariances root L L' + sigma1. L is LKJ(2), which is
    prod L[k, k]^(K - k + 2) with k from 1.
    """
    x, size = np.asarray(d["x1"]), len(v["L"])
    kernel = v["var1"] * np.exp(-v["bw1"] * np.subtract.outer(x, x) ** 2) + 1e-5 * np.eye(len(x))
    roots, modes = np.linalg.eigh(kernel)
    across = v["L"] @ v["L"].T
    cov = roots[:, None, None] * across + v["sigma1"] * np.eye(size)
    rotated = (np.asarray(d["y"]) @ modes).T
    fit = -0.5 * np.einsum("ja,ja->", rotated, np.linalg.solve(cov, rotated[..., None])[..., 0])
    fit -= 0.5 * np.linalg.slogdet(cov)[1].sum()
    prior = stats.lognorm.logpdf([v["var1"], v["sigma1"]], 1).sum()
    prior += stats.halfcauchy.logpdf(v["bw1"], scale=2.5)
    powers = size - np.arange(1, size + 1) + 2
    prior += (powers * np.log(np.diag(v["L"]))).sum()
    return float(prior + fit)


@density(
    "traffic_accident_nyc-bym2_offset_only",
    beta0=around(-6, 0.3),
    sigma=near(0.7),
    rho=between(0.1, 0.9),
    theta=around(0, 0.5, (1921,)),
    phi=around(0, 0.5, (1921,)),
)
def bym2(d: Data, v: Values) -> float:
    """Accidents by tract (Riebler et al. 2016): pairwise ICAR, and its sum Normal(0, 0.001 N)."""
    first, second = np.asarray(d["node1"]) - 1, np.asarray(d["node2"]) - 1
    prior = stats.norm.logpdf(v["beta0"]) + stats.halfnorm.logpdf(v["sigma"])
    prior += stats.norm.logpdf(v["theta"]).sum() + stats.beta.logpdf(v["rho"], 0.5, 0.5)
    prior += -0.5 * ((v["phi"][first] - v["phi"][second]) ** 2).sum()
    prior += stats.norm.logpdf(v["phi"].sum(), 0, 0.001 * len(v["phi"]))
    spatial = np.sqrt(v["rho"] / d["scaling_factor"]) * v["phi"]
    effect = v["sigma"] * (np.sqrt(1 - v["rho"]) * v["theta"] + spatial)
    rate = np.asarray(d["E"]) * np.exp(v["beta0"] + effect)
    return float(prior + stats.poisson.logpmf(d["y"], rate).sum())
