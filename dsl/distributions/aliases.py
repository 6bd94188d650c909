"""What other tools call these families, for the checker's help text only: no alias is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Alias:
    """The row that a foreign name means, and how to write it here.

    `family` is `None` where no one row is meant: `written` then says what to do.
    """

    family: str | None
    written: str


def _aliases(family: str | None, written: str, *names: str) -> dict[str, Alias]:
    return {name: Alias(family, written) for name in names}


_TRUNCATED = "x : real > low ~ Normal(loc, scale)"
_NEGATIVE_BINOMIAL = "NegativeBinomial(mean, dispersion)"

ALIASES: Mapping[str, Alias] = MappingProxyType(
    _aliases("Normal", "Normal(loc, scale)", "normal", "Gaussian", "gaussian", "std_normal")
    | _aliases("Normal", _TRUNCATED, "TruncatedNormal", "TruncNormal", "truncated_normal")
    | _aliases("HalfNormal", "HalfNormal(scale)", "half_normal", "HalfGaussian", "Halfnormal")
    | _aliases("StudentT", "StudentT(df, loc, scale)", "student_t", "Student", "StudentsT", "T")
    | _aliases("HalfStudentT", "HalfStudentT(df, scale)", "HalfT", "half_student_t", "HalfStudent")
    | _aliases("Cauchy", "Cauchy(loc, scale)", "cauchy")
    | _aliases("HalfCauchy", "HalfCauchy(scale)", "half_cauchy")
    | _aliases("Laplace", "Laplace(loc, scale)", "laplace", "double_exponential")
    | _aliases("Laplace", "Laplace(loc, scale)", "DoubleExponential")
    | _aliases("Logistic", "Logistic(loc, scale)", "logistic")
    | _aliases("LogNormal", "LogNormal(loc, scale)", "lognormal", "Lognormal")
    | _aliases("Exponential", "Exponential(rate)", "exponential", "Expon", "Exp")
    | _aliases("Gamma", "Gamma(shape, rate)", "gamma")
    | _aliases("InverseGamma", "InverseGamma(shape, scale)", "inv_gamma", "InvGamma")
    | _aliases("ChiSquared", "ChiSquared(df)", "chi_square", "Chi2", "ChiSquare", "chi2")
    | _aliases("Beta", "Beta(a, b)", "beta")
    | _aliases("BetaProportion", "BetaProportion(mean, concentration)", "beta_proportion")
    | _aliases("Kumaraswamy", "Kumaraswamy(a, b)", "kumaraswamy")
    | _aliases("Uniform", "Uniform(low, high)", "uniform")
    | _aliases("LogUniform", "LogUniform(low, high)", "Reciprocal", "loguniform")
    | _aliases("Weibull", "Weibull(shape, scale)", "weibull")
    | _aliases("Gumbel", "Gumbel(loc, scale)", "gumbel")
    | _aliases("Pareto", "Pareto(scale, shape)", "pareto")
    | _aliases("VonMises", "VonMises(loc, concentration)", "von_mises")
    | _aliases("SkewNormal", "SkewNormal(loc, scale, shape)", "skew_normal")
    | _aliases(
        "AsymmetricLaplace",
        "AsymmetricLaplace(loc, scale, quantile)",
        "AsymmetricLaplaceQuantile",
        "skew_double_exponential",
    )
    | _aliases(
        "ExGaussian",
        "ExGaussian(loc, scale, rate)",
        "exp_mod_normal",
        "ExponentiallyModifiedNormal",
        "EMG",
    )
    | _aliases("Flat", "x ~ Flat()", "flat", "ImproperUniform", "Improper")
    | _aliases("Flat", "x : real > 0 ~ Flat()", "HalfFlat")
    | _aliases("Bernoulli", "Bernoulli(p)", "bernoulli")
    | _aliases(
        "Bernoulli",
        "Bernoulli(logit = eta)",
        "bernoulli_logit",
        "BernoulliLogit",
        "BernoulliLogits",
    )
    | _aliases("Bernoulli", "Bernoulli(logit = alpha + X @ beta)", "bernoulli_logit_glm")
    | _aliases("Binomial", "Binomial(n, p)", "binomial")
    | _aliases("Binomial", "Binomial(n, logit = eta)", "binomial_logit", "BinomialLogits")
    | _aliases("Categorical", "Categorical(p)", "categorical", "Discrete")
    | _aliases("Categorical", "Categorical(logit = eta)", "categorical_logit", "CategoricalLogits")
    | _aliases("Poisson", "Poisson(rate)", "poisson")
    | _aliases("Poisson", "Poisson(log_rate = eta)", "poisson_log", "PoissonLog")
    | _aliases("Poisson", "Poisson(log_rate = alpha + X @ beta)", "poisson_log_glm")
    | _aliases("DiscreteUniform", "DiscreteUniform(low, high)", "discrete_range", "UniformInt")
    | _aliases(
        "NegativeBinomial",
        _NEGATIVE_BINOMIAL,
        "neg_binomial_2",
        "neg_binomial",
        "NegativeBinomial2",
        "NegBinomial",
        "GammaPoisson",
    )
    | _aliases(
        "NegativeBinomial",
        "NegativeBinomial(log_mean = eta, dispersion = phi)",
        "neg_binomial_2_log",
        "neg_binomial_2_log_glm",
        "NegativeBinomialLogits",
    )
    | _aliases("Geometric", "Geometric(p)", "geometric")
    | _aliases("Geometric", "Geometric(logit = eta)", "GeometricLogits")
    | _aliases("BetaBinomial", "BetaBinomial(n, a, b)", "beta_binomial")
    | _aliases("OrderedLogistic", "OrderedLogistic(eta, cutpoints)", "ordered_logistic")
    | _aliases("Multinomial", "Multinomial(n, p)", "multinomial")
    | _aliases("Multinomial", "Multinomial(n, logit = eta)", "multinomial_logit")
    | _aliases(
        "DirichletMultinomial", "DirichletMultinomial(n, concentration)", "dirichlet_multinomial"
    )
    | _aliases(
        "ZeroInflated",
        "ZeroInflated(gate, Poisson(rate))",
        "ZeroInflatedPoisson",
        "ZIP",
        "ZeroInflatedDistribution",
    )
    | _aliases(
        "ZeroInflated",
        "ZeroInflated(gate, NegativeBinomial(mean, dispersion))",
        "ZeroInflatedNegativeBinomial",
        "ZeroInflatedNegativeBinomial2",
        "ZINB",
    )
    | _aliases("ZeroInflated", "ZeroInflated(gate, Binomial(n, p))", "ZeroInflatedBinomial", "ZIB")
    | _aliases("Hurdle", "Hurdle(gate, Poisson(rate))", "HurdlePoisson")
    | _aliases(
        "Hurdle",
        "Hurdle(gate, NegativeBinomial(mean, dispersion))",
        "HurdleNegativeBinomial",
        "HurdleNegativeBinomial2",
    )
    | _aliases("Dirichlet", "Dirichlet(concentration)", "dirichlet")
    | _aliases(
        "MultiNormal",
        "MultiNormal(loc, covariance = S)",
        "multi_normal",
        "MvNormal",
        "MultivariateNormal",
        "MultiVariateNormal",
    )
    | _aliases("MultiNormal", "MultiNormal(loc, cholesky = L)", "multi_normal_cholesky")
    | _aliases("MultiNormal", "MultiNormal(loc, precision = P)", "multi_normal_prec")
    | _aliases(
        "MultiStudentT",
        "MultiStudentT(df, loc, scale = S)",
        "multi_student_t",
        "MvStudentT",
        "MultivariateStudentT",
    )
    | _aliases("LKJ", "LKJ(concentration)", "lkj_corr", "LKJCorr")
    | _aliases("LKJCholesky", "LKJCholesky(concentration)", "lkj_corr_cholesky", "LKJCholeskyCov")
    | _aliases("Wishart", "Wishart(df, scale)", "wishart")
    | _aliases("InverseWishart", "InverseWishart(df, scale)", "inv_wishart", "InvWishart")
    | _aliases("GaussianRandomWalk", "GaussianRandomWalk(scale)", "RandomWalk")
    | _aliases(
        "Mixture",
        "Mixture(weights, Normal(loc, scale))",
        "MixtureSameFamily",
        "NormalMixture",
        "log_mix",
    )
    | _aliases("Mixture", "Mixture(weights, [Normal(0, 1), Cauchy(0, 1)])", "MixtureGeneral")
    | _aliases(
        "Censored",
        "Censored(Normal(loc, scale), upper = limit)",
        "RightCensoredDistribution",
        "LeftCensoredDistribution",
    )
    | _aliases(
        None,
        "a narrowed support truncates: `x : real > 0 ~ Normal(0, 1)`",
        "Truncated",
        "TruncatedDistribution",
        "TruncatedCauchy",
    )
    | _aliases(
        None,
        "a joint support restricts: `x[k] : sum_to_zero ~ Normal(0, 1)`",
        "ZeroSumNormal",
    )
    | _aliases(
        None,
        "a joint support restricts: `x[k] : ordered ~ Normal(0, 1)`",
        "OrderedNormal",
    )
    | _aliases(None, "a fixed value is an equation: `x = 3`", "Delta", "Dirac", "DiracDelta")
)
"""Foreign name -> what it is here."""
