"""What a trained network says of new rows, given a context."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gendsl.api.output import check_destination, save
from gendsl.api.pfn_classes import Classes, classes_in
from gendsl.api.pfn_columns import domain_of_target
from gendsl.api.pfn_one_value import check_one_value
from gendsl.api.pfn_plan import classes_of
from gendsl.api.pfn_ranges import context_notes, input_notes
from gendsl.api.pfn_table_errors import refused
from gendsl.api.pfn_tables import (
    Layout,
    Table,
    layout_of,
    matrix,
    table_of,
    unread_notes,
    values_of,
)
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.results.summary import Summary, VariableSummary
from gendsl.results.table import Rows, render_table

if TYPE_CHECKING:
    from pandas import DataFrame

    from gendsl.api.pfn_trained import TrainedPfn
    from gendsl.inference.amortised import Predicted

Floats = NDArray[np.float64]

KINDS = (".csv", ".json")
_COLUMNS = ("mean", "sd", "q5", "median", "q95")
_DRAWS = 2000
"""Of latent quantities."""


@dataclass(frozen=True)
class Context:
    """Rows whose target is known, as a network reads them: x [row, column], y [row]."""

    layout: Layout
    x: Floats
    y: Floats
    classes: Classes | None
    notes: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class PfnPrediction:
    """The predictive distributions of new rows.

    Attributes:
        latents: draws of the latent quantities that are predicted, [draw, ...] by name.
        notes: what speaks against trusting them.
    """

    target: str
    predicted: Predicted
    classes: Classes | None
    is_target_predicted: bool
    latents: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    notes: tuple[Diagnostic, ...] = ()

    @property
    def mean(self) -> Floats:
        """The means [row].

        Raises:
            ValueError: if the target is a class.
        """
        return self._numbers().mean().astype(np.float64)

    @property
    def sd(self) -> Floats:
        """The standard deviations [row].

        Raises:
            ValueError: if the target is a class.
        """
        return self._numbers().sd().astype(np.float64)

    @property
    def median(self) -> Floats:
        """The medians [row].

        Raises:
            ValueError: if the target is a class.
        """
        return self.quantiles([0.5])[:, 0]

    def quantiles(self, shares: ArrayLike) -> Floats:
        """Return the quantiles [row, share] at shares inside (0, 1).

        Raises:
            ValueError: if one is not, or the target is a class.
        """
        wanted = np.atleast_1d(np.asarray(shares, np.float64))
        if wanted.ndim != 1 or not ((wanted > 0) & (wanted < 1)).all():
            raise ValueError(f"shares of quantiles lie inside (0, 1), got {wanted}")
        return self._numbers().quantiles(wanted).astype(np.float64)

    @property
    def labels(self) -> tuple[Any, ...]:
        """The classes.

        Raises:
            ValueError: if the target is a number.
        """
        return self._known().labels

    @property
    def probabilities(self) -> Floats:
        """The probability of each class [row, class], in the order of `labels`.

        Raises:
            ValueError: if the target is a number.
        """
        return self._known().shares(self.predicted.probabilities())

    def log_density(self, y: ArrayLike) -> Floats:
        """Return the log densities at targets [row]; of classes log probabilities of labels.

        Raises:
            ValueError: if there is not one for each row, or a label is no class.
        """
        targets = np.asarray(y)
        if targets.shape != (len(self),):
            raise ValueError(
                f"targets have shape {targets.shape}, and {len(self)} rows were predicted"
            )
        if self.classes is None:
            return self.predicted.log_density(targets).astype(np.float64)
        places = {label: i for i, label in enumerate(self.labels)}
        values = targets.tolist()
        if any(value not in places for value in values):
            raise ValueError(f"classes are {listed(self.labels, 6)}")
        rows = np.arange(len(values))
        found: Floats = np.log(self.probabilities[rows, [places[v] for v in values]])
        return found

    def __len__(self) -> int:
        return int(self.predicted.outputs.shape[0])

    def rows(self) -> list[dict[str, Any]]:
        """Return a dict for each row, fit for JSON and CSV."""
        if not self.is_target_predicted:
            return []
        if self.classes is not None:
            shares = self.probabilities
            return [
                {"row": i, "mode": self.labels[int(np.argmax(share))]}
                | {f"p[{label}]": float(p) for label, p in zip(self.labels, share, strict=True)}
                for i, share in enumerate(shares)
            ]
        found = self._statistics()
        return [
            {"row": i} | {name: float(values[i]) for name, values in found.items()}
            for i in range(len(self))
        ]

    def to_frame(self) -> DataFrame:
        """Return `rows` as a pandas `DataFrame`."""
        from pandas import DataFrame

        return DataFrame(self.rows()).set_index("row")

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the draws, fit for JSON."""
        found: dict[str, Any] = {"target": self.target, "rows": self.rows()}
        return found | {"latents": Summary(self._latents(), _COLUMNS).rows()}

    def table(self, *, is_complete: bool = False) -> str:
        """Return it as text; unless complete, long ones are cut short."""
        variables = self._latents()
        if self.classes is None and self.is_target_predicted:
            entries = tuple((("row", i),) for i in range(len(self)))
            variables = (VariableSummary(self.target, entries, self._statistics()), *variables)
        parts = []
        if self.classes is not None and self.is_target_predicted:
            parts.append(self._class_table(is_complete))
        if variables:
            parts.append(render_table(Summary(variables, _COLUMNS), is_complete=is_complete))
        return "\n\n".join(parts)

    def save(self, path: str | Path) -> None:
        """Write `rows` as `.csv`, or everything but the draws as `.json`; whole or not at all.

        Raises:
            DiagnosticError: if that can't be written.
        """
        check_destination(Path(path), KINDS)
        text = self._csv() if Path(path).suffix.lower() == ".csv" else json.dumps(self.to_dict())
        save(Path(path), lambda temporary: _write(temporary, text))

    def __str__(self) -> str:
        return self.table()

    __repr__ = __str__

    def _numbers(self) -> Predicted:
        if self.classes is not None:
            raise ValueError(f"`{self.target}` is a class: it has `probabilities`")
        return self.predicted

    def _known(self) -> Classes:
        if self.classes is None:
            raise ValueError(f"`{self.target}` is no class: it has a `mean` and `quantiles`")
        return self.classes

    def _statistics(self) -> dict[str, Floats]:
        low, middle, high = self.quantiles([0.05, 0.5, 0.95]).T
        return {"mean": self.mean, "sd": self.sd, "q5": low, "median": middle, "q95": high}

    def _latents(self) -> tuple[VariableSummary, ...]:
        found = []
        for name, draws in self.latents.items():
            flat = draws.reshape(len(draws), -1).astype(np.float64)
            low, middle, high = np.quantile(flat, (0.05, 0.5, 0.95), axis=0)
            statistics = {
                "mean": flat.mean(axis=0), "sd": flat.std(axis=0),
                "q5": low, "median": middle, "q95": high,
            }  # fmt: skip
            entries = tuple(
                tuple((f"{axis}", i) for axis, i in enumerate(place))
                for place in np.ndindex(*draws.shape[1:])
            )
            found.append(VariableSummary(name, entries, statistics))
        return tuple(found)

    def _class_table(self, is_complete: bool) -> str:
        shares = self.probabilities
        table = Rows(("", "mode", *(f"p[{label}]" for label in self.labels)), is_complete)

        def row(i: int) -> tuple[str, ...]:
            mode = str(self.labels[int(np.argmax(shares[i]))])
            return (f"{self.target}[row={i}]", mode, *(f"{p:.3f}" for p in shares[i]))

        table.add(self.target, len(self), row)
        return Rows.joined([table], "")

    def _csv(self) -> str:
        rows = self.rows()
        stream = io.StringIO()
        writer = csv.DictWriter(stream, list(rows[0]) if rows else ["row"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return stream.getvalue()


def predict(
    network: TrainedPfn,
    context: object,
    query: object,
    *,
    given: Mapping[str, Any] | None = None,
    columns: Sequence[str] | None = None,
    target: str | None = None,
    seed: int = 0,
) -> PfnPrediction:
    """Return the prediction of a query's rows, with all that speaks against it.

    Raises:
        DiagnosticError: if the tables are not such as the network reads.
    """
    known = read_context(
        network, table_of(context, "the context"), given=given, columns=columns, target=target
    )
    return predict_rows(network, known, table_of(query, "the query"), seed=seed)


def read_context(
    network: TrainedPfn,
    table: Table,
    *,
    given: Mapping[str, Any] | None = None,
    columns: Sequence[str] | None = None,
    target: str | None = None,
    is_judged: bool = True,
) -> Context:
    """Return a context as the network reads it; with what speaks against it, if that is asked for.

    Raises:
        DiagnosticError: if it can't be read.
    """
    pfn = network.prior.pfn
    name = target or network.target
    if name not in table.columns:
        close = nearest(name, tuple(table.columns))
        help = f"did you mean `{close}`?"
        if close is None:
            help = (
                f"there are {listed(table.columns, 6)}; `--target C` (in Python `target=`) names"
                " it, and `--columns A,B` those of the inputs in their order"
            )
        raise refused("G1025", f"{table.origin} has no column `{name}`, the target", help)
    if columns is None and name in {each.name for each in network.inputs}:
        raise refused(
            "G1025",
            f"`{name}` is an input of the network, and is said to be the target",
            "name the columns of the inputs too, in their order, where others have their names",
        )
    layout = layout_of(network.inputs, table, given or {}, columns, name)
    x = matrix(layout, table)
    check_one_value(layout, x, table)
    column, domain, known = table.columns[name], domain_of_target(pfn), classes_of(pfn)
    if known is None:
        classes, y = None, values_of(domain, column, table)
    else:
        classes, y = classes_in(column, table, domain, known)
    if not is_judged:
        return Context(layout, x, y, classes, ())
    notes = (*_unfinished(network), *unread_notes(layout, table, name))
    notes += tuple(
        context_notes(
            network.about.ranges, network.inputs, x, y, is_class=known is not None,
            score=lambda some, targets: score(network, some, targets),
        )
    )  # fmt: skip
    return Context(layout, x, y, classes, notes)


def predict_rows(
    network: TrainedPfn, context: Context, query: Table, *, seed: int = 0
) -> PfnPrediction:
    """Return the prediction of a query's rows, given a context.

    Raises:
        DiagnosticError: if the query has not the columns of the context.
    """
    pfn = network.prior.pfn
    x_new = matrix(context.layout, query)
    check_one_value(context.layout, x_new, query, context.x)
    notes = input_notes(network.about.ranges, network.inputs, x_new, "the query")
    predicted = network.predictor.predict(context.x, context.y, x_new)
    latents: dict[str, NDArray[Any]] = {}
    if pfn.latents:
        draws = network.predictor.latents(context.x, context.y, seed, _DRAWS)
        latents = network.constrained(draws)
    return PfnPrediction(
        network.target,
        predicted,
        context.classes,
        pfn.is_target_predicted,
        latents,
        (*context.notes, *notes),
    )


def score(network: TrainedPfn, x: Floats, y: Floats) -> Floats:
    """Return the log densities [row] of a context's rows, each given rows before it."""
    from gendsl.inference.amortised import prequential

    found = prequential(network.predictor, x[None], y[None], np.array([x.shape[1]]))
    logs: Floats = np.asarray(found[0], np.float64)
    return logs


_FEW = 0.05
"""Of the steps of a block, fewer than which a budget should not have ended."""


def _unfinished(network: TrainedPfn) -> tuple[Diagnostic, ...]:
    if network.is_done:
        steps = network.trained.settings.steps
        if network.num_steps >= _FEW * steps:
            return ()
        return (
            Diagnostic(
                "G1023",
                f"the training of `{network.name}` was ended by its budget after"
                f" {network.num_steps:,} of {steps:,} steps",
                help="give it more: `gendsl pfn train ... --resume --budget` with all the time that"
                " it may have, and look at `gendsl pfn check`",
            ),
        )
    return (
        Diagnostic(
            "G1023",
            f"the training of `{network.name}` is not at its end: {network.num_steps} steps",
            notes=("the law of its scores is not known yet, so that a check of the context is"
                   " left out",),
            help="`gendsl pfn train ... --resume` goes on with it",
        ),
    )  # fmt: skip


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
