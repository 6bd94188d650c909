"""Laplace's approximation by Pyro's guide: a point that climbs, then a normal of its curvature."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from pyro.infer import Trace_ELBO
from pyro.infer.autoguide import AutoLaplaceApproximation

from gendsl.backends.pyro.inference.fitted import Array, Fitted, alone
from gendsl.backends.pyro.inference.flat import FlatModel
from gendsl.backends.pyro.inference.guides import LAPLACE

_SETTLED = 1e-6
"""The largest rise still to be expected, in nats: half of g' H^-1 g."""


class NoMaximumError(ValueError):
    """No climb came to a point at which the density falls in every direction."""


def fit_laplace(
    target: FlatModel,
    starts: Array,
    *,
    num_steps: int = 500,
    seed: int,
    tell: Callable[[int, str], bool],
) -> Fitted:
    """Climb from each of `starts` [climb, dim] by L-BFGS; the normal at the highest point.

    A climb has `num_steps` at most.

    Raises:
        NoMaximumError: if no climb ends at a strict maximum.
    """
    best: tuple[float, Fitted] | None = None
    is_stopped = False
    for i, start in enumerate(starts):
        # A store each: Pyro knows parameters by the guide's name, which is the same for all.
        with alone(seed):
            found = _climb(target, start, num_steps)
        if found is not None and (best is None or found[0] > best[0]):
            best = found
        is_stopped = tell(i + 1, "" if best is None else f"log density {best[0]:.2f}")
        if is_stopped:
            break
    if best is None:
        raise NoMaximumError("no climb came to a strict maximum")
    fitted = best[1]
    return Fitted(target, fitted.guide, fitted.steps, fitted.is_settled, is_stopped=is_stopped)


def _climb(target: FlatModel, start: Array, num_steps: int) -> tuple[float, Fitted] | None:
    """The height of where a climb ended, and the normal there, if there is one."""
    guide = LAPLACE(target, torch.tensor(start))
    assert isinstance(guide, AutoLaplaceApproximation)
    loss = Trace_ELBO()
    guide()
    optimiser = torch.optim.LBFGS(
        guide.parameters(),
        max_iter=num_steps,
        tolerance_grad=1e-9,
        tolerance_change=1e-12,
        line_search_fn="strong_wolfe",
    )

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        height: torch.Tensor = loss.differentiable_loss(target, guide)
        height.backward()  # type: ignore[no-untyped-call]
        return height

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    position = guide.loc.detach()
    (value,), (gradient,) = target.value_and_gradient(position[None])
    if not (torch.isfinite(value) and torch.isfinite(gradient).all()):
        return None
    try:
        normal = guide.laplace_approximation()
    except RuntimeError:  # No Cholesky factor: torch's error is one.
        return None
    spread = normal.scale[:, None] * normal.scale_tril
    rise = 0.5 * float((spread.T @ gradient).square().sum())
    steps = int(optimiser.state[guide.loc]["n_iter"])
    return float(value), Fitted(target, normal, steps, bool(np.isfinite(rise) and rise < _SETTLED))
