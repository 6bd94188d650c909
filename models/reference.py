"""Reference posteriors: finding the public posteriordb folder, and comparing a fit with it."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gendsl.models.catalogue import LibraryModel

VARIABLE = "GENDSL_POSTERIORDB"
REFERENCE_ESS = 10_000.0
"""Ten chains of a thousand thinned draws: the database's own figure for every quantity."""


def posteriordb() -> Path | None:
    """The folder that `GENDSL_POSTERIORDB` names, or `../shared/posteriordb`; None if absent."""
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else Path.cwd().parent / "shared" / "posteriordb"
    return folder if (folder / "index.json").is_file() else None


@dataclass(frozen=True, slots=True)
class Posterior:
    """A posterior of the database: its data file, and its reference summary where there is one."""

    name: str
    data: Path
    summary: Mapping[str, Mapping[str, float]] | None


def posterior(folder: Path, name: str) -> Posterior:
    """The posterior of that name; raises KeyError if the database has none."""
    rows = {row["name"]: row for row in json.loads((folder / "index.json").read_text())}
    row = rows[name]
    if row["reference"] is None:
        return Posterior(name, folder / row["data"], None)
    with gzip.open(folder / row["reference"], "rt") as file:
        return Posterior(name, folder / row["data"], json.load(file)["summary"])


@dataclass(frozen=True, slots=True)
class Comparison:
    """A moment of a quantity: ours, the reference's, and the standard error of the difference."""

    quantity: str
    moment: str
    ours: float
    reference: float
    standard_error: float

    @property
    def z(self) -> float:
        """The standardised error."""
        return abs(self.ours - self.reference) / self.standard_error


def compare(
    model: LibraryModel, draws: Mapping[str, Any], reference: Posterior
) -> list[Comparison]:
    """Mean and sd of every reference quantity, each with its Monte Carlo standard error.

    `draws` has arrays [chain, draw, ...] by our names. With n effective draws on our side and m on
    the reference's, Var(mean - mean') = sd^2 (1/n + 1/m), and by the delta method
    Var(sd - sd') = sd^2 (kurtosis - 1) / 4 (1/n' + 1/m), where n' is that number for the sd.
    """
    from arviz_stats.base import array_stats

    found: list[Comparison] = []
    for quantity, summary in (reference.summary or {}).items():
        x = draws_of(quantity, model, draws)
        sd = summary["sd"]
        centred = x - x.mean()
        kurtosis = float(np.mean(centred**4) / np.mean(centred**2) ** 2)
        n_mean = float(array_stats.ess(x, method="mean"))
        n_sd = float(array_stats.ess(x, method="sd"))
        error_mean = sd * np.sqrt(1 / n_mean + 1 / REFERENCE_ESS)
        error_sd = sd * np.sqrt((kurtosis - 1) / 4 * (1 / n_sd + 1 / REFERENCE_ESS))
        found.append(
            Comparison(quantity, "mean", float(x.mean()), summary["mean"], float(error_mean))
        )
        found.append(Comparison(quantity, "sd", float(x.std(ddof=1)), sd, float(error_sd)))
    return found


def draws_of(quantity: str, model: LibraryModel, draws: Mapping[str, Any]) -> Any:
    """The draws [chain, draw] of `beta[2]`, whose position counts from 1.

    The model's `parameters` may name the quantity, with our positions from 0 (`P[0,1]`), or the
    array that it is an entry of.
    """
    ours = model.parameters.get(quantity)
    if ours is not None:
        return _entry(ours, draws, first=0)
    name, bracket, position = quantity.partition("[")
    return _entry(model.parameters.get(name, name) + bracket + position, draws, first=1)


def _entry(quantity: str, draws: Mapping[str, Any], first: int) -> Any:
    name, _, position = quantity.partition("[")
    values = np.asarray(draws[name])
    if not position:
        return values
    at: tuple[Any, ...] = (..., *(int(k) - first for k in position.rstrip("]").split(",")))
    return values[at]
