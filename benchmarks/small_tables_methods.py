"""Methods of `small_tables.py`: a function of a split to what it predicts of the other rows.

Peers are those of scikit-learn, with settings that suit 30 rows, the same for all tables. Where
there are settings to choose, five folds of the known rows choose by log loss or squared error.

- `logistic`: `LogisticRegressionCV`, 10 penalties from 1e-4 to 1e4. `ridge`: `BayesianRidge`.
- `gp`, `gp-ard`: an RBF kernel with one length, or one for each column, lengths in [0.01, 1000],
  and a variance; numbers have noise too. Hyperparameters are the best of 4 starts.
- `boosting`: gradient boosting of 30 or 100 trees of depth 1 or 2, a rate of 0.1, at least 2 rows
  in a leaf, half of the columns for a split. The density of a number is a normal whose variance is
  that of the errors in the five folds.

`-pc` are peers on the principal components that the network gets, which read the columns of all
rows. Numbers are standardised by the known rows for all methods alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.stats import norm
from small_tables_data import Array, Part
from small_tables_scores import Classes, Numbers

import gendsl

Method = Callable[[Part, int], Classes | Numbers]
_FOLDS = 5


# --- networks --------------------------------------------------------------------------------


def network_of_classes(network: gendsl.TrainedPfn) -> Method:
    """A trained network that predicts classes."""

    def predict(part: Part, seed: int) -> Classes:
        # Text, so that two classes are the prior's first two and the third is out of question.
        labels = np.array([f"kind {int(k)}" for k in part.targets])
        found = gendsl.PfnClassifier(network).fit(part.components, labels)
        return Classes(found.predict_proba(part.new_components))

    return predict


def network_of_numbers(network: gendsl.TrainedPfn) -> Method:
    """A trained network that predicts numbers."""

    def predict(part: Part, seed: int) -> Numbers:
        y, mean, scale = standardised(part.targets)
        found = gendsl.PfnRegressor(network).fit(part.components, y)
        said = found.predict_distribution(part.new_components)
        logs = said.log_density((part.new_targets - mean) / scale) - np.log(scale)
        low, high = (mean + scale * said.quantiles([0.05, 0.95])).T
        return Numbers(mean + scale * said.mean, logs, low, high)

    return predict


# --- peers -----------------------------------------------------------------------------------


def logistic(part: Part, seed: int) -> Classes:
    """Logistic regression."""
    from sklearn.linear_model import LogisticRegressionCV

    model = LogisticRegressionCV(
        Cs=10, cv=_folds(part, seed), scoring="neg_log_loss", max_iter=2000, l1_ratios=(0.0,),
        use_legacy_attributes=False,
    )  # fmt: skip
    return _classes(model, part)


def boosted_classes(part: Part, seed: int) -> Classes:
    """Gradient boosting."""
    from sklearn.ensemble import GradientBoostingClassifier

    return _classes(_searched(GradientBoostingClassifier, part, seed, "neg_log_loss"), part)


def gp_of_classes(is_ard: bool) -> Method:
    """A Gaussian process behind a logistic link, by Laplace's approximation."""

    def predict(part: Part, seed: int) -> Classes:
        from sklearn.gaussian_process import GaussianProcessClassifier

        kernel = _kernel(part, is_ard)
        return _classes(
            GaussianProcessClassifier(kernel, n_restarts_optimizer=3, random_state=seed), part
        )

    return predict


def ridge(part: Part, seed: int) -> Numbers:
    """A straight line with a normal prior, whose scale and noise are the likeliest."""
    from sklearn.linear_model import BayesianRidge

    y, *units = standardised(part.targets)
    mean, sd = BayesianRidge().fit(part.inputs, y).predict(part.new_inputs, return_std=True)
    return _normal(part, mean, sd, *units)


def boosted_numbers(part: Part, seed: int) -> Numbers:
    """Gradient boosting."""
    from sklearn.ensemble import GradientBoostingRegressor

    y, *units = standardised(part.targets)
    search = _searched(GradientBoostingRegressor, part, seed, "neg_mean_squared_error")
    model = search.fit(part.inputs, y)
    mean = model.predict(part.new_inputs)
    return _normal(part, mean, np.sqrt(-model.best_score_), *units)


def gp_of_numbers(is_ard: bool) -> Method:
    """A Gaussian process with noise."""

    def predict(part: Part, seed: int) -> Numbers:
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import WhiteKernel

        y, *units = standardised(part.targets)
        kernel = _kernel(part, is_ard) + WhiteKernel(0.3, (1e-5, 10.0))
        model = GaussianProcessRegressor(kernel, n_restarts_optimizer=3, random_state=seed)
        mean, sd = model.fit(part.inputs, y).predict(part.new_inputs, return_std=True)
        return _normal(part, mean, sd, *units)  # the sd has the noise in it: WhiteKernel's diagonal

    return predict


def on_components(method: Method) -> Method:
    """A peer that gets the components which the network gets, in place of the columns."""

    def predict(part: Part, seed: int) -> Classes | Numbers:
        return method(replace(part, inputs=part.components, new_inputs=part.new_components), seed)

    return predict


OF_CLASSES: Mapping[str, Method] = {
    "logistic": logistic,
    "logistic-pc": on_components(logistic),
    "gp": gp_of_classes(False),
    "gp-pc": on_components(gp_of_classes(False)),
    "gp-ard": gp_of_classes(True),
    "boosting": boosted_classes,
}
OF_NUMBERS: Mapping[str, Method] = {
    "ridge": ridge,
    "ridge-pc": on_components(ridge),
    "gp": gp_of_numbers(False),
    "gp-pc": on_components(gp_of_numbers(False)),
    "gp-ard": gp_of_numbers(True),
    "boosting": boosted_numbers,
}


def standardised(y: Array) -> tuple[Array, float, float]:
    """Numbers in units of their spread, with their mean and that spread."""
    mean, scale = float(y.mean()), float(y.std(ddof=1))
    return (y - mean) / scale, mean, scale


def _classes(model: Any, part: Part) -> Classes:
    return Classes(model.fit(part.inputs, part.targets).predict_proba(part.new_inputs))


def _normal(part: Part, mean: Array, sd: Any, centre: float, scale: float) -> Numbers:
    mean, sd = centre + scale * mean, scale * np.broadcast_to(sd, mean.shape)
    low, high = norm.interval(0.9, mean, sd)
    return Numbers(mean, norm.logpdf(part.new_targets, mean, sd), low, high)


def _kernel(part: Part, is_ard: bool) -> Any:
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel

    count = part.inputs.shape[1]
    start = np.full(count if is_ard else 1, np.sqrt(count))
    return ConstantKernel(1.0, (1e-3, 1e4)) * RBF(start, (1e-2, 1e3))


def _folds(part: Part, seed: int) -> Any:
    from sklearn.model_selection import StratifiedKFold

    return StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)


def _searched(kind: Any, part: Part, seed: int, scoring: str) -> Any:
    from sklearn.model_selection import GridSearchCV, KFold

    is_class = scoring == "neg_log_loss"
    folds = _folds(part, seed) if is_class else KFold(_FOLDS, shuffle=True, random_state=seed)
    grid = {"max_depth": [1, 2], "n_estimators": [30, 100]}
    model = kind(min_samples_leaf=2, max_features=0.5, random_state=seed)
    return GridSearchCV(model, grid, scoring=scoring, cv=folds)
