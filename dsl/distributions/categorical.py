"""Families of categories, and of counts over categories."""

from __future__ import annotations

from gendsl.distributions.family import Family, FamilyParameter, Form, Role
from gendsl.distributions.spell import keywords, positional
from gendsl.distributions.support import (
    Limit,
    Support,
    SupportKind,
    category,
    count,
    ordered,
    positive,
    real,
    simplex,
)

_N = FamilyParameter("n", count, help="the number of trials")
_COUNTS = Support(SupportKind.INT, Limit(0.0), Limit("n"))

FAMILIES: tuple[Family, ...] = (
    Family(
        name="Categorical",
        summary="One of several categories.",
        forms=(
            Form(
                (FamilyParameter("p", simplex, Role.CATEGORIES, help="their probabilities"),),
                positional("Categorical", "p", helper="categorical"),
            ),
            Form(
                (
                    FamilyParameter(
                        "logit", real, Role.CATEGORIES, help="log probabilities up to a constant"
                    ),
                ),
                keywords("dist.Categorical", logits="logit"),
            ),
        ),
        support=category,
        formula=r"\log p_x",
        is_discrete=True,
        source="Johnson, Kotz & Balakrishnan (1997), Discrete Multivariate Distributions, ch. 35",
    ),
    Family(
        name="OrderedLogistic",
        summary="Ordered categories: where `eta` plus logistic noise falls between cutpoints.",
        forms=(
            Form(
                (
                    FamilyParameter("eta", real, help="the linear predictor"),
                    FamilyParameter(
                        "cutpoints", ordered, Role.CUTPOINTS, help="one fewer than the categories"
                    ),
                ),
                positional("OrderedLogistic", "eta", "cutpoints", helper="ordered_logistic"),
            ),
        ),
        support=category,
        formula=(
            r"\log\left(\sigma(\eta - c_{x}) - \sigma(\eta - c_{x+1})\right),"
            r"\quad c_0 = -\infty,\ c_K = \infty"
        ),
        is_discrete=True,
        source="McCullagh (1980), Journal of the Royal Statistical Society B 42, sec. 2",
    ),
    Family(
        name="Multinomial",
        summary="Counts of each category in n trials.",
        forms=(
            Form(
                (_N, FamilyParameter("p", simplex, Role.VECTOR, help="their probabilities")),
                keywords("Multinomial", helper="multinomial", n="n", p="p"),
            ),
            Form(
                (
                    _N,
                    FamilyParameter(
                        "logit", real, Role.VECTOR, help="log probabilities up to a constant"
                    ),
                ),
                keywords("Multinomial", helper="multinomial", n="n", logit="logit"),
            ),
        ),
        support=_COUNTS,
        formula=r"\log n! + \sum_k (x_k \log p_k - \log x_k!)",
        event_rank=1,
        is_discrete=True,
        source="Johnson, Kotz & Balakrishnan (1997), ch. 35",
    ),
    Family(
        name="DirichletMultinomial",
        summary="A Multinomial whose probabilities are Dirichlet: overdispersed counts.",
        forms=(
            Form(
                (
                    _N,
                    FamilyParameter(
                        "concentration", positive, Role.VECTOR, help="of the Dirichlet"
                    ),
                ),
                positional(
                    "DirichletMultinomial",
                    "n",
                    "concentration",
                    helper="dirichlet_multinomial",
                ),
            ),
        ),
        support=_COUNTS,
        formula=(
            r"\log n! + \log\frac{\Gamma(A)}{\Gamma(A+n)} + \sum_k \log"
            r"\frac{\Gamma(\alpha_k + x_k)}{\Gamma(\alpha_k)\, x_k!}"
            r",\quad A = \sum_k \alpha_k,\ \alpha = \mathrm{concentration}"
        ),
        event_rank=1,
        is_discrete=True,
        source="Mosimann (1962), Biometrika 49, eq. 9",
    ),
)
"""The rows of this file."""
