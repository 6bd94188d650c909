"""Approximations: a density in place of the target, and how far it can be trusted.

:class:`Laplace`, :class:`Pathfinder` and :class:`Variational` make an :class:`Approximation`, which
is never exact and says what is wrong with it; :func:`importance` weighs its draws by the target.
"""

from gendsl.inference.approximations.chi_squared import ChiSquared
from gendsl.inference.approximations.conditional_laplace import Standing, conditional_laplace
from gendsl.inference.approximations.fisher import Block
from gendsl.inference.approximations.gauss_newton import LinearDensity
from gendsl.inference.approximations.gaussians import FullRank, LowRank, MeanField
from gendsl.inference.approximations.guide import Guide, Trainable
from gendsl.inference.approximations.importance import ImportanceSample, importance
from gendsl.inference.approximations.information import InformationLaplace
from gendsl.inference.approximations.iwae import Iwae, importance_bound
from gendsl.inference.approximations.laplace import Laplace, LaplaceDetails
from gendsl.inference.approximations.last_layer import LastLayer
from gendsl.inference.approximations.objectives import Objective
from gendsl.inference.approximations.pareto import Smoothed, largest_good_k, smooth
from gendsl.inference.approximations.path_mixture import PathMixture
from gendsl.inference.approximations.pathfinder import Pathfinder, PathfinderDetails
from gendsl.inference.approximations.result import (
    Approximation,
    NothingFoundError,
    Outcome,
    judged,
)  # fmt: skip
from gendsl.inference.approximations.stochastic_ascent import Ascent, ascend
from gendsl.inference.approximations.swag import Swag, SwagDetails
from gendsl.inference.approximations.tuned_laplace import tuned_laplace
from gendsl.inference.approximations.variational import ReverseKl, Variational, windows_within

__all__ = [
    "Approximation",
    "Ascent",
    "Block",
    "ChiSquared",
    "FullRank",
    "Guide",
    "ImportanceSample",
    "InformationLaplace",
    "Iwae",
    "Laplace",
    "LaplaceDetails",
    "LastLayer",
    "LinearDensity",
    "LowRank",
    "MeanField",
    "NothingFoundError",
    "Objective",
    "Outcome",
    "PathMixture",
    "Pathfinder",
    "PathfinderDetails",
    "ReverseKl",
    "Smoothed",
    "Standing",
    "Swag",
    "SwagDetails",
    "Trainable",
    "Variational",
    "ascend",
    "conditional_laplace",
    "importance",
    "importance_bound",
    "judged",
    "largest_good_k",
    "smooth",
    "tuned_laplace",
    "windows_within",
]
