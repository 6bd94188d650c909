"""The family that no source names: what becomes of a random function by nearest neighbours."""

from __future__ import annotations

from gendsl.distributions.family import Family, FamilyParameter, Form, Role
from gendsl.distributions.spell import keywords
from gendsl.distributions.support import Support, SupportKind, positive, real

_ANY = Support(SupportKind.REAL)
_NEIGHBOURS = (
    FamilyParameter("weights", _ANY, Role.MATRIX, help="what the neighbours are multiplied by"),
    FamilyParameter("near", _ANY, Role.MATRIX, help="which the neighbours are"),
    FamilyParameter("order", _ANY, Role.MATRIX, help="which comes after which"),
)

NEIGHBOUR_NORMAL = Family(
    name="NeighbourNormal",
    summary="A Gaussian vector in which each entry depends on a few of those before it.",
    forms=(
        Form(
            (
                FamilyParameter("loc", real, Role.VECTOR, help="the mean"),
                FamilyParameter("scale", positive, Role.MATRIX, help="what neighbours leave open"),
                *_NEIGHBOURS,
            ),
            keywords(
                "NeighbourNormal", helper="neighbour_normal", loc="loc", scale="scale",
                weights="weights", near="near", order="order",
            ),
        ),
    ),
    support=real,
    formula=r"\sum_i \log N(y_i \mid \mu_i + \sum_j b_{ij} (y - \mu)_{n_{ij}}, d_i)",
    event_rank=1,
    source="Vecchia (1988); Datta et al. (2016)",
)  # fmt: skip
"""y = loc + v, v the values that follow from `scale` times white noise."""
