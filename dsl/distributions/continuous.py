"""Families on the whole real line."""

from __future__ import annotations

from gendsl.distributions.family import Family, FamilyParameter, Form, LocationScale
from gendsl.distributions.spell import keywords, positional
from gendsl.distributions.support import (
    Limit,
    Support,
    SupportKind,
    any_support,
    non_negative,
    open_unit_interval,
    positive,
    real,
)

_LOC = FamilyParameter("loc", real, help="where it is centred")
_SCALE = FamilyParameter("scale", positive, help="how wide it is")
_DF = FamilyParameter("df", positive, help="degrees of freedom: small is heavy-tailed")
_LOC_SCALE = LocationScale("loc", "scale")
_ANGLE = Support(SupportKind.REAL, Limit(-3.141592653589793), Limit(3.141592653589793))

FAMILIES: tuple[Family, ...] = (
    Family(
        name="Normal",
        summary="The Gaussian, by its mean and standard deviation.",
        forms=(
            Form(
                (
                    FamilyParameter("loc", real, help="the mean"),
                    FamilyParameter("scale", positive, help="the standard deviation"),
                ),
                positional("dist.Normal", "loc", "scale"),
            ),
        ),
        support=real,
        formula=(
            r"-\tfrac12 z^2 - \log \mathrm{scale} - \tfrac12 \log 2\pi,"
            r"\quad z = (x - \mathrm{loc}) / \mathrm{scale}"
        ),
        tails="tails_normal",
        location_scale=_LOC_SCALE,
        source="Johnson, Kotz & Balakrishnan (1994), vol. 1, ch. 13",
    ),
    Family(
        name="StudentT",
        summary="Student's t: a bell with heavier tails, for data with outliers.",
        forms=(Form((_DF, _LOC, _SCALE), positional("dist.StudentT", "df", "loc", "scale")),),
        support=real,
        formula=(
            r"\log\Gamma\!\left(\tfrac{\mathrm{df}+1}{2}\right)"
            r" - \log\Gamma\!\left(\tfrac{\mathrm{df}}{2}\right)"
            r" - \tfrac12\log(\pi\,\mathrm{df}) - \log\mathrm{scale}"
            r" - \tfrac{\mathrm{df}+1}{2}\log\!\left(1 + \tfrac{z^2}{\mathrm{df}}\right),"
            r"\quad z = (x - \mathrm{loc}) / \mathrm{scale}"
        ),
        tails="tails_student_t",
        location_scale=_LOC_SCALE,
        source="Johnson, Kotz & Balakrishnan (1995), vol. 2, ch. 28",
    ),
    Family(
        name="Cauchy",
        summary="Student's t with one degree of freedom; it has no mean.",
        forms=(Form((_LOC, _SCALE), positional("dist.Cauchy", "loc", "scale")),),
        support=real,
        formula=(
            r"-\log\pi - \log\mathrm{scale} - \log(1 + z^2),"
            r"\quad z = (x - \mathrm{loc}) / \mathrm{scale}"
        ),
        tails="tails_cauchy",
        location_scale=_LOC_SCALE,
        source="Johnson, Kotz & Balakrishnan (1994), vol. 1, ch. 16",
    ),
    Family(
        name="Laplace",
        summary="The double exponential: a sharp peak and exponential tails.",
        forms=(Form((_LOC, _SCALE), positional("dist.Laplace", "loc", "scale")),),
        support=real,
        formula=r"-\log(2\,\mathrm{scale}) - |x - \mathrm{loc}| / \mathrm{scale}",
        tails="tails_laplace",
        location_scale=_LOC_SCALE,
        source="Johnson, Kotz & Balakrishnan (1995), vol. 2, ch. 24",
    ),
    Family(
        name="Logistic",
        summary="A bell a little heavier-tailed than the Gaussian; its CDF is the inverse logit.",
        forms=(Form((_LOC, _SCALE), positional("dist.Logistic", "loc", "scale")),),
        support=real,
        formula=(
            r"-z - \log\mathrm{scale} - 2\log(1 + e^{-z}),"
            r"\quad z = (x - \mathrm{loc}) / \mathrm{scale}"
        ),
        tails="tails_logistic",
        location_scale=_LOC_SCALE,
        source="Johnson, Kotz & Balakrishnan (1995), vol. 2, ch. 23",
    ),
    Family(
        name="Gumbel",
        summary="The limit law of a maximum; skewed to the right.",
        forms=(Form((_LOC, _SCALE), positional("dist.Gumbel", "loc", "scale")),),
        support=real,
        formula=(r"-z - e^{-z} - \log\mathrm{scale},\quad z = (x - \mathrm{loc}) / \mathrm{scale}"),
        tails="tails_gumbel",
        location_scale=_LOC_SCALE,
        source="Johnson, Kotz & Balakrishnan (1995), vol. 2, ch. 22",
    ),
    Family(
        name="SkewNormal",
        summary="The Gaussian with a skew: `shape` 0 is the Gaussian, positive leans right.",
        forms=(
            Form(
                (_LOC, _SCALE, FamilyParameter("shape", real, help="the skew")),
                positional("SkewNormal", "loc", "scale", "shape", helper="skew_normal"),
            ),
        ),
        support=real,
        formula=(
            r"\log 2 - \tfrac12 z^2 - \tfrac12\log 2\pi - \log\mathrm{scale}"
            r" + \log\Phi(\mathrm{shape}\, z),\quad z = (x - \mathrm{loc}) / \mathrm{scale}"
        ),
        location_scale=_LOC_SCALE,
        source="Azzalini (1985), Scandinavian Journal of Statistics 12, eq. 1",
    ),
    Family(
        name="AsymmetricLaplace",
        summary="Two exponential tails that put mass `quantile` below `loc`: quantile regression.",
        forms=(
            Form(
                (
                    FamilyParameter("loc", real, help="the quantile itself"),
                    _SCALE,
                    FamilyParameter("quantile", open_unit_interval, help="which quantile `loc` is"),
                ),
                positional("dist.AsymmetricLaplaceQuantile", "loc", "scale", "quantile"),
                positional(
                    "AsymmetricLaplaceQuantile",
                    "loc",
                    "scale",
                    "quantile",
                    helper="asymmetric_laplace",
                ),
            ),
        ),
        support=real,
        formula=(
            r"\log(q(1-q)) - \log\mathrm{scale} - z\,(q - \mathbf 1[z < 0]),"
            r"\quad z = (x - \mathrm{loc})/\mathrm{scale},\ q = \mathrm{quantile}"
        ),
        tails="tails_laplace",
        location_scale=_LOC_SCALE,
        source="Yu & Moyeed (2001), Statistics & Probability Letters 54, eq. 3",
    ),
    Family(
        name="ExGaussian",
        summary="A Gaussian plus an independent exponential: response times.",
        forms=(
            Form(
                (
                    FamilyParameter("loc", real, help="the Gaussian's mean"),
                    FamilyParameter("scale", positive, help="the Gaussian's standard deviation"),
                    FamilyParameter("rate", positive, help="the exponential's rate"),
                ),
                positional("ExGaussian", "loc", "scale", "rate", helper="ex_gaussian"),
            ),
        ),
        support=real,
        formula=(
            r"\log\lambda + \tfrac12 v^2 - v z + \log\Phi(z - v),"
            r"\quad z = (x-\mathrm{loc})/\mathrm{scale},\ v = \lambda\,\mathrm{scale},"
            r"\ \lambda = \mathrm{rate}"
        ),
        tails="tails_ex_gaussian",
        source="Grushka (1972), Analytical Chemistry 44, eq. 2",
    ),
    Family(
        name="VonMises",
        summary="The circular Gaussian: an angle in [-pi, pi].",
        forms=(
            Form(
                (
                    FamilyParameter("loc", real, help="the mean direction"),
                    FamilyParameter("concentration", non_negative, help="0 is uniform"),
                ),
                positional("dist.VonMises", "loc", "concentration"),
                positional("VonMises", "loc", "concentration", helper="von_mises"),
            ),
        ),
        support=_ANGLE,
        formula=(
            r"\kappa\cos(x - \mathrm{loc}) - \log(2\pi I_0(\kappa)),"
            r"\quad \kappa = \mathrm{concentration}"
        ),
        source="Mardia & Jupp (2000), Directional Statistics, sec. 3.5.4",
    ),
    Family(
        name="Flat",
        summary="The improper uniform: density 1 wherever the declared type allows.",
        forms=(Form((), keywords("dist.ImproperUniform")),),
        support=any_support,
        formula=r"0",
        source="Gelman et al. (2013), Bayesian Data Analysis, sec. 2.8",
    ),
)
"""The rows of this file."""
