"""Automatic guides by the names of the language, begun at a position."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import torch
from pyro.distributions import transforms
from pyro.infer.autoguide import (
    AutoContinuous,
    AutoDiagonalNormal,
    AutoLaplaceApproximation,
    AutoLowRankMultivariateNormal,
    AutoMultivariateNormal,
    AutoNormalizingFlow,
    init_to_value,
)
from pyro.infer.autoguide.initialization import InitMessenger
from torch import Tensor

from gendsl.backends.pyro.inference.flat import POSITION, FlatModel

MakeGuide = Callable[[FlatModel, Tensor], AutoContinuous]
"""A guide of a model, begun at a position [dim]."""


def _begun(guide: type[AutoContinuous], **options: Any) -> MakeGuide:
    def make(target: FlatModel, start: Tensor) -> AutoContinuous:
        return guide(target, init_loc_fn=init_to_value(values={POSITION: start}), **options)

    return make


NORMALS: Mapping[str, Callable[..., MakeGuide]] = MappingProxyType(
    {
        "mean_field": partial(_begun, AutoDiagonalNormal),
        "full_rank": partial(_begun, AutoMultivariateNormal),
        "low_rank": partial(_begun, AutoLowRankMultivariateNormal),
    }
)
"""The normals by the word for them; that of low rank takes its `rank`."""

LAPLACE: MakeGuide = _begun(AutoLaplaceApproximation)
"""A point, which becomes a normal where it has come to rest."""


_BOUND = 6.0
"""Splines bend what lies within it; the normal that is fitted first is narrower than the target."""


def _splines(kind: str, size: int, bins: int, width: int) -> Any:
    """A transform of splines; of a single coordinate none bends another."""
    if size == 1:
        return transforms.spline(1, count_bins=bins, bound=_BOUND)
    make: Callable[..., Any] = {
        "coupling": transforms.spline_coupling,
        "autoregressive": transforms.spline_autoregressive,
    }[kind]
    return make(size, hidden_dims=[width, width], count_bins=bins, bound=_BOUND)


def flow_before(
    normal: AutoMultivariateNormal, *, kind: str, layers: int, bins: int, width: int
) -> MakeGuide:
    """A flow of splines in front of the affine map of a normal that has been fitted.

    Splines bend what lies within a bound of 0, so that they need coordinates in which the posterior
    is about standard.
    """
    with torch.no_grad():
        found = normal.get_posterior()
        affine = transforms.LowerCholeskyAffine(
            found.loc.clone(), found.scale_tril.clone(), cache_size=1
        )

    def transform(size: int) -> Any:
        parts: list[Any] = []
        for layer in range(layers):
            if layer and size > 1:
                parts.append(transforms.permute(size))
            parts.append(_splines(kind, size, bins, width))
        return transforms.ComposeTransformModule([*parts, affine])

    def make(target: FlatModel, start: Tensor) -> AutoContinuous:
        begun = InitMessenger(init_to_value(values={POSITION: start}))(target)
        return AutoNormalizingFlow(begun, transform)

    return make
