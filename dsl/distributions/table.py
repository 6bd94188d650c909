"""The table: every family by its name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gendsl.distributions import (
    bounded,
    categorical,
    combinators,
    continuous,
    discrete,
    matrix,
    multivariate,
    positive,
)
from gendsl.distributions.family import Family

_MODULES = (
    continuous,
    positive,
    bounded,
    discrete,
    categorical,
    multivariate,
    matrix,
    combinators,
)

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {family.name: family for module in _MODULES for family in module.FAMILIES}
)
"""Every row, by name, in the order of the reference page."""
