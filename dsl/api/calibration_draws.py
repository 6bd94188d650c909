"""What the draws of a fit are worth to calibration, and those that it takes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.api.inference_drawn import Drawn
from gendsl.results import convergence
from gendsl.results.trust import DrawKind

Array = NDArray[Any]


def thinned(found: Drawn, count: int) -> Any:
    """`count` draws [draw, dim] of all chains, evenly spaced; with discrete ones, if kept."""
    chains, length, size = found.draws.shape
    places = ((np.arange(count) + 0.5) * (chains * length) / count).astype(int)
    flat = found.draws.reshape(chains * length, size)[places]
    if found.discrete is None:
        return flat
    discrete = {
        name: values.reshape(chains * length, *values.shape[2:])[places]
        for name, values in found.discrete.items()
    }
    return flat, discrete


def effective(found: Drawn) -> float:
    """The smallest effective sample size of chains, as everything is seen that a chain moves.

    Of what is drawn independently, or from a population, it is the number of draws: a population
    that is worth less is what calibration should show.
    """
    count = float(np.prod(found.draws.shape[:2]))
    match found.kind:
        case DrawKind.CHAINS:
            sizes = np.concatenate([convergence.ess_bulk(_columns(found)), [count]])
            return float(np.nanmin(sizes))
        case DrawKind.INDEPENDENT | DrawKind.APPROXIMATION | DrawKind.POPULATION | DrawKind.OPTIMA:
            return count


def worst_r_hat(found: Drawn) -> float:
    """The largest R-hat of chains; not a number where draws are no chains, or too few."""
    if found.kind is not DrawKind.CHAINS:
        return float("nan")
    each = convergence.r_hat(_columns(found))
    return float(np.nanmax(each)) if np.isfinite(each).any() else float("nan")


def _columns(found: Drawn) -> Array:
    """Everything that a chain moves [chain, draw, column], and its log density."""
    shape = found.draws.shape[:2]
    parts = [found.draws, *(v.reshape(*shape, -1) for v in (found.discrete or {}).values())]
    parts.append(np.asarray(found.statistics["lp"])[..., None])
    return np.concatenate([np.asarray(part, np.float64) for part in parts], axis=-1)
