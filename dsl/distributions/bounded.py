"""Families on an interval."""

from __future__ import annotations

from gendsl.distributions.family import Family, FamilyParameter, Form
from gendsl.distributions.spell import positional
from gendsl.distributions.support import (
    Limit,
    Support,
    SupportKind,
    open_unit_interval,
    positive,
    real,
    unit_interval,
)

_A = FamilyParameter("a", positive, help="the weight near 1")
_B = FamilyParameter("b", positive, help="the weight near 0")
_BETWEEN = Support(SupportKind.REAL, Limit("low"), Limit("high"))
_ABOVE_LOW = Support(SupportKind.REAL, Limit("low", is_strict=True))

FAMILIES: tuple[Family, ...] = (
    Family(
        name="Uniform",
        summary="The same density everywhere between `low` and `high`.",
        forms=(
            Form(
                (
                    FamilyParameter("low", real, help="the least value"),
                    FamilyParameter("high", _ABOVE_LOW, help="the greatest value"),
                ),
                positional("dist.Uniform", "low", "high"),
                positional("Uniform", "low", "high", helper="uniform"),
            ),
        ),
        support=_BETWEEN,
        formula=r"-\log(\mathrm{high} - \mathrm{low})",
        tails="tails_uniform",
        source="Johnson, Kotz & Balakrishnan (1995), vol. 2, ch. 26",
    ),
    Family(
        name="LogUniform",
        summary="Uniform on the logarithm: the same mass for every factor of ten.",
        forms=(
            Form(
                (
                    FamilyParameter("low", positive, help="the least value"),
                    FamilyParameter("high", _ABOVE_LOW, help="the greatest value"),
                ),
                positional("dist.LogUniform", "low", "high"),
                positional("LogUniform", "low", "high", helper="log_uniform"),
            ),
        ),
        support=_BETWEEN,
        formula=r"-\log x - \log\log(\mathrm{high} / \mathrm{low})",
        tails="tails_uniform",
        source="Hamming (1970), Bell System Technical Journal 49, eq. 1",
    ),
    Family(
        name="Beta",
        summary="On (0, 1): `a` successes against `b` failures; the mean is a / (a + b).",
        forms=(Form((_A, _B), positional("dist.Beta", "a", "b")),),
        support=unit_interval,
        formula=r"(a-1)\log x + (b-1)\log(1-x) - \log B(a, b)",
        tails="tails_beta",
        source="Johnson, Kotz & Balakrishnan (1995), vol. 2, ch. 25",
    ),
    Family(
        name="BetaProportion",
        summary="The Beta by its mean and concentration: Beta(mean * c, (1 - mean) * c).",
        forms=(
            Form(
                (
                    FamilyParameter("mean", open_unit_interval, help="the mean"),
                    FamilyParameter("concentration", positive, help="a + b of the Beta"),
                ),
                positional("dist.BetaProportion", "mean", "concentration"),
                positional("BetaProportion", "mean", "concentration", helper="beta_proportion"),
            ),
        ),
        support=unit_interval,
        formula=(
            r"\log\mathrm{Beta}(x \mid \mathrm{mean}\cdot c,\, (1-\mathrm{mean})\cdot c),"
            r"\quad c = \mathrm{concentration}"
        ),
        tails="tails_beta",
        source="Ferrari & Cribari-Neto (2004), Journal of Applied Statistics 31, eq. 4",
    ),
    Family(
        name="Kumaraswamy",
        summary="Like the Beta, with a CDF in closed form.",
        forms=(Form((_A, _B), positional("Kumaraswamy", "a", "b", helper="kumaraswamy")),),
        support=unit_interval,
        formula=r"\log(a b) + (a-1)\log x + (b-1)\log(1 - x^a)",
        tails="tails_kumaraswamy",
        source="Kumaraswamy (1980), Journal of Hydrology 46, eq. 6",
    ),
)
"""The rows of this file."""
