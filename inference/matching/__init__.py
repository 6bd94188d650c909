"""Tuning the scales of a prior over functions until its draws are those of a process.

It knows neither networks nor processes: it takes what draws values of both at some points.
"""

from collections.abc import Mapping
from types import MappingProxyType

from gendsl.inference.matching.distance import Distance, Draw
from gendsl.inference.matching.estimate import Estimate, estimated
from gendsl.inference.matching.sliced import SlicedWasserstein
from gendsl.inference.matching.tuning import Functions, Tuning, tune
from gendsl.inference.matching.wasserstein import Wasserstein

DISTANCES: Mapping[str, type[SlicedWasserstein] | type[Wasserstein]] = MappingProxyType(
    {"sliced_wasserstein": SlicedWasserstein, "wasserstein": Wasserstein}
)
"""Distances by name; the fields of each are its settings."""

__all__ = [
    "DISTANCES",
    "Distance",
    "Draw",
    "Estimate",
    "Functions",
    "SlicedWasserstein",
    "Tuning",
    "Wasserstein",
    "estimated",
    "tune",
]
