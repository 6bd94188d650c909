"""Binomial rates (Lee & Wagenmakers 2013, ch. 3) and counts of birds."""

from __future__ import annotations

import numpy as np
from scipy import stats

from densities.independent import Data, Values, around, between, density


@density("Rate_1_data-Rate_1_model", theta=between(0.05, 0.95))
def rate_one(d: Data, v: Values) -> float:
    return float(stats.binom.logpmf(d["k"], d["n"], v["theta"]))


@density("Rate_2_data-Rate_2_model", theta1=between(0.05, 0.95), theta2=between(0.05, 0.95))
def rate_difference(d: Data, v: Values) -> float:
    first = stats.binom.logpmf(d["k1"], d["n1"], v["theta1"])
    return float(first + stats.binom.logpmf(d["k2"], d["n2"], v["theta2"]))


@density("Rate_3_data-Rate_3_model", "Rate_5_data-Rate_5_model", theta=between(0.05, 0.95))
def rate_common(d: Data, v: Values) -> float:
    first = stats.binom.logpmf(d["k1"], d["n1"], v["theta"])
    return float(first + stats.binom.logpmf(d["k2"], d["n2"], v["theta"]))


@density(
    "GLMM_data-GLMM1_model",
    mu_alpha=around(2, 0.5),
    sd_alpha=between(0.5, 4),
    alpha=around(2, 1, (235,)),
)
def glmm_poisson(d: Data, v: Values) -> float:
    """Counts of coal tits with site effects (Kery & Schaub 2012, sec. 4.2), sd uniform on (0, 5).

    Counts that are missing are not modelled: they add nothing.
    """
    prior = stats.norm.logpdf(v["mu_alpha"], 0, 10)
    prior += stats.norm.logpdf(v["alpha"], v["mu_alpha"], v["sd_alpha"]).sum()
    rate = np.exp(v["alpha"][np.asarray(d["obssite"]) - 1])
    return float(prior + stats.poisson.logpmf(d["obs"], rate).sum())
