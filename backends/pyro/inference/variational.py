"""Automatic guides fitted by stochastic variational inference.

Adam takes steps of one size until the objective stands still, then of a smaller one: its mean over
the latest windows of steps is no longer above that over the windows before them by more than its
error. Pyro itself takes as many steps as it is told, and judges none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import torch
from pyro.infer import SVI, RenyiELBO, Trace_ELBO
from pyro.infer.autoguide import AutoContinuous, AutoMultivariateNormal
from pyro.infer.elbo import ELBO
from pyro.optim import ClippedAdam
from torch import Tensor

from gendsl.backends.pyro.inference.fitted import Array, Fitted, alone
from gendsl.backends.pyro.inference.flat import MOST_PLATES, Evaluated, FlatModel
from gendsl.backends.pyro.inference.guides import NORMALS, MakeGuide, flow_before

Tell = Callable[[int, str], bool]
"""Takes note of how many steps are done, with a note; says whether to stop."""

_PARTICLES = 10
_JUDGED = 2
"""Windows, on either side of the comparison."""
_NO_RISE = 0.01
"""A rise of the objective, in nats, that is none."""
_NO_WEIGHT = -1e30
"""A log density beside which others have all the weight; 0 would have it where they are low."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Step sizes, one after the other, and how many steps of one a window has."""

    step_sizes: tuple[float, ...] = (0.1, 0.02, 0.004)
    window: int = 100


_PACE = Pace()
_PACE_OF_NETWORKS = Pace((0.01, 0.002), 300)

_TOGETHER = {
    "num_particles": _PARTICLES,
    "vectorize_particles": True,
    "max_plate_nesting": MOST_PLATES,
}

OBJECTIVES: Mapping[str, Callable[[], ELBO]] = MappingProxyType(
    {
        "elbo": lambda: Trace_ELBO(**_TOGETHER),
        "iwae": lambda: RenyiELBO(alpha=0, **_TOGETHER),
    }
)
"""The objectives by the word for them."""


def fit(
    target: FlatModel,
    make: MakeGuide,
    start: Array,
    *,
    objective: str,
    num_steps: int,
    seed: int,
    tell: Tell,
    pace: Pace = _PACE,
) -> Fitted:
    """Fit a guide from `start` [dim], by at most `num_steps` steps; stop where `tell` says so."""
    forgiving = _Forgiving(target.density, _NO_WEIGHT if objective == "iwae" else 0.0)
    model = FlatModel(target.size, forgiving)
    with alone(seed):
        guide = make(model, torch.tensor(start))
        climb = _Climb(model, forgiving, guide, objective, tell)
        is_settled = climb.run(pace, num_steps // len(pace.step_sizes))
    target.num_evaluations += model.num_evaluations
    return Fitted(target, guide, climb.done, is_settled, forgiving.num_bad, climb.is_stopped)


def fit_flow(
    target: FlatModel,
    start: Array,
    *,
    kind: str,
    layers: int,
    bins: int,
    width: int,
    objective: str,
    num_steps: int,
    seed: int,
    tell: Tell,
) -> Fitted:
    """Fit a normal by a third of the steps, then a flow in front of it by the others."""
    share = num_steps // 3
    normal = fit(
        target,
        NORMALS["full_rank"](),
        start,
        objective="elbo",
        num_steps=share,
        seed=seed,
        tell=tell,
    )
    if normal.is_stopped:
        return normal
    assert isinstance(normal.guide, AutoMultivariateNormal)
    make = flow_before(normal.guide, kind=kind, layers=layers, bins=bins, width=width)
    flow = fit(
        target,
        make,
        start,
        objective=objective,
        num_steps=num_steps - share,
        seed=seed + 1,
        tell=lambda done, note: tell(normal.steps + done, note),
        pace=_PACE_OF_NETWORKS,
    )
    return replace(flow, steps=normal.steps + flow.steps)


class _Forgiving:
    """A density in which a draw where it is not finite has no say."""

    def __init__(self, density: Evaluated, instead: float) -> None:
        self.density = density
        self.instead = instead
        self.num_bad = 0

    def value_and_gradient(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """The log densities [n] and gradients [n, dim]; `instead` and 0 where there are none.

        The lowest number is of a density that could not be computed.
        """
        values, gradients = self.density.value_and_gradient(positions)
        is_good = torch.isfinite(values) & torch.isfinite(gradients).all(-1)
        is_good &= values > torch.finfo(values.dtype).min
        self.num_bad += int((~is_good).sum())
        values = torch.where(is_good, values, self.instead)
        return values, torch.where(is_good[:, None], gradients, 0.0)

    def curvatures(self, positions: Tensor, weights: Tensor, along: Tensor) -> Tensor:
        """Those of the density."""
        return self.density.curvatures(positions, weights, along)


class _Climb:
    """Windows of steps of one size after the other."""

    def __init__(
        self,
        model: FlatModel,
        forgiving: _Forgiving,
        guide: AutoContinuous,
        objective: str,
        tell: Tell,
    ) -> None:
        self.model, self.forgiving, self.guide = model, forgiving, guide
        self.objective, self.tell = objective, tell
        self.done = 0
        self.is_stopped = False

    def run(self, pace: Pace, share: int) -> bool:
        """Take up to `share` steps of each size; return whether the last one stood still."""
        is_settled = False
        for step_size in pace.step_sizes:
            optimiser = ClippedAdam({"lr": step_size})
            svi = SVI(self.model, self.guide, optimiser, OBJECTIVES[self.objective]())
            bounds: list[float] = []
            is_settled = False
            while len(bounds) < share and not is_settled:
                if len(bounds) % pace.window == 0:
                    self.forgiving.num_bad = 0
                bounds.append(-svi.step())
                self.done += 1
                if self.tell(self.done, _note(self.objective, bounds[-pace.window :])):
                    self.is_stopped = True
                    return False
                if len(bounds) % pace.window == 0:
                    is_settled = _stands_still(np.array(bounds), _JUDGED * pace.window)
        return is_settled


def _note(objective: str, bounds: list[float]) -> str:
    return f"{'ELBO' if objective == 'elbo' else 'bound'} {np.mean(bounds):.2f}"


def _stands_still(bounds: Array, count: int) -> bool:
    """Whether the mean of the latest `count` is not above that of as many before them."""
    if len(bounds) < 2 * count:
        return False
    before, after = bounds[-2 * count : -count], bounds[-count:]
    error = np.sqrt((np.var(before) + np.var(after)) / count)
    return bool(np.mean(after) - np.mean(before) <= error + _NO_RISE)
