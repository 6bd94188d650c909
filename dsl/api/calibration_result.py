"""What simulation-based calibration brings home."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.api.groups import Groups
from gendsl.api.missing import missing_axis, missing_labels
from gendsl.api.shapes import dims_of
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.ir.bound import BoundData, missing_site
from gendsl.ir.program import Program
from gendsl.results.calibration import (
    JOINT,
    LOG_LIKELIHOOD,
    SIMULATION,
    Check,
    Coverage,
    by_entry,
    checks_of,
    coverage_of,
)
from gendsl.results.calibration_report import judge_calibration, render_calibration
from gendsl.results.groups import Quantity, leading_with

if TYPE_CHECKING:
    from xarray import DataTree


@dataclass(frozen=True, slots=True)
class SimulatedFit:
    """What came of the fit to one simulation; `reason` says why it is left out, if it is.

    `is_still` says which entries of a quantity were the truth in every draw, as constants are.
    """

    ranks: Mapping[str, NDArray[Any]]
    reason: str = ""
    is_still: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    r_hat: float = float("nan")
    ess: float = float("nan")
    num_divergent: int = 0
    pareto_k: float = float("nan")


class Calibration(Groups):
    """Ranks of true values among posterior draws, and whether they are uniform; prints a table.

    Its groups are `ranks` [simulation, ...], of every quantity, of the log likelihood and of joint
    regions, from 0 to `draws`; `truth`, the values that were drawn from the prior; and `fits`, what
    came of each. Ranks of fits that are left out, and of constants, are -1.
    """

    @property
    def num_draws(self) -> int:
        """The draws of each fit among which the truth is ranked."""
        return int(self.attributes["draws"])

    @property
    def rate(self) -> float:
        """The probability of a rejection where all is right, over all quantities together."""
        return float(self.attributes["rate"])

    @property
    def num_simulations(self) -> int:
        """How many data sets were fitted, whatever came of it."""
        return int(self["fits"].sizes[SIMULATION])

    @property
    def left_out(self) -> dict[str, int]:
        """How many fits are left out, by reason."""
        reasons = map(str, self["fits"]["left_out"].values)
        return dict(Counter(reason for reason in reasons if reason))

    @property
    def checks(self) -> tuple[Check, ...]:
        """The check of each test quantity; those that never vary have none."""
        return self._checks

    @cached_property
    def _checks(self) -> tuple[Check, ...]:
        if "ranks" not in self.groups:
            return ()
        used = np.asarray(self["fits"]["left_out"].values, dtype=object) == ""
        return checks_of(by_entry(self["ranks"].isel({SIMULATION: used})), self.num_draws)

    @property
    def coverage(self) -> Coverage | None:
        """The coverage of joint regions, where a parameter is a real number."""
        joint = next((check for check in self.checks if check.name == JOINT), None)
        return None if joint is None else coverage_of(joint.ranks, self.num_draws)

    @property
    def rejected(self) -> tuple[Check, ...]:
        """The quantities whose ranks are not uniform, at the rate for all of them together."""
        return tuple(check for check in self.checks if check.adjusted <= self.rate)

    @property
    def is_calibrated(self) -> bool:
        """Whether there are ranks, and none are rejected."""
        return bool(self.checks) and not self.rejected

    def warnings(self) -> tuple[Diagnostic, ...]:
        """What speaks against the inference, and against what was found of it."""
        fits = self["fits"]
        return judge_calibration(
            self.rejected,
            num_checks=len(self.checks),
            rate=self.rate,
            total=self.num_simulations,
            wanted=int(self.attributes["simulations"]),
            left_out=self.left_out,
            num_diverging=int((fits["divergences"].values > 0).sum()),
            is_exact=bool(self.attributes["is_exact"]),
        )

    def table(self, *, is_complete: bool = False) -> str:
        """The checks as a table, and how many fits they are of."""
        used = self.num_simulations - sum(self.left_out.values())
        return render_calibration(
            self.checks,
            self.coverage,
            used=used,
            num_draws=self.num_draws,
            rate=self.rate,
            is_complete=is_complete,
        )

    def to_dict(self) -> dict[str, Any]:
        """What was found, fit for JSON."""
        coverage = self.coverage
        return {
            "model": self.attributes["model_name"],
            "inference_program": self.attributes["inference_program"],
            "simulations": self.num_simulations,
            "draws": self.num_draws,
            "rate": self.rate,
            "is_calibrated": self.is_calibrated,
            "left_out": self.left_out,
            "quantities": [
                {
                    "name": check.name,
                    "mean_rank": check.mean,
                    "spread": check.spread,
                    "p": check.p,
                    "p_adjusted": check.adjusted,
                    "is_rejected": check.adjusted <= self.rate,
                }
                for check in self.checks
            ],
            "coverage": None
            if coverage is None
            else {
                "level": coverage.levels.tolist(),
                "coverage": coverage.coverage.tolist(),
                "lower": coverage.lower.tolist(),
                "upper": coverage.upper.tolist(),
            },
        }

    def plot(self, path: str | Path) -> None:
        """Draw how far the ranks are from uniform, with simultaneous bands: `.png`, `.pdf`, `.svg`.

        Raises:
            DiagnosticError: if the path can't be written.
        """
        from gendsl.api.output import PICTURE_KINDS, check_destination, save
        from gendsl.results.calibration_picture import draw_calibration

        path = Path(path)
        check_destination(path, PICTURE_KINDS)
        kind = path.suffix.lower().removeprefix(".")
        checks, coverage = self.checks, self.coverage
        save(
            path,
            lambda temporary: draw_calibration(
                checks, coverage, self.num_draws, self.rate, temporary, kind
            ),
        )

    def __str__(self) -> str:
        return self.table()

    __repr__ = __str__


def calibration_tree(
    program: Program,
    bound: BoundData,
    outcomes: Sequence[SimulatedFit],
    truths: Mapping[str, NDArray[Any]],
) -> DataTree:
    """The groups `ranks`, `truth` and `fits`."""
    from xarray import DataTree

    count = len(outcomes)
    missing = missing_labels(program, bound)
    bound = replace(bound, labels={**bound.labels, **missing})
    dims = dims_of(program)
    dims |= {missing_site(d.name): (missing_axis(d.name),) for d in program.data}
    dims |= {LOG_LIKELIHOOD: (), JOINT: ()}
    names = list(dict.fromkeys(name for outcome in outcomes for name in outcome.ranks))
    names.sort(key=lambda name: list(dims).index(name) if name in dims else len(dims))

    def ranks_of(name: str) -> NDArray[np.int64]:
        shape = next(np.shape(o.ranks[name]) for o in outcomes if name in o.ranks)
        none = np.full(shape, -1)
        found = np.stack([np.asarray(o.ranks.get(name, none), np.int64) for o in outcomes])
        still = [outcome.is_still[name] for outcome in outcomes if name in outcome.is_still]
        is_constant = np.all(still, axis=0) if still else False
        return np.where(is_constant, -1, found)

    def placed(name: str, values: NDArray[Any]) -> Quantity:
        axes = dims.get(name, ())
        if len(axes) != values.ndim - 1:
            axes = tuple(f"{name}_dim_{i}" for i in range(values.ndim - 1))
        return Quantity(axes, values)

    columns: dict[str, NDArray[Any]] = {
        "left_out": np.array([outcome.reason for outcome in outcomes], dtype=object),
        "r_hat": np.array([outcome.r_hat for outcome in outcomes]),
        "ess": np.array([outcome.ess for outcome in outcomes]),
        "divergences": np.array([outcome.num_divergent for outcome in outcomes]),
        "pareto_k": np.array([outcome.pareto_k for outcome in outcomes]),
    }
    groups = {
        "/ranks": {name: placed(name, ranks_of(name)) for name in names},
        "/truth": {
            name: placed(name, np.asarray(truths[name][:count])) for name in names if name in truths
        },
        "/fits": {name: Quantity((), values) for name, values in columns.items()},
    }
    return DataTree.from_dict(
        {
            name: leading_with(SIMULATION, quantities, bound.labels)
            for name, quantities in groups.items()
            if quantities
        }
    )
