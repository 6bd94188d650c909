"""The table of backends."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gendsl.backends import numpyro, pyro
from gendsl.backends.protocol import Backend
from gendsl.transforms.guard import guard
from gendsl.transforms.log_odds import by_log_odds
from gendsl.transforms.log_rates import by_log_rates
from gendsl.transforms.non_centred import non_centre
from gendsl.transforms.sum_out import sum_out

_TRANSFORMS = (by_log_odds, by_log_rates, guard, non_centre, sum_out)

BACKENDS: Mapping[str, Backend] = MappingProxyType(
    {
        row.name: row
        for row in (
            Backend(
                "numpyro",
                numpyro.source_of,
                numpyro.lower,
                _TRANSFORMS,
                in_batches=numpyro.in_batches,
            ),
            Backend(
                "pyro", pyro.source_of, pyro.lower, _TRANSFORMS, pyro.source_of, pyro.as_module
            ),
        )
    }
)
"""Backends by name."""
