"""Families of counts and integers."""

from __future__ import annotations

from gendsl.distributions.family import Family, FamilyParameter, Form
from gendsl.distributions.spell import keywords, positional
from gendsl.distributions.support import (
    Limit,
    Support,
    SupportKind,
    boolean,
    count,
    integer,
    positive,
    real,
    unit_interval,
)

_P = FamilyParameter("p", unit_interval, help="the probability of a success")
_LOGIT = FamilyParameter("logit", real, help="the log odds of a success")
_N = FamilyParameter("n", count, help="the number of trials")
_DISPERSION = FamilyParameter(
    "dispersion", positive, help="large is Poisson: the variance is mean + mean^2 / dispersion"
)
_UP_TO_N = Support(SupportKind.INT, Limit(0.0), Limit("n"))

FAMILIES: tuple[Family, ...] = (
    Family(
        name="Bernoulli",
        summary="One trial: 1 with probability p.",
        forms=(
            Form(
                (_P,),
                keywords("dist.Bernoulli", probs="p"),
                keywords("Bernoulli", helper="bernoulli", probs="p"),
            ),
            Form(
                (_LOGIT,),
                keywords("dist.Bernoulli", logits="logit"),
                keywords("Bernoulli", helper="bernoulli", logits="logit"),
            ),
        ),
        support=boolean,
        formula=r"x\log p + (1-x)\log(1-p)",
        is_discrete=True,
        source="Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, ch. 3",
    ),
    Family(
        name="Binomial",
        summary="Successes in n trials.",
        forms=(
            Form(
                (_N, _P),
                keywords("dist.Binomial", total_count="n", probs="p"),
                keywords("Binomial", helper="binomial", total_count="n", probs="p"),
            ),
            Form((_N, _LOGIT), positional("BinomialLogit", "n", "logit", helper="binomial_logit")),
        ),
        support=_UP_TO_N,
        formula=r"\log\binom{n}{x} + x\log p + (n-x)\log(1-p)",
        is_discrete=True,
        tails="tails_binomial",
        source="Johnson, Kemp & Kotz (2005), ch. 3",
    ),
    Family(
        name="BetaBinomial",
        summary="A Binomial whose p is Beta(a, b): overdispersed successes in n trials.",
        forms=(
            Form(
                (
                    _N,
                    FamilyParameter("a", positive, help="prior successes"),
                    FamilyParameter("b", positive, help="prior failures"),
                ),
                positional("BetaBinomial", "n", "a", "b", helper="beta_binomial"),
            ),
        ),
        support=_UP_TO_N,
        formula=r"\log\binom{n}{x} + \log B(x + a,\, n - x + b) - \log B(a, b)",
        is_discrete=True,
        source="Johnson, Kemp & Kotz (2005), sec. 6.2.2",
    ),
    Family(
        name="Poisson",
        summary="Counts whose mean and variance are `rate`.",
        forms=(
            Form(
                (FamilyParameter("rate", positive, help="the mean"),),
                positional("Poisson", "rate", helper="poisson"),
            ),
            Form(
                (FamilyParameter("log_rate", real, help="the logarithm of the mean"),),
                positional("PoissonLog", "log_rate", helper="poisson_log"),
            ),
        ),
        support=count,
        formula=r"x\log\mathrm{rate} - \mathrm{rate} - \log x!",
        is_discrete=True,
        tails="tails_poisson",
        source="Johnson, Kemp & Kotz (2005), ch. 4",
    ),
    Family(
        name="NegativeBinomial",
        summary="Overdispersed counts, by mean and dispersion (Stan's neg_binomial_2).",
        forms=(
            Form(
                (FamilyParameter("mean", positive, help="the mean"), _DISPERSION),
                positional("NegativeBinomial", "mean", "dispersion", helper="negative_binomial"),
            ),
            Form(
                (FamilyParameter("log_mean", real, help="the logarithm of the mean"), _DISPERSION),
                keywords(
                    "NegativeBinomial",
                    helper="negative_binomial",
                    log_mean="log_mean",
                    dispersion="dispersion",
                ),
            ),
        ),
        support=count,
        formula=(
            r"\log\binom{x + \phi - 1}{x} + x\log\tfrac{\mu}{\mu + \phi}"
            r" + \phi\log\tfrac{\phi}{\mu+\phi},"
            r"\quad \mu = \mathrm{mean},\ \phi = \mathrm{dispersion}"
        ),
        is_discrete=True,
        tails="tails_negative_binomial",
        source="Cameron & Trivedi (1998), Regression Analysis of Count Data, eq. 3.26",
    ),
    Family(
        name="Geometric",
        summary="Failures before the first success.",
        forms=(
            Form(
                (_P,),
                keywords("dist.Geometric", probs="p"),
                keywords("Geometric", helper="geometric", probs="p"),
            ),
            Form(
                (_LOGIT,),
                keywords("dist.Geometric", logits="logit"),
                keywords("Geometric", helper="geometric", logits="logit"),
            ),
        ),
        support=count,
        formula=r"x\log(1-p) + \log p",
        is_discrete=True,
        tails="tails_geometric",
        source="Johnson, Kemp & Kotz (2005), sec. 5.2",
    ),
    Family(
        name="DiscreteUniform",
        summary="Every integer from `low` to `high`, both included, equally likely.",
        forms=(
            Form(
                (
                    FamilyParameter("low", integer, help="the least value"),
                    FamilyParameter(
                        "high", Support(SupportKind.INT, Limit("low")), help="the greatest value"
                    ),
                ),
                positional("dist.DiscreteUniform", "low", "high"),
                positional("DiscreteUniform", "low", "high", helper="discrete_uniform"),
            ),
        ),
        support=Support(SupportKind.INT, Limit("low"), Limit("high")),
        formula=r"-\log(\mathrm{high} - \mathrm{low} + 1)",
        is_discrete=True,
        tails="tails_discrete_uniform",
        source="Johnson, Kemp & Kotz (2005), sec. 6.10.1",
    ),
)
"""The rows of this file."""
