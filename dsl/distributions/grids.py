"""The family that no source names: what becomes of a random function on a grid."""

from __future__ import annotations

from gendsl.distributions.family import Family, FamilyParameter, Form, Role
from gendsl.distributions.spell import keywords
from gendsl.distributions.support import Support, SupportKind, positive, real

_ANY = Support(SupportKind.REAL)

GRID_NORMAL = Family(
    name="GridNormal",
    summary="A Gaussian matrix: a product of covariances of rows and columns, and noise.",
    forms=(
        Form(
            (
                FamilyParameter("loc", real, Role.EVENT, help="the mean"),
                FamilyParameter("first", _ANY, Role.MATRIX, help="the covariance of rows"),
                FamilyParameter("second", _ANY, Role.MATRIX, help="the covariance of columns"),
                FamilyParameter("scale", positive, help="the noise's standard deviation"),
            ),
            keywords(
                "GridNormal", helper="grid_normal", loc="loc", first="first", second="second",
                scale="scale",
            ),
        ),
    ),
    support=real,
    formula=r"\log N(\mathrm{vec}\,Y \mid \mathrm{vec}\,M, K_1 \otimes K_2 + \sigma^2 I)",
    event_rank=2,
    source="Saatçi (2011), Scalable Inference for Structured Gaussian Process Models, ch. 5",
)  # fmt: skip
"""Rotated by the eigenvectors of both covariances, the entries are independent."""
