"""Linear and generalised linear regressions (Gelman & Hill 2007 unless another source is named)."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from densities.independent import Data, Values, around, density, near


def _columns(*columns: object) -> np.ndarray:
    """A design matrix whose first column is 1."""
    made = [np.asarray(column, dtype=float) for column in columns]
    return np.column_stack([np.ones_like(made[0]), *made])


def _normal(y: object, design: np.ndarray, v: Values) -> float:
    """A linear regression, flat in its coefficients and in sigma > 0."""
    mean = design @ np.asarray(v["beta"])
    return float(stats.norm.logpdf(np.asarray(y, dtype=float), mean, v["sigma"]).sum())


def _bernoulli(y: object, logit: np.ndarray) -> float:
    """Zeros and ones by their logits."""
    sign = 2.0 * np.asarray(y) - 1.0
    return float(special.log_expit(sign * logit).sum())


# --- test scores of children, ch. 3: sigma ~ half-Cauchy(0, 2.5) ------------------------------


def _score(d: Data, v: Values, *columns: object) -> float:
    prior = stats.halfcauchy.logpdf(v["sigma"], scale=2.5)
    return float(prior) + _normal(d["kid_score"], _columns(*columns), v)


@density("kidiq-kidscore_momhs", beta=around([77, 12], [2, 2]), sigma=near(20.0))
def kidscore_momhs(d: Data, v: Values) -> float:
    return _score(d, v, d["mom_hs"])


@density("kidiq-kidscore_momiq", beta=around([26, 0.6], [5, 0.1]), sigma=near(18.0))
def kidscore_momiq(d: Data, v: Values) -> float:
    return _score(d, v, d["mom_iq"])


@density("kidiq-kidscore_momhsiq", beta=around([26, 6, 0.6], [5, 3, 0.1]), sigma=near(18.0))
def kidscore_momhsiq(d: Data, v: Values) -> float:
    return _score(d, v, d["mom_hs"], d["mom_iq"])


@density(
    "kidiq-kidscore_interaction",
    beta=around([-11, 51, 1, -0.5], [10, 10, 0.1, 0.1]),
    sigma=near(18.0),
)
def kidscore_interaction(d: Data, v: Values) -> float:
    both = np.multiply(d["mom_hs"], d["mom_iq"])
    return _score(d, v, d["mom_hs"], d["mom_iq"], both)


# --- earnings, sec. 4.4: flat -----------------------------------------------------------------


@density("earnings-earn_height", beta=around([-6e4, 1.3e3], [5e3, 100]), sigma=near(19000.0))
def earn_height(d: Data, v: Values) -> float:
    return _normal(d["earn"], _columns(d["height"]), v)


@density("earnings-logearn_height", beta=around([5.8, 0.06], [0.5, 0.01]), sigma=near(0.9))
def logearn_height(d: Data, v: Values) -> float:
    return _normal(np.log(d["earn"]), _columns(d["height"]), v)


@density(
    "earnings-logearn_height_male",
    beta=around([8.2, 0.02, 0.4], [0.5, 0.01, 0.1]),
    sigma=near(0.9),
)
def logearn_height_male(d: Data, v: Values) -> float:
    return _normal(np.log(d["earn"]), _columns(d["height"], d["male"]), v)


@density(
    "earnings-logearn_interaction",
    beta=around([8.4, 0.02, -0.1, 0.01], [0.5, 0.01, 0.5, 0.01]),
    sigma=near(0.9),
)
def logearn_interaction(d: Data, v: Values) -> float:
    both = np.multiply(d["height"], d["male"])
    return _normal(np.log(d["earn"]), _columns(d["height"], d["male"], both), v)


# --- mesquite bushes, sec. 4.6: flat, logarithms throughout -----------------------------------


def _log(d: Data, *names: str) -> list[np.ndarray]:
    return [np.log(np.asarray(d[name], dtype=float)) for name in names]


@density("mesquite-logmesquite", beta=around([5, 0.4, 1, 0.4, 0.4, 0, -0.6], 0.3), sigma=near(0.4))
def logmesquite(d: Data, v: Values) -> float:
    logs = _log(d, "diam1", "diam2", "canopy_height", "total_height", "density")
    return _normal(np.log(d["weight"]), _columns(*logs, d["group"]), v)


@density(
    "mesquite-logmesquite_logvas",
    beta=around([5, 0.4, 0.4, -0.4, 0.4, 0, -0.6], 0.3),
    sigma=near(0.4),
)
def logmesquite_logvas(d: Data, v: Values) -> float:
    diam1, diam2, canopy, total, dense = _log(
        d, "diam1", "diam2", "canopy_height", "total_height", "density"
    )
    volume, area, shape = diam1 + diam2 + canopy, diam1 + diam2, diam1 - diam2
    return _normal(np.log(d["weight"]), _columns(volume, area, shape, total, dense, d["group"]), v)


@density("mesquite-logmesquite_logvolume", beta=around([5, 0.7], 0.3), sigma=near(0.4))
def logmesquite_logvolume(d: Data, v: Values) -> float:
    volume = sum(_log(d, "diam1", "diam2", "canopy_height"))
    return _normal(np.log(d["weight"]), _columns(volume), v)


# --- others -----------------------------------------------------------------------------------


@density(
    "nes1972-nes",
    "nes1976-nes",
    "nes1988-nes",
    beta=around([1.8, 0.5, -1.1, -0.2, 0, 0.5, 0.3, 0, 0.2], 0.2),
    sigma=near(1.9),
)
def nes(d: Data, v: Values) -> float:
    """Party identification, sec. 4.7: flat, age in four classes, the first as the baseline."""
    age = np.asarray(d["age_discrete"])
    columns = [d["real_ideo"], d["race_adj"], age == 2, age == 3, age == 4]
    columns += [d["educ1"], d["gender"], d["income"]]
    return _normal(d["partyid7"], _columns(*columns), v)


@density("sesame_data-sesame_one_pred_a", beta=around([0.5, 0.4], 0.1), sigma=near(0.4))
def sesame(d: Data, v: Values) -> float:
    """The first stage of an instrument's regression, sec. 10.5: flat."""
    return _normal(d["watched"], _columns(d["encouraged"]), v)


@density("sblrc-blr", beta=around(1, 0.01, (5,)), sigma=near(1.5))
def blr(d: Data, v: Values) -> float:
    """A linear regression with Normal(0, 10) on coefficients and, halved, on sigma."""
    prior = stats.norm.logpdf(v["beta"], 0, 10).sum() + stats.halfnorm.logpdf(v["sigma"], scale=10)
    mean = np.asarray(d["X"]) @ v["beta"]
    return float(prior + stats.norm.logpdf(d["y"], mean, v["sigma"]).sum())


@density("wells_data-wells_dist", beta=around([0.6, -0.006], [0.3, 0.003]))
def wells_dist(d: Data, v: Values) -> float:
    """Switching by the distance in metres, sec. 5.4: flat."""
    return _bernoulli(d["switched"], _columns(d["dist"]) @ v["beta"])


@density(
    "wells_data-wells_interaction_model",
    alpha=around(-0.1, 0.3),
    beta=around([-0.6, 0.6, -0.2], 0.2),
)
def wells_interaction(d: Data, v: Values) -> float:
    """Distance in 100 m, arsenic and their product, not centred, sec. 5.5: flat."""
    far, arsenic = np.asarray(d["dist"]) / 100, np.asarray(d["arsenic"])
    return _bernoulli(
        d["switched"], v["alpha"] + np.column_stack([far, arsenic, far * arsenic]) @ v["beta"]
    )


@density("wells_data-wells_dae_model", alpha=around(-0.2, 0.3), beta=around([-0.9, 0.5, 0.2], 0.2))
def wells_dae(d: Data, v: Values) -> float:
    """Distance in 100 m, arsenic and four-year units of education, sec. 5.5: flat."""
    far, school = np.asarray(d["dist"]) / 100, np.asarray(d["educ"]) / 4
    return _bernoulli(
        d["switched"], v["alpha"] + np.column_stack([far, d["arsenic"], school]) @ v["beta"]
    )


@density("nes_logit_data-nes_logit_model", alpha=around(-1.4, 0.3), beta=around(0.3, 0.1))
def nes_logit(d: Data, v: Values) -> float:
    """Vote by income, sec. 5.1: flat."""
    return _bernoulli(d["vote"], v["alpha"] + v["beta"] * np.asarray(d["income"]))


@density(
    "GLM_Poisson_Data-GLM_Poisson_model",
    alpha=around(4, 0.3),
    beta1=around(1.3, 0.2),
    beta2=around(0, 0.2),
    beta3=around(-0.2, 0.1),
)
def glm_poisson(d: Data, v: Values) -> float:
    """A cubic in time, uniform on +-20 and +-10 (Kery & Schaub 2012, sec. 3.3)."""
    t = np.asarray(d["year"])
    log_rate = v["alpha"] + v["beta1"] * t + v["beta2"] * t**2 + v["beta3"] * t**3
    return float(stats.poisson.logpmf(d["C"], np.exp(log_rate)).sum())


@density(
    "GLM_Binomial_data-GLM_Binomial_model",
    alpha=around(0, 0.3),
    beta1=around(0, 0.3),
    beta2=around(-0.9, 0.3),
)
def glm_binomial(d: Data, v: Values) -> float:
    """A quadratic in time, Normal(0, 100) on its coefficients (Kery & Schaub 2012, sec. 3.5)."""
    t = np.asarray(d["year"])
    logit = v["alpha"] + v["beta1"] * t + v["beta2"] * t**2
    prior = stats.norm.logpdf([v["alpha"], v["beta1"], v["beta2"]], 0, 100).sum()
    return float(prior + stats.binom.logpmf(d["C"], d["N"], special.expit(logit)).sum())


@density(
    "mcycle_splines-accel_splines",
    Intercept=around(-13, 10),
    bs=around(0, 10, (1,)),
    s_1_1=around(0, 10, (38,)),
    sds_1_1=near(20.0),
    Intercept_sigma=around(2, 0.5),
    bs_sigma=around(0, 0.5, (1,)),
    s_sigma_1_1=around(0, 0.1, (38,)),
    sds_sigma_1_1=near(5.0),
)
def accel_splines(d: Data, v: Values) -> float:
    """Mean and log sd are penalised splines with mixed-model bases (Wood 2017, sec. 5.8; brms)."""

    def half_t(x: float) -> float:
        return float(stats.t.logpdf(x, 3, 0, 36))

    def spline(intercept: str, slope: str, wiggle: str, tag: str) -> np.ndarray:
        straight = np.asarray(d[f"Xs{tag}"]) @ v[slope]
        return np.asarray(v[intercept] + straight + np.asarray(d[f"Zs{tag}_1_1"]) @ v[wiggle])

    prior = stats.t.logpdf(v["Intercept"], 3, -13, 36)
    prior += stats.t.logpdf(v["Intercept_sigma"], 3, 0, 10)
    prior += half_t(v["sds_1_1"]) + half_t(v["sds_sigma_1_1"])
    prior += stats.norm.logpdf(v["s_1_1"], 0, v["sds_1_1"]).sum()
    prior += stats.norm.logpdf(v["s_sigma_1_1"], 0, v["sds_sigma_1_1"]).sum()
    mean = spline("Intercept", "bs", "s_1_1", "")
    log_sd = spline("Intercept_sigma", "bs_sigma", "s_sigma_1_1", "_sigma")
    return float(prior + stats.norm.logpdf(d["Y"], mean, np.exp(log_sd)).sum())


@density(
    "prostate-logistic_regression_rhs",
    beta0=around(0, 1),
    z=around(0, 1, (5966,)),
    tau=near(0.001, 1.0),
    **{"lambda": near(1.0, 1.0, (5966,))},
    caux=near(1.0),
)
def logistic_regression_rhs(d: Data, v: Values) -> float:
    """The regularised horseshoe (Piironen & Vehtari 2017, sec. 2.3), half-t scales.

    tau has scale 2 scale_global: on logits the pseudo-sd of a datum is 2 (their eq. 3.13).
    """
    slab2 = d["slab_scale"] ** 2 * v["caux"]
    local2 = v["lambda"] ** 2
    shrunk = np.sqrt(slab2 * local2 / (slab2 + v["tau"] ** 2 * local2))
    logit = v["beta0"] + np.asarray(d["x"]) @ (v["z"] * shrunk * v["tau"])
    prior = stats.norm.logpdf(v["z"]).sum()
    prior += stats.t.logpdf(v["lambda"], d["nu_local"]).sum()
    prior += stats.t.logpdf(v["tau"], d["nu_global"], 0, 2 * d["scale_global"])
    prior += stats.invgamma.logpdf(v["caux"], d["slab_df"] / 2, scale=d["slab_df"] / 2)
    prior += stats.norm.logpdf(v["beta0"], 0, d["scale_icept"])
    return float(prior) + _bernoulli(d["y"], logit)


@density(
    "mnist_100-nn_rbm1bJ10",
    a0=around(0, 0.5, (10,)),
    a=around(0, 0.05, (784, 10)),
    b0=around(0, 1, (10,)),
    b=around(0, 1, (10, 10)),
)
def neural_network(d: Data, v: Values) -> float:
    """One tanh layer of ten units, Normal(0, 2) on weights and biases; the first class scores 1."""
    hidden = np.tanh(v["a0"] + np.asarray(d["x"], dtype=float) @ v["a"])
    others = v["b0"][1:] + hidden @ v["b"][:, 1:]
    scores = np.column_stack([np.ones(len(others)), others])
    chosen = np.asarray(d["y"]) - 1
    fit = scores[np.arange(len(chosen)), chosen] - special.logsumexp(scores, axis=1)
    weights = np.concatenate([np.ravel(w) for w in (v["a0"], v["a"], v["b0"][1:], v["b"][:, 1:])])
    return float(stats.norm.logpdf(weights, 0, 2).sum() + fit.sum())
