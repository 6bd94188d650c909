"""Families of matrices."""

from __future__ import annotations

from gendsl.distributions.family import EVENT_SIZE, Family, FamilyParameter, Form, Role
from gendsl.distributions.spell import keywords
from gendsl.distributions.support import cholesky_corr, corr, cov, positive

_CONCENTRATION = FamilyParameter(
    "concentration", positive, help="1 is uniform over correlations; large favours the identity"
)
_DF = FamilyParameter("df", positive, help="degrees of freedom, more than the size less one")

FAMILIES: tuple[Family, ...] = (
    Family(
        name="LKJ",
        summary="A distribution over correlation matrices; `LKJ(1)` is uniform.",
        forms=(
            Form(
                (_CONCENTRATION,),
                keywords("dist.LKJ", dimension=EVENT_SIZE, concentration="concentration"),
                keywords("LKJ", helper="lkj", dimension=EVENT_SIZE, concentration="concentration"),
            ),
        ),
        support=corr,
        formula=r"(\eta - 1)\log|x| - \log c_K(\eta),\quad \eta = \mathrm{concentration}",
        event_rank=2,
        source="Lewandowski, Kurowicka & Joe (2009), J. Multivariate Analysis 100, eq. 16",
    ),
    Family(
        name="LKJCholesky",
        summary="The Cholesky factor of an LKJ correlation matrix.",
        forms=(
            Form(
                (_CONCENTRATION,),
                keywords("dist.LKJCholesky", dimension=EVENT_SIZE, concentration="concentration"),
                keywords(
                    "LKJCholesky", helper="lkj", dimension=EVENT_SIZE, concentration="concentration"
                ),
            ),
        ),
        support=cholesky_corr,
        formula=(
            r"\sum_{i=1}^{K-1}(K - i - 1 + 2\eta - 2)\log x_{ii} - \log c_K(\eta),"
            r"\quad \eta = \mathrm{concentration},\ i \text{ from } 0"
        ),
        event_rank=2,
        source="Lewandowski, Kurowicka & Joe (2009), J. Multivariate Analysis 100, eq. 16",
    ),
    Family(
        name="Wishart",
        summary="A distribution over covariance matrices with mean df * scale.",
        forms=(
            Form(
                (_DF, FamilyParameter("scale", cov, Role.MATRIX, help="the mean over df")),
                keywords("dist.Wishart", concentration="df", scale_matrix="scale"),
                keywords("Wishart", helper="wishart", df="df", scale="scale"),
            ),
        ),
        support=cov,
        formula=(
            r"\tfrac{\nu-K-1}{2}\log|x| - \tfrac12\operatorname{tr}(S^{-1}x)"
            r" - \tfrac{\nu K}{2}\log 2"
            r" - \tfrac{\nu}{2}\log|S| - \log\Gamma_K(\nu/2),"
            r"\quad \nu = \mathrm{df},\ S = \mathrm{scale}"
        ),
        event_rank=2,
        source="Wishart (1928), Biometrika 20",
    ),
    Family(
        name="InverseWishart",
        summary="The inverse of a Wishart: a conjugate prior of a covariance matrix.",
        forms=(
            Form(
                (
                    _DF,
                    FamilyParameter(
                        "scale", cov, Role.MATRIX, help="the mean times df less the size less one"
                    ),
                ),
                keywords("dist.InverseWishart", concentration="df", scale_matrix="scale"),
                keywords("InverseWishart", helper="inverse_wishart", df="df", scale="scale"),
            ),
        ),
        support=cov,
        formula=(
            r"\tfrac{\nu}{2}\log|S| - \tfrac{\nu+K+1}{2}\log|x|"
            r" - \tfrac12\operatorname{tr}(S x^{-1})"
            r" - \tfrac{\nu K}{2}\log 2 - \log\Gamma_K(\nu/2),"
            r"\quad \nu = \mathrm{df},\ S = \mathrm{scale}"
        ),
        event_rank=2,
        source="Gelman et al. (2013), Bayesian Data Analysis, table A.1",
    ),
)
"""The rows of this file."""
