"""Mixtures, hidden chains, topics and animals: the discrete quantities summed by hand."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from densities.independent import Data, Values, around, between, density, near, rising, shares


def _mixture(d: Data, share: float, centres: np.ndarray, spreads: np.ndarray) -> float:
    """log of share N(y | first) + (1 - share) N(y | second), summed over y."""
    by_component = stats.norm.logpdf(np.asarray(d["y"])[:, None], centres, spreads)
    return float(special.logsumexp(by_component + np.log([share, 1 - share]), axis=1).sum())


@density(
    "low_dim_gauss_mix-low_dim_gauss_mix",
    mu=rising([-2.7, 2.9], 0.3),
    sigma=near(np.ones(2)),
    theta=between(0.4, 0.8),
)
def two_normals(d: Data, v: Values) -> float:
    """Centres in order, Normal(0, 2) on centres and, halved, on spreads, Beta(5, 5)."""
    prior = stats.norm.logpdf(v["mu"], 0, 2).sum() + stats.halfnorm.logpdf(v["sigma"], 0, 2).sum()
    prior += stats.beta.logpdf(v["theta"], 5, 5)
    return float(prior) + _mixture(d, v["theta"], v["mu"], v["sigma"])


@density("normal_2-normal_mixture", mu=rising([-10, 10], 1), theta=between(0.1, 0.9))
def two_unit_normals(d: Data, v: Values) -> float:
    """Spreads of 1, Normal(0, 10) on the centres, a uniform share."""
    prior = stats.norm.logpdf(v["mu"], 0, 10).sum()
    return float(prior) + _mixture(d, v["theta"], v["mu"], np.ones(2))


def _forward(log_start: np.ndarray, change: np.ndarray, emission: np.ndarray) -> float:
    """The log likelihood of a hidden Markov chain (Rabiner 1989, eqs. 19-21), rescaled."""
    total, share = 0.0, np.exp(log_start)
    for step, log_p in enumerate(emission):
        top = log_p.max()
        share = (share if step == 0 else share @ change) * np.exp(log_p - top)
        total += top + np.log(share.sum())
        share = share / share.sum()
    return float(total)


@density(
    "hmm_example-hmm_example",
    theta=shares(2, 2),
    mu=rising([3, 9], 0.5),
)
def hmm_example(d: Data, v: Values) -> float:
    """Two states with unit spread (Stan user's guide, sec. 2.6), starting in either alike.

    The rows of `theta` are the database's `theta1` and `theta2`.
    """
    emission = stats.norm.logpdf(np.asarray(d["y"])[:, None], v["mu"], 1)
    prior = stats.norm.logpdf(v["mu"], [3, 10], 1).sum()
    return float(prior) + _forward(np.log([0.5, 0.5]), v["theta"], emission)


@density(
    "hmm_gaussian_simulated-hmm_gaussian",
    pi1=shares(3),
    A=shares(3, 3),
    centre=rising([-1, 0, 1.5], 0.2),
    spread=near(0.4 * np.ones(3)),
)
def hmm_gaussian(d: Data, v: Values) -> float:
    """Three states (Murphy 2012, sec. 17.4), centres in order; y standardised, weak priors."""
    y = np.asarray(d["y"])
    z = (y - y.mean()) / y.std(ddof=1)
    emission = stats.norm.logpdf(z[:, None], v["centre"], v["spread"])
    prior = stats.norm.logpdf(v["centre"]).sum() + stats.halfnorm.logpdf(v["spread"], 0, 0.5).sum()
    return float(prior) + _forward(np.log(v["pi1"]), v["A"], emission)


@density("three_docs1200-ldaK2", theta=shares(2, 3), phi=shares(3, 2))
def topics(d: Data, v: Values) -> float:
    """Two topics (Blei et al. 2003); flat simplexes of topics by document and words by topic."""
    document, word = np.asarray(d["doc"]) - 1, np.asarray(d["w"]) - 1
    return float(np.log((v["theta"] @ v["phi"])[document, word]).sum())


# --- capture and recapture with augmented data (Kery & Schaub 2012, ch. 6) --------------------


def _captures(omega: float, log_p: np.ndarray, is_seen: np.ndarray) -> float:
    """Animals exist with probability omega; one never seen may not."""
    absent = np.where(is_seen, -np.inf, np.log1p(-omega))
    return float(np.logaddexp(np.log(omega) + log_p, absent).sum())


@density("M0_data-M0_model", omega=between(0.2, 0.8), p=between(0.1, 0.9))
def capture_constant(d: Data, v: Values) -> float:
    """The same chance of capture for every animal and occasion; uniform priors."""
    y = np.asarray(d["y"])
    caught, n = y.sum(axis=1), y.shape[1]
    return _captures(v["omega"], stats.binom.logpmf(caught, n, v["p"]), caught > 0)


@density(
    "Mh_data-Mh_model",
    omega=between(0.2, 0.8),
    mean_p=between(0.1, 0.6),
    sigma=between(0.5, 3),
    eps=around(-1, 1.5, (385,)),
)
def capture_varying(d: Data, v: Values) -> float:
    """Logits of capture are Normal(logit(mean_p), sigma) over animals; uniform priors."""
    prior = stats.norm.logpdf(v["eps"], special.logit(v["mean_p"]), v["sigma"]).sum()
    caught = np.asarray(d["y"])
    log_p = stats.binom.logpmf(caught, d["T"], special.expit(v["eps"]))
    return float(prior) + _captures(v["omega"], log_p, caught > 0)
