"""Families of vectors."""

from __future__ import annotations

from gendsl.distributions.family import (
    EVENT_SIZE,
    Family,
    FamilyParameter,
    Form,
    LocationScale,
    Role,
)
from gendsl.distributions.spell import keywords, positional
from gendsl.distributions.support import Support, SupportKind, cov, positive, real, simplex

_LOC = FamilyParameter("loc", real, Role.VECTOR, help="the centre")
_DF = FamilyParameter("df", positive, help="degrees of freedom: small is heavy-tailed")
_CHOLESKY = FamilyParameter(
    "cholesky",
    Support(SupportKind.REAL),
    Role.MATRIX,
    help="a lower-triangular factor L: the matrix is L L'",
)

FAMILIES: tuple[Family, ...] = (
    Family(
        name="Dirichlet",
        summary="A distribution over simplexes; `Dirichlet(1)` is uniform.",
        forms=(
            Form(
                (
                    FamilyParameter(
                        "concentration", positive, Role.VECTOR, help="one number for all, or each"
                    ),
                ),
                positional("dist.Dirichlet", "concentration"),
            ),
        ),
        support=simplex,
        formula=(
            r"\log\Gamma\!\left(\textstyle\sum_k\alpha_k\right) - \sum_k\log\Gamma(\alpha_k)"
            r" + \sum_k(\alpha_k - 1)\log x_k,\quad \alpha = \mathrm{concentration}"
        ),
        event_rank=1,
        source="Kotz, Balakrishnan & Johnson (2000), Continuous Multivariate Distributions, ch. 49",
    ),
    Family(
        name="MultiNormal",
        summary="The multivariate Gaussian, by its covariance, a factor of it, or its precision.",
        forms=(
            Form(
                (_LOC, FamilyParameter("covariance", cov, Role.MATRIX, help="its covariance")),
                keywords("dist.MultivariateNormal", loc="loc", covariance_matrix="covariance"),
            ),
            Form(
                (_LOC, _CHOLESKY),
                keywords("dist.MultivariateNormal", loc="loc", scale_tril="cholesky"),
            ),
            Form(
                (_LOC, FamilyParameter("precision", cov, Role.MATRIX, help="inverse covariance")),
                keywords("dist.MultivariateNormal", loc="loc", precision_matrix="precision"),
            ),
            Form(
                (
                    _LOC,
                    FamilyParameter(
                        "factor",
                        Support(SupportKind.REAL),
                        Role.FACTOR,
                        help="W over the event and fewer columns: the matrix is W W' + noise^2",
                    ),
                    FamilyParameter(
                        "noise", positive, Role.VECTOR, help="a standard deviation of each entry"
                    ),
                    FamilyParameter(
                        "capacitance",
                        Support(SupportKind.REAL),
                        Role.FACTOR,
                        is_required=False,
                        help="the Cholesky factor of 1 + W' W / noise^2, computed if not given",
                    ),
                ),
                keywords(
                    "LowRankNormal",
                    helper="low_rank_normal",
                    loc="loc",
                    factor="factor",
                    noise="noise",
                    capacitance="capacitance",
                ),
            ),
        ),
        support=real,
        formula=(
            r"-\tfrac12 (x-\mu)^\top\Sigma^{-1}(x-\mu) - \tfrac12\log|2\pi\Sigma|,"
            r"\quad \mu = \mathrm{loc},\ \Sigma = \mathrm{covariance}"
        ),
        event_rank=1,
        source="Kotz, Balakrishnan & Johnson (2000), ch. 45",
    ),
    Family(
        name="MultiStudentT",
        summary="The multivariate Student t, by a Cholesky factor of its scale matrix, or by that.",
        forms=(
            Form(
                (_DF, _LOC, _CHOLESKY),
                keywords("dist.MultivariateStudentT", df="df", loc="loc", scale_tril="cholesky"),
            ),
            Form(
                (
                    _DF,
                    _LOC,
                    FamilyParameter(
                        "scale",
                        cov,
                        Role.MATRIX,
                        help="the scale matrix; the covariance is df / (df - 2) times it",
                    ),
                ),
                keywords(
                    "MultiStudentT", helper="multi_student_t", df="df", loc="loc", scale="scale"
                ),
            ),
        ),
        support=real,
        formula=(
            r"\log\Gamma\!\left(\tfrac{\nu+K}{2}\right) - \log\Gamma\!\left(\tfrac{\nu}{2}\right)"
            r" - \tfrac12\log|\pi\nu S| - \tfrac{\nu+K}{2}\log\!\left(1 + \tfrac1\nu"
            r"(x-\mu)^\top S^{-1}(x-\mu)\right),\quad \nu = \mathrm{df},\ S = \mathrm{scale}"
        ),
        event_rank=1,
        source="Kotz & Nadarajah (2004), Multivariate t Distributions, eq. 1.1",
    ),
    Family(
        name="GaussianRandomWalk",
        summary="Cumulative sums of zero-mean Gaussian steps; the first value is the first step.",
        forms=(
            Form(
                (FamilyParameter("scale", positive, help="the standard deviation of a step"),),
                keywords("dist.GaussianRandomWalk", scale="scale", num_steps=EVENT_SIZE),
                keywords(
                    "GaussianRandomWalk",
                    helper="gaussian_random_walk",
                    scale="scale",
                    num_steps=EVENT_SIZE,
                ),
            ),
        ),
        support=real,
        formula=(
            r"\sum_t \log\mathrm{Normal}(x_t - x_{t-1} \mid 0, \mathrm{scale}),"
            r"\quad x_{-1} = 0"
        ),
        event_rank=1,
        location_scale=LocationScale(None, "scale"),
        source="Harvey (1989), Forecasting, Structural Time Series Models, sec. 2.1",
    ),
)
"""The rows of this file."""
