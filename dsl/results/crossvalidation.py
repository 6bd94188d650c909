"""How well a model predicts what it has not seen, by observation and in all."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sized
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.wording import counted, listed
from gendsl.results.psis import good_k

if TYPE_CHECKING:
    from pandas import DataFrame

Values = NDArray[np.float64]

_MOST_NAMED = 3
_MOST_ROWS = 12
LARGEST_R_HAT = 1.05
"""Of a refit, which only has to serve one observation or fold."""


@dataclass(frozen=True, slots=True)
class Refit:
    """How the chains of a model fitted without some observations did."""

    without: str
    r_hat: float
    num_divergent: int


@dataclass(frozen=True, slots=True, repr=False)
class CrossValidation:
    """Log predictive densities of observations that were left out.

    Arrays are [observation]: `elpd_i` has the log densities, `pareto_k` the shapes of the
    importance weights (`nan` where the model was fitted again), `fold` the fold of each. `method`
    is `loo`, `kfold` or `score`; `fingerprint` is equal for fits of the same data; `label` says of
    what the draws are, where they are not of the posterior itself. A score `is_in_sample` where its
    observations are those that were fitted; `notes` are remarks on the data that are not saved.
    """

    method: str
    of: str
    labels: tuple[str, ...]
    elpd_i: Values
    num_draws: int
    fingerprint: str
    lpd_i: Values | None = None
    pareto_k: Values | None = None
    is_refitted: NDArray[np.bool_] | None = None
    fold: NDArray[np.int64] | None = None
    refits: tuple[Refit, ...] = field(default=())
    label: str = ""
    is_in_sample: bool = False
    notes: tuple[Diagnostic, ...] = ()

    @property
    def elpd(self) -> float:
        """The expected log predictive density of as many new observations: the sum."""
        return float(self.elpd_i.sum())

    @property
    def se(self) -> float:
        """The standard error of `elpd`: sqrt(n var(elpd_i)); nan where an observation can't be."""
        if not np.all(np.isfinite(self.elpd_i)):
            return float("nan")
        return float(np.sqrt(len(self.elpd_i) * self.elpd_i.var()))

    @property
    def p(self) -> float | None:
        """The effective number of parameters: by how much the fit flatters the model."""
        return None if self.lpd_i is None else float(self.lpd_i.sum() - self.elpd)

    @property
    def good_k(self) -> float:
        """The largest shape of weights at which an estimate can be trusted."""
        return good_k(self.num_draws)

    @property
    def is_bad(self) -> NDArray[np.bool_]:
        """The observations for which importance sampling fails."""
        if self.pareto_k is None:
            return np.zeros(len(self.elpd_i), np.bool_)
        # An infinite or undefined shape is as bad as any; a refitted observation has none.
        is_good = self.pareto_k <= self.good_k
        return ~is_good & ~self._refitted

    @property
    def _refitted(self) -> NDArray[np.bool_]:
        if self.is_refitted is None:
            return np.zeros(len(self.elpd_i), np.bool_)
        return self.is_refitted

    def _impossible(self) -> tuple[str, ...]:
        """The labels of the observations that have a predictive density of 0."""
        return tuple(self.labels[i] for i in np.flatnonzero(np.isneginf(self.elpd_i)))

    def warnings(self) -> tuple[Diagnostic, ...]:
        """What speaks against the estimate, with what to do; empty is good news."""
        found: list[Diagnostic] = []
        if impossible := self._impossible():
            found.append(
                Diagnostic(
                    "G0850",
                    f"{_share(impossible, self.labels)} impossible by every draw: density 0",
                    notes=(listed(impossible, _MOST_NAMED),),
                    help="the model allows no such value: is it an error in the data, or is the"
                    " distribution too narrow (its bounds, its support)?",
                )
            )
        bad, shapes = np.flatnonzero(self.is_bad), self.pareto_k
        if len(bad) and shapes is not None:
            worst = bad[np.argsort(-np.nan_to_num(shapes[bad], nan=np.inf), kind="stable")]
            found.append(
                Diagnostic(
                    "G0913",
                    f"importance sampling fails for {len(bad)} of"
                    f" {counted(len(self.elpd_i), 'observation')}: k is above {self.good_k:.2f}",
                    notes=(listed((self.labels[i] for i in worst), _MOST_NAMED),),
                    help="`--refit` (`fit.loo(refit=True)`) fits the model without each of them",
                )
            )
        poor = [r for r in self.refits if r.r_hat > LARGEST_R_HAT or r.num_divergent]
        if poor:
            worst_refit = max(poor, key=lambda r: (r.r_hat, r.num_divergent))
            found.append(
                Diagnostic(
                    "G0916",
                    f"{counted(len(poor), 'refit')} of {len(self.refits)} did not sample well",
                    notes=(
                        f"without {worst_refit.without}: R-hat {worst_refit.r_hat:.3f}, "
                        f"{worst_refit.num_divergent} divergent",
                    ),
                    help="more warm-up and draws, or what the warnings of the whole fit advise",
                )
            )
        return tuple(found)

    def rows(self) -> list[dict[str, Any]]:
        """One row for each observation."""
        return [
            {
                "observation": label,
                "elpd": float(self.elpd_i[i]),
                **({} if self.pareto_k is None else {"pareto_k": _plain(self.pareto_k[i])}),
                **({} if self.is_refitted is None else {"is_refitted": bool(self.is_refitted[i])}),
                **({} if self.fold is None else {"fold": int(self.fold[i])}),
            }
            for i, label in enumerate(self.labels)
        ]

    def to_frame(self) -> DataFrame:
        """One row for each observation, its label as the index."""
        from pandas import DataFrame

        return DataFrame(self.rows()).set_index("observation")

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data, fit for JSON."""
        return {
            "method": self.method,
            "of": self.of,
            "elpd": self.elpd,
            "se": self.se,
            "p": self.p,
            "num_observations": len(self.elpd_i),
            "num_draws": self.num_draws,
            **({} if self.pareto_k is None else {"good_k": self.good_k}),
            "observations": self.rows(),
            **({"label": self.label} if self.label else {}),
            **({"is_in_sample": self.is_in_sample} if self.method == "score" else {}),
        }

    def table(self, *, is_complete: bool = False) -> str:
        """The estimates, the shapes of the weights, and the worst predicted observations."""
        name = f"elpd_{self.method}"
        lines = [f"{name:<10} {self.elpd:>10.1f}  se {self.se:.1f}"]
        if self.p is not None:
            lines.append(f"{'p_' + self.method:<10} {self.p:>10.1f}")
        count = f"{counted(len(self.elpd_i), 'observation')} of {self.of}"
        if self.fold is not None:
            count += f", {counted(len(np.unique(self.fold)), 'fold')}"
        lines.append(f"{count}, {counted(self.num_draws, 'draw')}")
        if self.is_in_sample:
            lines.append("those that were fitted, which flatters the model: `loo` does not")
        if impossible := self._impossible():
            names = listed(impossible, _MOST_NAMED)
            lines.append(f"{_share(impossible, self.labels)} impossible, of density 0: {names}")
        lines.append("")
        if self.pareto_k is not None:
            lines += [*self._shapes(), ""]
        order = np.argsort(self.elpd_i, kind="stable")
        shown = order if is_complete or len(order) <= _MOST_ROWS else order[: _MOST_ROWS - 2]
        lines += _aligned([_header(self), *(_cells(self, int(i)) for i in shown)])
        if len(shown) < len(order):
            lines.append(f"{len(order) - len(shown)} of {len(order)} are not shown: better ones")
        if self.label:
            lines += ["", self.label]
        return "\n".join(lines)

    def _shapes(self) -> list[str]:
        assert self.pareto_k is not None
        k, limit = self.pareto_k[~self._refitted], self.good_k
        rows: list[tuple[str, ...]] = [
            ("k", "observations", ""),
            (f"up to {limit:.2f}", str(int((k <= limit).sum())), "good"),
            ("up to 1", str(int(((k > limit) & (k <= 1)).sum())), "bad"),
            ("above 1", str(int((~(k <= 1)).sum())), "very bad"),
        ]
        if self._refitted.any():
            rows.append(("refitted", str(int(self._refitted.sum())), "exact"))
        return _aligned(rows)

    __str__ = table
    __repr__ = table


def _share(some: Sized, every: Sized) -> str:
    """`1 of 5 observations is`, `2 of 5 observations are`."""
    verb = "is" if len(some) == 1 else "are"
    return f"{len(some)} of {counted(len(every), 'observation')} {verb}"


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _header(result: CrossValidation) -> tuple[str, ...]:
    extra = [] if result.pareto_k is None else ["k"]
    return ("", "elpd", *extra, *([] if result.fold is None else ["fold"]))


def _shape(k: float) -> str:
    """A shape of weights; where the largest are all equal there is no tail that has one."""
    return "equal" if k == -np.inf else f"{k:.2f}"


def _cells(result: CrossValidation, i: int) -> tuple[str, ...]:
    cells = [result.labels[i], f"{result.elpd_i[i]:.2f}"]
    if result.pareto_k is not None:
        cells.append("refit" if result._refitted[i] else _shape(float(result.pareto_k[i])))
    if result.fold is not None:
        cells.append(str(int(result.fold[i])))
    return tuple(cells)


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(widths[0])]
            + [c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)]
        ).rstrip()
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class ComparedModel:
    """A model among others: its estimate, its distance to the best, its weight in a mixture."""

    name: str
    elpd: float
    se: float
    p: float | None
    difference: float
    se_difference: float
    weight: float


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """Models from the best to the worst."""

    models: tuple[ComparedModel, ...]

    def rows(self) -> list[dict[str, Any]]:
        """One row for each model."""
        return [
            {
                "model": m.name, "elpd": m.elpd, "se": m.se, "p": m.p, "difference": m.difference,
                "se_difference": m.se_difference, "weight": m.weight,
            }
            for m in self.models
        ]  # fmt: skip

    def to_frame(self) -> DataFrame:
        """One row for each model, its name as the index."""
        from pandas import DataFrame

        return DataFrame(self.rows()).set_index("model")

    def __str__(self) -> str:
        header = ("", "elpd", "se", "p", "difference", "se", "weight")
        rows = [
            (
                m.name, f"{m.elpd:.1f}", f"{m.se:.1f}", "-" if m.p is None else f"{m.p:.1f}",
                f"{m.difference:.1f}", f"{m.se_difference:.1f}", f"{m.weight:.2f}",
            )
            for m in self.models
        ]  # fmt: skip
        return "\n".join(_aligned([header, *rows]))

    __repr__ = __str__


def compare_results(results: Mapping[str, CrossValidation]) -> Comparison:
    """Compare observation by observation: differences with their paired error, stacking weights.

    The error of a difference is sqrt(n var(elpd_i - best_i)). The weights maximise
    sum_i log sum_k w_k exp(elpd_ik): Yao, Vehtari, Simpson & Gelman (2018), "Using stacking to
    average Bayesian predictive distributions".
    """
    order = sorted(results, key=lambda name: -results[name].elpd)
    best = results[order[0]]
    weights = _stacking_weights(results)
    models = []
    for name in order:
        result = results[name]
        apart = result.elpd_i - best.elpd_i
        error = float(np.sqrt(len(apart) * apart.var()))
        models.append(
            ComparedModel(
                name, result.elpd, result.se, result.p, float(apart.sum()), error, weights[name]
            )
        )
    return Comparison(tuple(models))


def _stacking_weights(results: Mapping[str, CrossValidation]) -> dict[str, float]:
    """By arviz-stats; of each observation only the differences between models matter."""
    from arviz_stats import compare
    from arviz_stats.utils import ELPDData
    from xarray import DataArray

    highest = np.max([result.elpd_i for result in results.values()], axis=0)
    relative = {
        name: ELPDData(
            kind="loo", elpd=float((r.elpd_i - highest).sum()), se=r.se, p=0.0,
            n_samples=r.num_draws, n_data_points=len(r.elpd_i), scale="log", warning=False,
            good_k=r.good_k, elpd_i=DataArray(r.elpd_i - highest),
        )
        for name, r in results.items()
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It is pandas' deprecations that the library meets.
        table = compare(relative, method="stacking")
    return {str(name): float(weight) for name, weight in table["weight"].items()}
