"""Kernels that move a chain by themselves; :class:`gendsl.inference.nuts.Nuts` is one more.

Each is a class that is called with its target, so it can be handed to
:func:`gendsl.inference.combinators.on` as it is, or by :func:`functools.partial`.
"""

from gendsl.inference.kernels.barker import Barker
from gendsl.inference.kernels.chees import Chees
from gendsl.inference.kernels.elliptical_slice import EllipticalSlice, Gaussian, elliptical_slice
from gendsl.inference.kernels.gibbs import Gibbs
from gendsl.inference.kernels.hmc import Hmc
from gendsl.inference.kernels.mala import Mala
from gendsl.inference.kernels.parallel_tempering import (
    Replicas,
    Swaps,
    parallel_tempering,
    replicated,
)
from gendsl.inference.kernels.random_walk import RandomWalk
from gendsl.inference.kernels.sghmc import Sghmc
from gendsl.inference.kernels.sgld import Sgld
from gendsl.inference.kernels.slice import Slice

__all__ = [
    "Barker",
    "Chees",
    "EllipticalSlice",
    "Gaussian",
    "Gibbs",
    "Hmc",
    "Mala",
    "RandomWalk",
    "Replicas",
    "Sghmc",
    "Sgld",
    "Slice",
    "Swaps",
    "elliptical_slice",
    "parallel_tempering",
    "replicated",
]
