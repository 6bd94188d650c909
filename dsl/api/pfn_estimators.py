"""Trained networks as estimators that scikit-learn's tools take; it need not be installed.

`fit` keeps the rows that are the context: nothing is learnt then. Targets and inputs are in the
units of the prior, and are not standardised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gendsl.api.pfn_classes import classes_in
from gendsl.api.pfn_columns import domain_of_target
from gendsl.api.pfn_files import load_pfn
from gendsl.api.pfn_plan import classes_of
from gendsl.api.pfn_prediction import PfnPrediction, predict_rows, read_context
from gendsl.api.pfn_tables import Table, table_of
from gendsl.api.pfn_tables import values_of as numbers_of
from gendsl.api.pfn_trained import TrainedPfn
from gendsl.api.warned import warn_of
from gendsl.data.python_objects import values_of
from gendsl.data.raw import Axis, RawArray

if TYPE_CHECKING:
    from gendsl.api.pfn_prediction import Context

Array = NDArray[Any]
_TARGET = "\0target"
_KIND: Mapping[bool, str] = {True: "classifier", False: "regressor"}


class _Estimator:
    """What both kinds have.

    Attributes:
        network: a trained network, or the path of one.
        given: inputs that are the same for all rows, by name.
    """

    _is_classifier: bool
    _context: Context
    n_features_in_: int

    def __init__(
        self, network: TrainedPfn | str | Path, given: Mapping[str, float] | None = None
    ) -> None:
        self.network = network
        self.given = given

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the arguments that it was made with."""
        return {"network": self.network, "given": self.given}

    def set_params(self, **params: Any) -> Self:
        """Set arguments anew.

        Raises:
            ValueError: if there is none of a name.
        """
        for name, value in params.items():
            if name not in self.get_params():
                raise ValueError(f"there is no parameter {name!r}: there are network and given")
            setattr(self, name, value)
        return self

    def fit(self, X: Any, y: ArrayLike) -> Self:
        """Take rows as the context.

        `X` [row, column] has the columns of the inputs in their order, or is a `DataFrame` with a
        column for each; targets `y` [row] are numbers, or classes of any name.

        Raises:
            ValueError: if the network predicts the other kind, or shapes disagree.
            DiagnosticError: if an entry is missing, or not what the prior may have.
        """
        network = self._loaded()
        table, names = _table(X, "X")
        targets = np.asarray(y)
        if targets.shape != (table.length,):
            raise ValueError(f"y must have shape ({table.length},), got {targets.shape}")
        column = RawArray("y", values_of("y", targets, "y"), "y", (Axis(),))
        _check_target(network, column, table.length)
        whole = Table("X", table.length, {**table.columns, _TARGET: column})
        in_order = None if _has_names(network, names, self.given or {}) else list(table.columns)
        context = read_context(network, whole, given=self.given, columns=in_order, target=_TARGET)
        warn_of(context.notes)
        self._context, self._fitted = context, network
        self.n_features_in_ = len(table.columns)
        if names is not None:
            self.feature_names_in_ = np.array(names, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        if context.classes is not None:
            self.classes_, self._order = _sorted(context.classes.labels)
        return self

    def _loaded(self) -> TrainedPfn:
        found = self.network if isinstance(self.network, TrainedPfn) else load_pfn(self.network)
        if found.is_classifier is not self._is_classifier:
            kind = _KIND[found.is_classifier]
            raise ValueError(f"`{found.name}` is a {kind}: use Pfn{kind.capitalize()}")
        if not found.prior.pfn.is_target_predicted:
            raise ValueError(f"`{found.name}` predicts latent quantities alone: use `predict`")
        return found

    def _predicted(self, X: Any) -> PfnPrediction:
        if not self.__sklearn_is_fitted__():
            raise _not_fitted()
        table, names = _table(X, "X")
        known = getattr(self, "feature_names_in_", None)
        if names is not None and known is not None and list(known) != names:
            raise ValueError(f"columns are {names}, and {known.tolist()} were fitted")
        if len(table.columns) != self.n_features_in_:
            raise ValueError(
                f"X has {len(table.columns)} columns, and {self.n_features_in_} fitted"
            )
        if names is None or known is None:
            table = Table(table.origin, table.length, _renamed(table, self._context))
        found = predict_rows(self._fitted, self._context, table)
        warn_of(found.notes[len(self._context.notes) :])
        return found

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_context")

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, RegressorTags, Tags, TargetTags

        return Tags(
            estimator_type=_KIND[self._is_classifier],
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags() if self._is_classifier else None,
            regressor_tags=None if self._is_classifier else RegressorTags(),
        )

    def __repr__(self) -> str:
        name = self.network.name if isinstance(self.network, TrainedPfn) else str(self.network)
        return f"{type(self).__name__}({name})"


class PfnRegressor(_Estimator):
    """A trained network that predicts numbers.

    `network` is what `gendsl.load_pfn` returns, or the path of a file; `given` are inputs that are
    the same for all rows, as `{"tau": 0.5}`.
    """

    _is_classifier = False
    _estimator_type = "regressor"

    def predict(self, X: Any) -> Array:
        """Return the means [row] of the predictive distributions."""
        return self._predicted(X).mean

    def predict_quantiles(self, X: Any, shares: ArrayLike = (0.05, 0.5, 0.95)) -> Array:
        """Return quantiles [row, share] of the predictive distributions."""
        return self._predicted(X).quantiles(shares)

    def predict_distribution(self, X: Any) -> PfnPrediction:
        """Return all that is known: means, standard deviations, quantiles, log densities."""
        return self._predicted(X)

    def score(self, X: Any, y: ArrayLike) -> float:
        """Return R² of the means: the share of the variance of `y` that they explain."""
        targets = np.asarray(y, np.float64)
        gaps = targets - self.predict(X)
        return float(1.0 - np.sum(gaps**2) / np.sum((targets - targets.mean()) ** 2))


class PfnClassifier(_Estimator):
    """A trained network that predicts classes; `classes_` are their labels, after `fit`.

    `network` is what `gendsl.load_pfn` returns, or the path of a file; `given` are inputs that are
    the same for all rows, as `{"tau": 0.5}`.
    """

    _is_classifier = True
    _estimator_type = "classifier"
    classes_: Array
    """Sorted, not in the order of the prior."""
    _order: NDArray[np.intp]
    """Their places among the prior's."""

    def predict(self, X: Any) -> Array:
        """Return the most probable class of each row."""
        places = np.argmax(self.predict_proba(X), axis=1)
        chosen: Array = self.classes_[places]
        return chosen

    def predict_proba(self, X: Any) -> Array:
        """Return the probabilities [row, class], in the order of `classes_`."""
        return self._predicted(X).probabilities[:, self._order]

    def predict_log_proba(self, X: Any) -> Array:
        """Return their logarithms."""
        logs: Array = np.log(self.predict_proba(X))
        return logs

    def score(self, X: Any, y: ArrayLike) -> float:
        """Return the share of rows whose class is the most probable one."""
        return float(np.mean(self.predict(X) == np.asarray(y)))


def _check_target(network: TrainedPfn, column: RawArray, length: int) -> None:
    """Read `y` by itself first: what is wrong with it is an error of a row of `y`, not of `X`."""
    table = Table("y", length, {column.name: column})
    domain, known = domain_of_target(network.prior.pfn), classes_of(network.prior.pfn)
    if known is None:
        numbers_of(domain, column, table)
    else:
        classes_in(column, table, domain, known)


def _sorted(labels: Sequence[Any]) -> tuple[Array, NDArray[np.intp]]:
    """Labels in the order of `np.unique`, as scikit-learn takes them to be, and their places."""
    is_mixed = len({isinstance(label, str) for label in labels}) > 1
    found = np.array(labels, dtype=object if is_mixed else None)
    order = np.argsort(found.astype(str) if is_mixed else found)
    return found[order], order


def _not_fitted() -> ValueError:
    said = "there is no context yet: call `fit` first"
    try:
        from sklearn.exceptions import NotFittedError
    except ImportError:
        return ValueError(said)
    found: ValueError = NotFittedError(said)
    return found


def _table(X: Any, origin: str) -> tuple[Table, list[str] | None]:
    """The columns of an array or a `DataFrame`, and their names where they have any."""
    if hasattr(X, "columns") and hasattr(X, "iloc"):
        table = table_of(X.reset_index(drop=True), origin)
        return table, list(table.columns)
    values = np.asarray(X)
    if values.ndim != 2:
        raise ValueError(f"X must have shape [row, column], got {values.shape}")
    columns = {
        f"column {i}": RawArray(
            f"column {i}", values_of("X", values[:, i], origin), origin, (Axis(),)
        )
        for i in range(values.shape[1])
    }
    if not columns:
        raise ValueError("X has no columns")
    return Table(origin, len(values), columns), None


def _has_names(network: TrainedPfn, names: list[str] | None, given: Mapping[str, Any]) -> bool:
    """Whether columns are called as inputs are, all or one; else they are taken in their order."""
    single = {e.name for e in network.inputs if e.labels == ("",)} - set(given)
    arrays = {e.name for e in network.inputs if e.labels != ("",)} - set(given)
    if names is None:
        return False
    # One name that is an input's says that they are names: another is an error then, no place.
    return bool(single & set(names)) or (not single and bool(arrays))


def _renamed(table: Table, context: Context) -> dict[str, RawArray]:
    """The columns of an array under the names that those of the context have."""
    names = [name for sources in context.layout.sources.values() for name in sources]
    if len(names) != len(table.columns):
        return dict(table.columns)
    return dict(zip(names, table.columns.values(), strict=True))
