"""Simulation-based calibration: what the ranks of true values among draws say of an inference.

Where parameters come from the prior and data from the parameters, the rank of the true value among
L independent draws of the posterior is uniform on 0..L, of every function of parameters and data.

Sources: Talts, Betancourt, Simpson, Vehtari & Gelman (2018), "Validating Bayesian inference
algorithms with simulation-based calibration"; Modrák, Moon, Kim, Bürkner, Huurre, Faltejsková,
Gelman & Vehtari (2023), "Simulation-based calibration checking for Bayesian computation: the choice
of test quantities shapes sensitivity"; for regions of all parameters at once Lemos, Coogan, Hezaveh
& Perreault-Levasseur (2023), "Sampling-based accuracy testing of posterior estimators for general
inference".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.results import ecdf
from gendsl.results.rank_spread import spread_p_value
from gendsl.results.summary import Coordinates, entry_label

if TYPE_CHECKING:
    from xarray import DataArray, Dataset

Values = NDArray[np.float64]
Ranks = NDArray[np.int64]

SIMULATION = "simulation"
"""The leading dimension of ranks."""
LOG_LIKELIHOOD = "log likelihood"
JOINT = "joint region"
"""Names of test quantities that no model's quantity can have."""
LEVELS = (0.5, 0.9)
"""Of the regions whose coverage is printed."""
_TIE = 1e-10
_BOOTSTRAP = 1000
_BAND = 0.95


@dataclass(frozen=True, slots=True)
class Check:
    """A test quantity, and whether its ranks are uniform.

    Attributes:
        name: of the quantity, and its entry.
        ranks: [simulation], from 0 to the number of draws.
        p: of ranks as far from uniform, by their distribution function or by their spread.
        adjusted: `p` after Holm, for all quantities together.
        mean: of the ranks, from 0 to 1: 0.5 if the posterior is neither too high nor too low.
        spread: variance of the ranks over that of uniform ones: above 1 if the posterior is too
            narrow, below if it is too wide.
    """

    name: str
    ranks: Ranks
    p: float
    adjusted: float
    mean: float
    spread: float

    @property
    def direction(self) -> str:
        """What the ranks say of the draws, in a few words: by what departs most."""
        if self.name == JOINT:
            return "coverage is off"
        count = len(self.ranks)
        shift = (self.mean - 0.5) * np.sqrt(12.0 * count)
        width = (self.spread - 1.0) / 12.0 * np.sqrt(180.0 * count)
        if abs(shift) > abs(width):
            return "draws too low" if shift > 0 else "draws too high"
        return "draws too narrow" if width > 0 else "draws too wide"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often joint regions of each credibility level hold the truth (TARP).

    Attributes:
        levels: [level], credibility.
        coverage: [level], the share of simulations in which the region holds the truth.
        lower: [level], of the bootstrap's central 95%.
        upper: [level].
    """

    levels: Values
    coverage: Values
    lower: Values
    upper: Values

    def at(self, level: float) -> tuple[float, float, float]:
        """Coverage at a level, and the ends of its band."""
        place = int(np.argmin(np.abs(self.levels - level)))
        return float(self.coverage[place]), float(self.lower[place]), float(self.upper[place])


def rank(truth: Any, draws: Any, rng: np.random.Generator) -> tuple[Ranks, NDArray[np.bool_]]:
    """Return how many of the draws [draw, ...] are below the truth [...], ties broken at random.

    Values that are the same but for rounding are ties. The second array says which entries tie
    with all draws, as constants do.
    """
    tie = tolerance(truth, draws)
    truth, draws = np.asarray(truth, np.float64), np.asarray(draws, np.float64)
    # An infinity ties with itself, and with nothing else.
    with np.errstate(invalid="ignore"):
        is_near = np.abs(draws - truth) <= tie * np.maximum(np.abs(truth), np.abs(draws))
    is_tie = (draws == truth) | (is_near & np.isfinite(draws))
    ties = is_tie.sum(axis=0)
    below = ((draws < truth) & ~is_tie).sum(axis=0)
    return below + rng.integers(0, ties + 1), np.asarray(ties == len(draws))


def tolerance(*values: Any) -> float:
    """Return the relative difference below which values of this precision are the same number."""
    kinds = {np.asarray(v).dtype for v in values if np.issubdtype(np.asarray(v).dtype, np.floating)}
    epsilon = max((float(np.finfo(kind).eps) for kind in kinds), default=0.0)
    return max(_TIE, 16.0 * epsilon)


def prior_shares(values: Values, prior: Values, tie: float = _TIE) -> Values:
    """Return the share of prior draws [row, dim] below each of `values` [..., dim], in [0, 1].

    Of draws that are the same but for the relative difference `tie`, half count.
    """
    ordered, count = np.sort(prior, axis=0), len(prior)
    gaps = tie * np.where(np.isfinite(values), np.abs(values), 0.0)
    columns = [
        (
            np.searchsorted(ordered[:, i], (values - gaps)[..., i], side="left")
            + np.searchsorted(ordered[:, i], (values + gaps)[..., i], side="right")
        )
        / (2.0 * count)
        for i in range(prior.shape[1])
    ]
    return np.stack(columns, axis=-1)


def joint_rank(
    truth: Values, draws: Values, prior: Values, rng: np.random.Generator, tie: float = _TIE
) -> int:
    """Return how many draws are nearer than the truth to a random reference point (TARP).

    Distances are Euclidean in the prior's distribution functions, coordinate by coordinate, in
    which the reference is uniform: it is independent of the truth given the data, so that the rank
    is uniform for an exact posterior.

    Args:
        truth: [dim].
        draws: [draw, dim].
        prior: [row, dim], draws of the prior that are not the truth.
        tie: the relative difference of values that are the same.
    """
    reference = rng.random(len(truth))
    at = np.square(prior_shares(truth, prior, tie) - reference).sum()
    away = np.square(prior_shares(draws, prior, tie) - reference).sum(axis=-1)
    found, _ = rank(at, away, rng)
    return int(found)


def coverage_of(ranks: Ranks, num_draws: int) -> Coverage:
    """Return the coverage of joint regions by level, with a band by bootstrap over simulations."""
    rng = np.random.default_rng(0)
    cuts = np.arange(num_draws + 2)
    counts = np.bincount(ranks, minlength=num_draws + 1)
    total = len(ranks)
    again = rng.multinomial(total, counts / total, size=_BOOTSTRAP)
    shares = np.cumsum(np.pad(again, ((0, 0), (1, 0))), axis=1) / total
    lower, upper = np.quantile(shares, [(1 - _BAND) / 2, (1 + _BAND) / 2], axis=0)
    whole = np.cumsum(np.pad(counts, (1, 0))) / total
    return Coverage(cuts / (num_draws + 1), whole, lower, upper)


def checks_of(ranks: Mapping[str, Ranks], num_draws: int) -> tuple[Check, ...]:
    """Return the check of each quantity; p-values are adjusted for all of them together.

    That of a quantity is the smaller one of its distribution function's and its spread's, twice.
    """
    if not ranks:
        return ()
    pairs = [
        (ecdf.p_value(values, num_draws), spread_p_value(values, num_draws))
        for values in ranks.values()
    ]
    p_values = np.minimum(1.0, 2.0 * np.min(pairs, axis=1))
    adjusted = ecdf.holm(p_values)
    shares = {name: (values + 0.5) / (num_draws + 1) for name, values in ranks.items()}
    uniform = (1.0 - 1.0 / (num_draws + 1) ** 2) / 12.0
    return tuple(
        Check(
            name,
            ranks[name],
            float(p_values[i]),
            float(adjusted[i]),
            float(share.mean()),
            float(share.var(ddof=min(1, len(share) - 1)) / uniform),
        )
        for i, (name, share) in enumerate(shares.items())
    )


def by_entry(group: Dataset) -> dict[str, Ranks]:
    """Return ranks [simulation] by entry, of a group [simulation, ...]; -1 is no rank."""
    found = {}
    for name, array in group.data_vars.items():
        for label, column in _columns(str(name), array):
            if (column >= 0).all():
                found[label] = column
    return found


def _columns(name: str, array: DataArray) -> Iterator[tuple[str, Ranks]]:
    array = array.transpose(SIMULATION, ...)
    dims = [str(dim) for dim in array.dims[1:]]
    flat = np.asarray(array.values, np.int64).reshape(array.shape[0], -1)
    members = [
        array[dim].values if dim in array.coords else range(array.sizes[dim]) for dim in dims
    ]
    for i, entry in enumerate(product(*members)):
        coordinates: Coordinates = tuple(zip(dims, entry, strict=True))
        yield entry_label(name, coordinates), flat[:, i]
