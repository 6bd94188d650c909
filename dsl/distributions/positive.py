"""Families on the positive half-line."""

from __future__ import annotations

from gendsl.distributions.family import Family, FamilyParameter, Form, LocationScale
from gendsl.distributions.spell import keywords, positional
from gendsl.distributions.support import (
    Limit,
    Support,
    SupportKind,
    non_negative,
    positive,
    real,
)

_SCALE = FamilyParameter("scale", positive, help="how wide it is")
_SHAPE = FamilyParameter("shape", positive, help="its shape")
_RATE = FamilyParameter("rate", positive, help="the inverse scale")
_DF = FamilyParameter("df", positive, help="degrees of freedom")
_SCALE_ONLY = LocationScale(None, "scale")

FAMILIES: tuple[Family, ...] = (
    Family(
        name="HalfNormal",
        summary="The absolute value of a zero-mean Gaussian: a light-tailed prior for a scale.",
        forms=(Form((_SCALE,), positional("dist.HalfNormal", "scale")),),
        support=non_negative,
        formula=r"\tfrac12\log\tfrac2\pi - \log\mathrm{scale} - \tfrac12 (x/\mathrm{scale})^2",
        tails="tails_normal",
        location_scale=_SCALE_ONLY,
        source="Gelman (2006), Bayesian Analysis 1, sec. 3",
    ),
    Family(
        name="HalfStudentT",
        summary="The absolute value of a zero-centred Student t: a prior for a scale.",
        forms=(
            Form(
                (_DF, _SCALE),
                positional("HalfStudentT", "df", "scale", helper="half_student_t"),
            ),
        ),
        support=non_negative,
        formula=r"\log 2 + \log\mathrm{StudentT}(x \mid \mathrm{df}, 0, \mathrm{scale})",
        tails="tails_half_student_t",
        location_scale=_SCALE_ONLY,
        source="Gelman (2006), Bayesian Analysis 1, sec. 3.2",
    ),
    Family(
        name="HalfCauchy",
        summary="The absolute value of a zero-centred Cauchy: a heavy-tailed prior for a scale.",
        forms=(Form((_SCALE,), positional("dist.HalfCauchy", "scale")),),
        support=non_negative,
        formula=r"\log\tfrac{2}{\pi} - \log\mathrm{scale} - \log(1 + (x/\mathrm{scale})^2)",
        tails="tails_cauchy",
        location_scale=_SCALE_ONLY,
        source="Gelman (2006), Bayesian Analysis 1, sec. 3.2",
    ),
    Family(
        name="LogNormal",
        summary="The exponential of a Gaussian; `loc` and `scale` are those of the logarithm.",
        forms=(
            Form(
                (
                    FamilyParameter("loc", real, help="the mean of the logarithm"),
                    FamilyParameter("scale", positive, help="the standard deviation of the log"),
                ),
                positional("dist.LogNormal", "loc", "scale"),
            ),
        ),
        support=positive,
        formula=r"\log\mathrm{Normal}(\log x \mid \mathrm{loc}, \mathrm{scale}) - \log x",
        tails="tails_normal",
        source="Johnson, Kotz & Balakrishnan (1994), vol. 1, ch. 14",
    ),
    Family(
        name="Exponential",
        summary="A memoryless waiting time; its mean is 1 / rate.",
        forms=(Form((_RATE,), positional("dist.Exponential", "rate")),),
        support=non_negative,
        formula=r"\log\mathrm{rate} - \mathrm{rate}\,x",
        tails="tails_exponential",
        source="Johnson, Kotz & Balakrishnan (1994), vol. 1, ch. 19",
    ),
    Family(
        name="Gamma",
        summary="By shape and rate: the mean is shape / rate.",
        forms=(Form((_SHAPE, _RATE), positional("dist.Gamma", "shape", "rate")),),
        support=positive,
        formula=(
            r"a\log b - \log\Gamma(a) + (a-1)\log x - b x,"
            r"\quad a = \mathrm{shape},\ b = \mathrm{rate}"
        ),
        tails="tails_gamma",
        source="Johnson, Kotz & Balakrishnan (1994), vol. 1, ch. 17",
    ),
    Family(
        name="InverseGamma",
        summary="The reciprocal of a Gamma(shape, scale): the conjugate prior of a variance.",
        forms=(Form((_SHAPE, _SCALE), positional("dist.InverseGamma", "shape", "scale")),),
        support=positive,
        formula=(
            r"a\log b - \log\Gamma(a) - (a+1)\log x - b/x,"
            r"\quad a = \mathrm{shape},\ b = \mathrm{scale}"
        ),
        tails="tails_gamma",
        location_scale=_SCALE_ONLY,
        source="Gelman et al. (2013), Bayesian Data Analysis, table A.1",
    ),
    Family(
        name="ChiSquared",
        summary="The sum of `df` squared standard Gaussians.",
        forms=(Form((_DF,), positional("dist.Chi2", "df")),),
        support=positive,
        formula=r"\log\mathrm{Gamma}(x \mid \mathrm{df}/2,\, 1/2)",
        tails="tails_gamma",
        source="Johnson, Kotz & Balakrishnan (1994), vol. 1, ch. 18",
    ),
    Family(
        name="Weibull",
        summary="A waiting time whose hazard grows (shape > 1) or falls (shape < 1).",
        forms=(
            Form((_SHAPE, _SCALE), keywords("dist.Weibull", scale="scale", concentration="shape")),
        ),
        support=positive,
        formula=(
            r"\log\tfrac{k}{s} + (k-1)\log\tfrac{x}{s} - (x/s)^k,"
            r"\quad k = \mathrm{shape},\ s = \mathrm{scale}"
        ),
        tails="tails_exponential",
        location_scale=_SCALE_ONLY,
        source="Johnson, Kotz & Balakrishnan (1994), vol. 1, ch. 21",
    ),
    Family(
        name="Pareto",
        summary="A power law above `scale`.",
        forms=(
            Form(
                (
                    FamilyParameter("scale", positive, help="the least value"),
                    FamilyParameter("shape", positive, help="the tail's exponent"),
                ),
                positional("dist.Pareto", "scale", "shape"),
            ),
        ),
        support=Support(SupportKind.REAL, Limit("scale")),
        formula=r"\log a + a\log s - (a+1)\log x,\quad s = \mathrm{scale},\ a = \mathrm{shape}",
        tails="tails_exponential",
        source="Johnson, Kotz & Balakrishnan (1994), vol. 1, ch. 20",
    ),
)
"""The rows of this file."""
