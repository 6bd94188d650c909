"""Time series: autoregressions, volatility, learning, an epidemic."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from densities.independent import Data, Values, around, between, density, near


@density(
    "arK-arK", alpha=around(0, 0.1), beta=around([0.7, 0.4, 0.1, 0, -0.3], 0.1), sigma=near(0.2)
)
def ar5(d: Data, v: Values) -> float:
    """An autoregression given its first values (Stan user's guide, sec. 2.1)."""
    y, lags = np.asarray(d["y"]), len(v["beta"])
    prior = stats.norm.logpdf([v["alpha"], *v["beta"]], 0, 10).sum()
    prior += stats.halfcauchy.logpdf(v["sigma"], scale=2.5)
    past = np.column_stack([y[lags - k : len(y) - k] for k in range(1, lags + 1)])
    mean = v["alpha"] + past @ v["beta"]
    return float(prior + stats.norm.logpdf(y[lags:], mean, v["sigma"]).sum())


@density(
    "garch-garch11",
    mu=around(5, 0.3),
    alpha0=near(1.5),
    alpha1=between(0.1, 0.6),
    beta1=between(0.05, 0.38),
)
def garch(d: Data, v: Values) -> float:
    """GARCH(1, 1), flat where 0 < alpha1, 0 < beta1 and alpha1 + beta1 < 1 (Bollerslev 1986)."""
    y, variances = np.asarray(d["y"]), [d["sigma1"] ** 2]
    for before in y[:-1]:
        shock = (before - v["mu"]) ** 2
        variances.append(v["alpha0"] + v["alpha1"] * shock + v["beta1"] * variances[-1])
    return float(stats.norm.logpdf(y, v["mu"], np.sqrt(variances)).sum())


# --- dogs that learn to avoid a shock ---------------------------------------------------------


def _trials(d: Data) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether each dog was shocked, and how often it avoided and was shocked before."""
    shocked = np.asarray(d["y"])
    shocks = np.cumsum(shocked, axis=1) - shocked
    return shocked, np.arange(shocked.shape[1]) - shocks, shocks


@density("dogs-dogs", beta1=around(1.8, 0.4), beta2=around(-0.4, 0.1), beta3=around(-0.2, 0.1))
def dogs(d: Data, v: Values) -> float:
    """Gelman & Hill (2007), sec. 24.2, Normal(0, 100) coefficients."""
    shocked, avoided, shocks = _trials(d)
    prior = stats.norm.logpdf([v["beta1"], v["beta2"], v["beta3"]], 0, 100).sum()
    logit = v["beta1"] + v["beta2"] * avoided + v["beta3"] * shocks
    return float(prior + special.log_expit((2 * shocked - 1) * logit).sum())


@density("dogs-dogs_log", beta1=between(-0.6, -0.1), beta2=between(0.05, 0.6))
def dogs_log(d: Data, v: Values) -> float:
    """The database's variant: no intercept, on the logit scale, uniform (-100, 0) and (0, 100)."""
    shocked, avoided, shocks = _trials(d)
    logit = v["beta1"] * avoided + v["beta2"] * shocks
    return float(special.log_expit((2 * shocked - 1) * logit).sum())


# --- an epidemic (Flaxman et al. 2020, supplement) --------------------------------------------


def _infections(d: Data, v: Values) -> np.ndarray:
    """Infections by day and country: a renewal process, depleting the susceptible."""
    days, seeded, interval = d["N2"], d["N0"], np.asarray(d["SI"])
    people = np.asarray(d["pop"], dtype=float)
    effect = v["alpha_hier"] - np.log(1.05) / 6
    reproduction = v["mu"] * np.exp(-np.einsum("mtp,p->tm", np.asarray(d["X"]), effect))
    infections = np.zeros((days, len(people)))
    infections[:seeded] = v["y"]
    for t in range(seeded, days):
        arriving = interval[:t][::-1] @ infections[:t]
        gone = infections[:t].sum(axis=0)
        infections[t] = (people - gone) / people * reproduction[t] * arriving
    return infections


@density(
    "ecdc0401-covid19imperial_v2",
    tolerance=1e-10,
    mu=near(3.3 * np.ones(14), 0.1),
    alpha_hier=near(0.2, 0.5, (6,)),
    kappa=near(0.5),
    y=near(40.0, 0.5, (14,)),
    phi=near(6.0),
    tau=near(40.0),
    ifr_noise=near(np.ones(14), 0.1),
)
def covid(d: Data, v: Values) -> float:
    """Deaths in 14 countries by a renewal model with six interventions.

    The library adds 1e-15 of a day's infections to its deaths, which tells in the 13th digit.
    """
    prior = stats.expon.logpdf(v["tau"], scale=1 / 0.03)
    prior += stats.expon.logpdf(v["y"], scale=v["tau"]).sum()
    prior += stats.halfnorm.logpdf(v["phi"], scale=5) + stats.halfnorm.logpdf(v["kappa"], scale=0.5)
    prior += stats.norm.logpdf(v["mu"], 3.28, v["kappa"]).sum()
    prior += stats.gamma.logpdf(v["alpha_hier"], 0.1667).sum()
    prior += stats.norm.logpdf(v["ifr_noise"], 1, 0.1).sum()
    infections, fatal = _infections(d, v), np.asarray(d["f"])
    total, deaths = float(prior), np.asarray(d["deaths"])
    for country, (first, last) in enumerate(zip(d["EpidemicStart"], d["N"], strict=True)):
        for t in range(first - 1, last):
            due = infections[:t, country] @ fatal[:t, country][::-1] * v["ifr_noise"][country]
            chance = v["phi"] / (v["phi"] + due)
            total += float(stats.nbinom.logpmf(deaths[t, country], v["phi"], chance))
    return total
