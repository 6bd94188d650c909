"""A flow fitted to a density by the reverse divergence: the maps of NeuTra, and guides.

The evidence lower bound rises along path gradients, as for any guide
(:mod:`gendsl.inference.approximations.objectives`). The affine map behind the layers starts at the
best normal of a few paths of Pathfinder, so the layers have only to learn what is not normal.

Sources: Hoffman et al. (2019), "NeuTra-lizing bad geometry in Hamiltonian Monte Carlo using neural
transport"; Roeder, Wu & Duvenaud (2017), "Sticking the landing" (the gradient).
"""

from typing import Any

import numpy as np

from gendsl.inference.approximations.objectives import Objective
from gendsl.inference.approximations.pathfinder import Pathfinder
from gendsl.inference.approximations.result import Approximation
from gendsl.inference.approximations.variational import ReverseKl, Variational, windows_within
from gendsl.inference.flows.flow import Flow, Theta
from gendsl.inference.flows.guide import FlowGuide
from gendsl.inference.flows.likelihood import first_theta
from gendsl.inference.target import Data, Target

_WINDOW = 50
_DRAWS = 32
_PATH_DRAWS = 2000


def variational_flow(
    target: Target, flow: Flow, objective: Objective | None = None, *, num_steps: int = 4000
) -> Variational:
    """Return the method that fits ``flow`` to ``target`` by climbing ``objective``.

    That is the evidence lower bound where absent. At most ``num_steps`` steps are taken, or 48.
    """
    window, max_windows = windows_within(num_steps, _WINDOW)
    return Variational(
        target,
        FlowGuide(flow),
        ReverseKl(_DRAWS) if objective is None else objective,
        window=window,
        max_windows=max_windows,
    )


def near_modes(
    target: Target, flow: Flow, data: Data, seed: int, *, inflation: float = 1.0
) -> Theta:
    """Return parameters of about the normal that Pathfinder's draws have, ``inflation`` as wide.

    Raises:
        NoFiniteStartError: if there is no finite start.
        ValueError: if the target has discrete sites, or no path leads anywhere.
    """
    found = Pathfinder(target).fit(data, seed, num_check_draws=1)
    draws = found.draw(seed, _PATH_DRAWS)
    usable = draws[np.isfinite(draws).all(axis=1)]
    centre = usable.mean(axis=0)
    rows = centre + inflation * (usable - centre)
    return first_theta(flow, seed, rows, np.ones(len(rows), rows.dtype))


def reverse_kl(
    target: Target, flow: Flow, data: Data, *, seed: int, num_steps: int = 4000, **options: Any
) -> Approximation:
    """Fit ``flow`` to ``target``; its ``params`` are the flow's ``theta``.

    The options are those of :meth:`gendsl.inference.approximations.Variational.fit`.

    Raises:
        NoFiniteStartError: if there is no finite start.
        ValueError: if the target has discrete sites.
    """
    return variational_flow(target, flow, num_steps=num_steps).fit(data, seed, **options)
