"""Families built on other distributions."""

from __future__ import annotations

from gendsl.distributions.family import Family, FamilyParameter, Form, Role
from gendsl.distributions.spell import keywords, positional
from gendsl.distributions.support import (
    any_support,
    count,
    inherited,
    open_unit_interval,
    real,
    simplex,
    unit_interval,
)

_COUNTS = FamilyParameter("base", count, Role.DISTRIBUTION, help="a distribution of counts")

FAMILIES: tuple[Family, ...] = (
    Family(
        name="ZeroInflated",
        summary="Zero with probability `gate`, else a draw from `base`, which may be zero too.",
        forms=(
            Form(
                (FamilyParameter("gate", unit_interval, help="the extra zeros"), _COUNTS),
                positional("ZeroInflated", "gate", "base", helper="zero_inflated"),
            ),
        ),
        support=count,
        formula=(
            r"\log\left(g\,\mathbf 1[x = 0] + (1 - g)\,\mathrm{base}(x)\right),"
            r"\quad g = \mathrm{gate}"
        ),
        is_discrete=True,
        source="Lambert (1992), Technometrics 34, sec. 2",
    ),
    Family(
        name="Hurdle",
        summary="Zero with probability `gate`, else a draw from `base` given that it is not zero.",
        forms=(
            Form(
                (
                    FamilyParameter("gate", open_unit_interval, help="the probability of zero"),
                    _COUNTS,
                ),
                positional("Hurdle", "gate", "base", helper="hurdle"),
            ),
        ),
        support=count,
        formula=(
            r"\log g \text{ at } 0,\text{ else } \log(1 - g) + \log\mathrm{base}(x)"
            r" - \log(1 - \mathrm{base}(0)),\quad g = \mathrm{gate}"
        ),
        is_discrete=True,
        source="Mullahy (1986), Journal of Econometrics 33, sec. 2",
    ),
    Family(
        name="Mixture",
        summary=(
            "A weighted choice between components: one distribution whose parameters span the"
            " weights' dimension, or a list of distributions."
        ),
        forms=(
            Form(
                (
                    FamilyParameter("weights", simplex, Role.CATEGORIES, help="their weights"),
                    FamilyParameter(
                        "component", any_support, Role.COMPONENTS, help="one distribution or a list"
                    ),
                ),
                positional("Mixture", "weights", "component", helper="mixture"),
            ),
        ),
        support=inherited,
        formula=r"\log\sum_k \mathrm{weights}_k\, \mathrm{component}_k(x)",
        source="McLachlan & Peel (2000), Finite Mixture Models, eq. 1.5",
    ),
    Family(
        name="Censored",
        summary="`base` seen through a detector: a value at a bound carries that side's tail.",
        forms=(
            Form(
                (
                    FamilyParameter("base", any_support, Role.DISTRIBUTION, help="has a CDF"),
                    FamilyParameter(
                        "lower",
                        real,
                        is_required=False,
                        help="left bound; -inf where there is none",
                    ),
                    FamilyParameter(
                        "upper",
                        real,
                        is_required=False,
                        help="right bound; inf where there is none",
                    ),
                ),
                keywords("Censored", helper="censored", base="base", lower="lower", upper="upper"),
            ),
        ),
        support=inherited,
        formula=(
            r"\log P(X \le \mathrm{lower}) \text{ at or below it},\ \log P(X \ge \mathrm{upper})"
            r"\text{ at or above it},\text{ else } \log\mathrm{base}(x)"
        ),
        source="Tobin (1958), Econometrica 26, sec. 2",
    ),
)
"""The rows of this file."""
