"""Supports: the sets that values live in, of distributions, parameters and declared types."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SupportKind(StrEnum):
    """What a value is, before bounds; the joint kinds constrain the last dimensions together."""

    REAL = "real"
    INT = "int"
    BOOL = "bool"
    INDEX = "index"  # a member of a dimension: categories
    SIMPLEX = "simplex"
    ORDERED = "ordered"
    POSITIVE_ORDERED = "positive_ordered"
    SUM_TO_ZERO = "sum_to_zero"
    UNIT_VECTOR = "unit_vector"
    CORR = "corr"
    CHOLESKY_CORR = "cholesky_corr"
    COV = "cov"
    ANY = "any"  # that of the declared type: Flat
    INHERITED = "inherited"  # that of the distribution it is built on: Mixture, Censored


event_ranks: dict[SupportKind, int] = {
    SupportKind.SIMPLEX: 1,
    SupportKind.ORDERED: 1,
    SupportKind.POSITIVE_ORDERED: 1,
    SupportKind.SUM_TO_ZERO: 1,
    SupportKind.UNIT_VECTOR: 1,
    SupportKind.CORR: 2,
    SupportKind.CHOLESKY_CORR: 2,
    SupportKind.COV: 2,
}
"""How many of a site's last dimensions a joint support spans; 0 for every other kind."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One end of a range: a number, or the name of the family's parameter that sets it."""

    value: float | str
    is_strict: bool = False


@dataclass(frozen=True, slots=True)
class Support:
    """A kind of value and its range; limits are `None` where unbounded."""

    kind: SupportKind
    lower: Limit | None = None
    upper: Limit | None = None

    @property
    def event_rank(self) -> int:
        """How many of the last dimensions the support constrains together."""
        return event_ranks.get(self.kind, 0)


real = Support(SupportKind.REAL)
positive = Support(SupportKind.REAL, Limit(0.0, is_strict=True))
non_negative = Support(SupportKind.REAL, Limit(0.0))
unit_interval = Support(SupportKind.REAL, Limit(0.0), Limit(1.0))
open_unit_interval = Support(SupportKind.REAL, Limit(0.0, True), Limit(1.0, True))
count = Support(SupportKind.INT, Limit(0.0))
boolean = Support(SupportKind.INT, Limit(0.0), Limit(1.0))
category = Support(SupportKind.INDEX)
simplex = Support(SupportKind.SIMPLEX)
ordered = Support(SupportKind.ORDERED)
corr = Support(SupportKind.CORR)
cholesky_corr = Support(SupportKind.CHOLESKY_CORR)
cov = Support(SupportKind.COV)
integer = Support(SupportKind.INT)
inherited = Support(SupportKind.INHERITED)
any_support = Support(SupportKind.ANY)
