"""Tuning the scales of a prior over functions until its draws are those of a process.

It knows neither networks nor processes: it takes what draws values of both at some points.
"""

from gendsl.inference.matching.distance import Distance, Draw
from gendsl.inference.matching.estimate import Estimate, estimated
from gendsl.inference.matching.sliced import SlicedWasserstein
from gendsl.inference.matching.tuning import Functions, tune
from gendsl.inference.matching.wasserstein import Wasserstein

__all__ = [
    "Distance",
    "Draw",
    "Estimate",
    "Functions",
    "SlicedWasserstein",
    "Wasserstein",
    "estimated",
    "tune",
]
