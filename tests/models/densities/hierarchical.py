"""Hierarchical models: schools, houses, rats, seeds, hospitals, students."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from densities.independent import Data, Values, around, density, near, summing_to_zero


def _inverse_gamma(variances: list[float], shape: float) -> float:
    """Inverse-gamma with equal shape and scale."""
    return float(stats.invgamma.logpdf(variances, shape, scale=shape).sum())


@density(
    "eight_schools-eight_schools_centered",
    "eight_schools-eight_schools_noncentered",
    mu=around(4, 3),
    tau=near(4.0, 0.6),
    theta=around(5, 5, (8,)),
)
def eight_schools(d: Data, v: Values) -> float:
    """Rubin (1981); Normal(0, 5) on the mean, half-Cauchy(0, 5) on the spread."""
    prior = stats.norm.logpdf(v["mu"], 0, 5) + stats.halfcauchy.logpdf(v["tau"], scale=5)
    prior += stats.norm.logpdf(v["theta"], v["mu"], v["tau"]).sum()
    return float(prior + stats.norm.logpdf(d["y"], v["theta"], d["sigma"]).sum())


# --- radon: Gelman & Hill (2007), ch. 12 and 13 -----------------------------------------------


@density(
    "radon_mn-radon_hierarchical_intercept_centered",
    "radon_mn-radon_hierarchical_intercept_noncentered",
    mu_alpha=around(1.5, 0.3),
    sigma_alpha=near(0.3),
    alpha=around(1.5, 0.4, (85,)),
    beta=around([0.7, -0.7], 0.2),
    sigma_y=near(0.8),
)
def radon_intercept(d: Data, v: Values) -> float:
    prior = stats.halfnorm.logpdf([v["sigma_alpha"], v["sigma_y"]]).sum()
    prior += stats.norm.logpdf([v["mu_alpha"], *v["beta"]], 0, 10).sum()
    prior += stats.norm.logpdf(v["alpha"], v["mu_alpha"], v["sigma_alpha"]).sum()
    mean = v["alpha"][np.asarray(d["county_idx"]) - 1]
    mean = mean + v["beta"][0] * np.asarray(d["log_uppm"])
    mean = mean + v["beta"][1] * np.asarray(d["floor_measure"])
    return float(prior + stats.norm.logpdf(d["log_radon"], mean, v["sigma_y"]).sum())


@density("radon_mn-radon_pooled", alpha=around(1.4, 0.3), beta=around(-0.6, 0.2), sigma_y=near(0.8))
def radon_pooled(d: Data, v: Values) -> float:
    prior = stats.halfnorm.logpdf(v["sigma_y"])
    prior += stats.norm.logpdf([v["alpha"], v["beta"]], 0, 10).sum()
    mean = v["alpha"] + v["beta"] * np.asarray(d["floor_measure"])
    return float(prior + stats.norm.logpdf(d["log_radon"], mean, v["sigma_y"]).sum())


@density(
    "radon_all-radon_variable_slope_noncentered",
    alpha=around(1.2, 0.3),
    mu_beta=around(-0.5, 0.3),
    sigma_beta=near(0.5),
    beta=around(-0.5, 0.5, (386,)),
    sigma_y=near(0.8),
)
def radon_slope(d: Data, v: Values) -> float:
    prior = stats.halfnorm.logpdf([v["sigma_beta"], v["sigma_y"]]).sum()
    prior += stats.norm.logpdf([v["alpha"], v["mu_beta"]], 0, 10).sum()
    prior += stats.norm.logpdf(v["beta"], v["mu_beta"], v["sigma_beta"]).sum()
    slope = v["beta"][np.asarray(d["county_idx"]) - 1]
    mean = v["alpha"] + slope * np.asarray(d["floor_measure"])
    return float(prior + stats.norm.logpdf(d["log_radon"], mean, v["sigma_y"]).sum())


@density(
    "radon_mod-radon_county",
    mu_a=around(1, 0.3),
    sigma_a=near(0.5),
    a=around(1, 0.5, (386,)),
    sigma_y=near(0.8),
)
def radon_county(d: Data, v: Values) -> float:
    """Both scales are uniform on (0, 100)."""
    prior = stats.norm.logpdf(v["mu_a"]) + stats.norm.logpdf(v["a"], v["mu_a"], v["sigma_a"]).sum()
    mean = v["a"][np.asarray(d["county"]) - 1]
    return float(prior + stats.norm.logpdf(d["y"], mean, v["sigma_y"]).sum())


# --- BUGS examples: vague inverse-gamma variances ---------------------------------------------


@density(
    "rats_data-rats_model",
    mu_alpha=around(240, 20),
    mu_beta=around(6, 1),
    sigmasq_y=near(37.0),
    sigmasq_alpha=near(200.0),
    sigmasq_beta=near(0.3),
    alpha=around(240, 15, (30,)),
    beta=around(6, 0.6, (30,)),
)
def rats(d: Data, v: Values) -> float:
    """Gelfand et al. (1990), days counted from their mean."""
    prior = stats.norm.logpdf([v["mu_alpha"], v["mu_beta"]], 0, 100).sum()
    prior += _inverse_gamma([v["sigmasq_y"], v["sigmasq_alpha"], v["sigmasq_beta"]], 1e-3)
    prior += stats.norm.logpdf(v["alpha"], v["mu_alpha"], np.sqrt(v["sigmasq_alpha"])).sum()
    prior += stats.norm.logpdf(v["beta"], v["mu_beta"], np.sqrt(v["sigmasq_beta"])).sum()
    which, day = np.asarray(d["rat"]) - 1, np.asarray(d["x"]) - d["xbar"]
    mean = v["alpha"][which] + v["beta"][which] * day
    return float(prior + stats.norm.logpdf(d["y"], mean, np.sqrt(v["sigmasq_y"])).sum())


def _germination(d: Data, v: Values, effect: np.ndarray) -> float:
    x1, x2 = np.asarray(d["x1"]), np.asarray(d["x2"])
    logit = v["alpha0"] + v["alpha1"] * x1 + v["alpha2"] * x2 + v["alpha12"] * x1 * x2 + effect
    return float(stats.binom.logpmf(d["n"], d["N"], special.expit(logit)).sum())


def _coefficients(v: Values) -> list[float]:
    return [v["alpha0"], v["alpha1"], v["alpha2"], v["alpha12"]]


_FACTORS = {
    "alpha0": around(-0.5, 0.3),
    "alpha1": around(0, 0.3),
    "alpha2": around(1.3, 0.3),
    "alpha12": around(-0.8, 0.4),
}


@density("seeds_data-seeds_model", **_FACTORS, tau=near(10.0, 0.6), b=around(0, 0.4, (21,)))
def seeds(d: Data, v: Values) -> float:
    """Crowder (1978); tau is a precision, Gamma(0.001, 0.001)."""
    prior = stats.norm.logpdf(_coefficients(v), 0, 1000).sum()
    prior += stats.gamma.logpdf(v["tau"], 1e-3, scale=1e3)
    prior += stats.norm.logpdf(v["b"], 0, 1 / np.sqrt(v["tau"])).sum()
    return float(prior) + _germination(d, v, v["b"])


@density(
    "seeds_data-seeds_centered_model", **_FACTORS, sigma=near(0.3, 0.6), c=around(0, 0.4, (21,))
)
def seeds_centred(d: Data, v: Values) -> float:
    """The effects c enter as b, their deviations from their mean."""
    prior = stats.norm.logpdf(_coefficients(v)).sum() + stats.halfcauchy.logpdf(v["sigma"])
    prior += stats.norm.logpdf(v["c"], 0, v["sigma"]).sum()
    return float(prior) + _germination(d, v, v["c"] - np.mean(v["c"]))


@density(
    "surgical_data-surgical_model",
    mu=around(-2.5, 0.3),
    sigmasq=near(0.2, 0.6),
    b=around(-2.5, 0.5, (12,)),
)
def surgical(d: Data, v: Values) -> float:
    """Spiegelhalter et al. (1996)."""
    prior = stats.norm.logpdf(v["mu"], 0, 1000) + _inverse_gamma([v["sigmasq"]], 1e-3)
    prior += stats.norm.logpdf(v["b"], v["mu"], np.sqrt(v["sigmasq"])).sum()
    return float(prior + stats.binom.logpmf(d["r"], d["n"], special.expit(v["b"])).sum())


# --- item response ----------------------------------------------------------------------------


@density(
    "lsat_data-lsat_model",
    alpha=around(-1.5, 1, (5,)),
    beta=near(0.8),
    theta=around(0, 1, (1000,)),
)
def lsat(d: Data, v: Values) -> float:
    """A Rasch model (Bock & Lieberman 1970); `culm` counts students up to each pattern."""
    students = np.diff(d["culm"], prepend=0)
    right = np.repeat(np.asarray(d["response"]), students, axis=0)
    logit = v["beta"] * v["theta"][:, None] - v["alpha"]
    prior = stats.norm.logpdf(v["alpha"], 0, 100).sum() + stats.norm.logpdf(v["theta"]).sum()
    prior += stats.halfnorm.logpdf(v["beta"], scale=100)
    return float(prior + special.log_expit((2 * right - 1) * logit).sum())


@density("bones_data-bones_model", theta=around(6, 4, (13,)))
def bones(d: Data, v: Values) -> float:
    """Graded responses of skeletal age (Samejima 1969; BUGS examples, vol. 1); -1 is unseen."""
    grade, total = np.asarray(d["grade"]), stats.norm.logpdf(v["theta"], 0, 36).sum()
    for j, (count, steep) in enumerate(zip(d["ncat"], d["delta"], strict=True)):
        cuts = np.asarray(d["gamma"][j])[: count - 1]
        z = steep * (v["theta"][:, None] - cuts)
        # log P(cut below) - P(cut above) without a difference of numbers near 1
        high = np.column_stack([np.full(len(z), np.inf), z])
        low = np.column_stack([z, np.full(len(z), -np.inf)])
        with np.errstate(invalid="ignore"):
            gap = np.log(-np.expm1(low - high))
        log_p = special.log_expit(high) + special.log_expit(-low) + gap
        seen = grade[:, j] != -1
        total += log_p[seen, grade[seen, j] - 1].sum()
    return float(total)


def _adjusted(w: np.ndarray) -> np.ndarray:
    """Covariates after the constant, centred and divided by two sd (Gelman 2008).

    Furr (2017) means binary ones to be divided by their range; the database's program, by the
    precedence of `==` over `+` in its count of extreme values, takes two sd for these too.
    """
    made = w.astype(float)
    made[:, 1:] = (made[:, 1:] - made[:, 1:].mean(axis=0)) / (2 * made[:, 1:].std(axis=0, ddof=1))
    return made


@density(
    "timssAusTwn_irt-gpcm_latent_reg_irt",
    alpha=near(1.0, 0.3, (11,)),
    beta=summing_to_zero(15),
    theta=around(0, 1, (500,)),
    lambda_adj=around(0, 0.5, (5,)),
)
def partial_credit(d: Data, v: Values) -> float:
    """Muraki's (1992) generalised partial credit model with a regression of the abilities.

    log P(y) is the sum over the first y steps of (alpha theta - beta), normalised; all steps of all
    items sum to 0, the last being minus the sum of the database's `beta_free`.
    """
    item, person, y = (np.asarray(d[k]) for k in ("ii", "jj", "y"))
    steps = v["beta"]
    counts = [int(y[item == i + 1].max()) for i in range(len(v["alpha"]))]
    prior = stats.lognorm.logpdf(v["alpha"], 1, scale=np.e).sum()
    prior += stats.norm.logpdf(steps, 0, 3).sum() + stats.t.logpdf(v["lambda_adj"], 3).sum()
    ability = _adjusted(np.asarray(d["W"])) @ v["lambda_adj"]
    total = prior + stats.norm.logpdf(v["theta"], ability, 1).sum()
    start = 0
    for i, count in enumerate(counts):
        mine = item == i + 1
        terms = v["alpha"][i] * v["theta"][person[mine] - 1][:, None] - steps[start : start + count]
        sums = np.column_stack([np.zeros(mine.sum()), np.cumsum(terms, axis=1)])
        total += (sums[np.arange(len(sums)), y[mine]] - special.logsumexp(sums, axis=1)).sum()
        start += count
    return float(total)
