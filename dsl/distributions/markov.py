"""Families that no source names: what becomes of a random function with a Markovian kernel."""

from __future__ import annotations

from gendsl.distributions.family import Family, FamilyParameter, Form, Role
from gendsl.distributions.spell import keywords
from gendsl.distributions.support import Support, SupportKind, positive, real

_ANY = Support(SupportKind.REAL)
_CHAIN = (
    FamilyParameter("order", _ANY, Role.MATRIX, help="what sorts the points"),
    FamilyParameter("observed", _ANY, Role.MATRIX, help="which states add up to the function"),
    FamilyParameter("transition", _ANY, Role.MATRIX, help="from the state before to this one"),
    FamilyParameter("covariance", _ANY, Role.MATRIX, help="that of the states at a point"),
)
_LOC = FamilyParameter("loc", real, Role.VECTOR, help="the mean")
_SCALE = FamilyParameter("scale", positive, Role.MATRIX, help="the noise")
_COEFFICIENT = FamilyParameter("coefficient", _ANY, Role.MATRIX, help="what multiplies f")
_CHAIN_KEYWORDS = {p.name: p.name for p in _CHAIN}

MARKOV_NORMAL = Family(
    name="MarkovNormal",
    summary="A function with a Markovian kernel at points on a line, with noise.",
    forms=(
        Form(
            (_LOC, _SCALE, _COEFFICIENT, *_CHAIN),
            keywords(
                "MarkovNormal", helper="markov_normal",
                loc="loc", scale="scale", coefficient="coefficient", **_CHAIN_KEYWORDS,
            ),
        ),
    ),
    support=real,
    formula=r"\log N(y \mid \mu, C K C + S)",
    event_rank=1,
    source="Särkkä & Solin (2019), Applied Stochastic Differential Equations, ch. 12",
)  # fmt: skip
"""y = loc + coefficient f + noise."""

MARKOV_CONDITIONAL = Family(
    name="MarkovConditional",
    summary="A function with a Markovian kernel, given what is known of it at some points.",
    forms=(
        Form(
            (
                _LOC,
                FamilyParameter("residual", _ANY, Role.MATRIX, help="what is known of it"),
                _SCALE,
                _COEFFICIENT,
                FamilyParameter("jitter", positive, Role.SCALAR, help="of what is drawn"),
                *_CHAIN,
            ),
            keywords(
                "MarkovConditional", helper="markov_normal", loc="loc", residual="residual",
                scale="scale", coefficient="coefficient", jitter="jitter", **_CHAIN_KEYWORDS,
            ),
        ),
    ),
    support=real,
    formula=r"\log p(f \mid \mathrm{residual})",
    event_rank=1,
    source="Durbin & Koopman (2002), A simple and efficient simulation smoother",
)  # fmt: skip
"""f at the last points of a chain."""
