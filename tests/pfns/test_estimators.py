"""Trained networks among scikit-learn's tools: which class is which, and what errors say."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pytest
from pfn_cases import NETWORK
from pfn_networks import as_trained

import gendsl
from gendsl.api.pfn_trained import TrainedPfn
from gendsl.inference.amortised import Tasks

COLOURS = f"""\
model colours {{
  dim row
  dim colour = {{red, green, blue}}
  data x[row] : real
  data c[row] : colour
  a[colour] ~ Normal(0, 1)
  b[colour] ~ Normal(0, 1)
  c[row] ~ Categorical(logit = a + b * x[row])
}}
pfn colours {{
  prior   = colours
  predict   c given x
  rows    = 2..8
  inputs  = x ~ Normal(0, 1)
  network = {NETWORK})
}}
"""
X = np.array([[0.5], [-1.5], [1.2], [0.3], [-0.4], [0.9]])
NAMES = ["red", "green", "blue"]
PRIORS = {
    "labelled": ("= {red, green, blue}", 3),
    "from 0": ("= 3", 3),
    "from 1": (": from 1 = 3", 3),
    "two from 1": (": from 1 = 2", 2),
}


@pytest.fixture(scope="module")
def colours() -> Callable[[str], TrainedPfn]:
    """Networks of the same weights whose classes are called otherwise."""
    made: dict[str, TrainedPfn] = {}

    def network(prior: str = "labelled") -> TrainedPfn:
        if prior not in made:
            rng = np.random.default_rng(1)
            declared, count = PRIORS[prior]
            x, y = rng.standard_normal((50, 8, 1)), rng.integers(0, count, (50, 8))
            ones, none = np.ones(50, np.int32), np.zeros((50, 0), np.float32)
            arrays = x.astype(np.float32), y.astype(np.float32), ones, none, ones > 0
            tasks = Tasks(*arrays)  # type: ignore[arg-type]
            text = COLOURS.replace("= {red, green, blue}", declared)
            made[prior] = as_trained(text, "colours", tasks, is_scored=False)
        return made[prior]

    return network


class _InOrderOfPrior(gendsl.PfnClassifier):
    """The broken twin: `classes_` are not sorted."""

    def fit(self, X: object, y: object) -> _InOrderOfPrior:
        super().fit(X, y)
        self.classes_, self._order = np.array(NAMES), np.arange(3)
        return self


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_scorers_know_which_class_is_which(colours: Callable[..., TrainedPfn]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    network, y = colours(), np.array(NAMES * 2)
    classes, twin = (kind(network).fit(X, y) for kind in (gendsl.PfnClassifier, _InOrderOfPrior))
    assert classes.classes_.tolist() == ["blue", "green", "red"]
    assert classes.predict(X).tolist() == twin.predict(X).tolist()
    found = network.predict({"x": X[:, 0], "c": y}, {"x": X[:, 0]})
    assert found.labels == tuple(NAMES)
    by_hand = -found.log_density(y).mean()
    scorer = metrics.get_scorer("neg_log_loss")
    np.testing.assert_allclose(-scorer(classes, X, y), by_hand, rtol=1e-6)
    assert abs(-scorer(twin, X, y) - by_hand) > 0.01
    area = metrics.get_scorer("roc_auc_ovr")
    expected = np.mean([_area(found.probabilities[:, i], y == n) for i, n in enumerate(NAMES)])
    np.testing.assert_allclose(area(classes, X, y), expected, rtol=1e-6)
    assert abs(area(twin, X, y) - expected) > 0.01


def _area(shares: np.ndarray, is_it: np.ndarray) -> float:
    """The share of pairs in which the row of the class has more of it."""
    return float(np.mean(shares[is_it][:, None] > shares[~is_it]))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("prior", "y", "labels", "numbers"),
    [
        ("labelled", NAMES * 2, ["blue", "green", "red"], [0, 1, 2] * 2),
        ("labelled", [" red", "blue"] * 3, ["blue", "green", "red"], [0, 2] * 3),
        ("labelled", [1, 2] * 3, [0, 1, 2], [1, 2] * 3),
        ("labelled", [1, 2, 3] * 2, [1, 2, 3], [0, 1, 2] * 2),
        ("from 0", [1.0, 2.0] * 3, [0, 1, 2], [1, 2] * 3),
        ("from 0", [-1, 1] * 3, [-1, 1], [0, 1] * 3),
        ("from 0", [True, False] * 3, [0, 1, 2], [1, 0] * 3),
        ("from 0", NAMES * 2, ["blue", "green", "red"], [2, 1, 0] * 2),
        ("from 0", ["1", "2"] * 3, ["1", "2"], [0, 1] * 3),
        ("from 0", [" a", "b"] * 3, [" a", "b"], [0, 1] * 3),
        ("from 0", np.array(["a", 1] * 3, object), [1, "a"], [1, 0] * 3),
        ("from 1", [1, 2] * 3, [1, 2, 3], [0, 1] * 3),
        ("from 1", [0, 1] * 3, [0, 1], [0, 1] * 3),
        ("two from 1", [True, False] * 3, [False, True], [1, 0] * 3),
        ("two from 1", [True] * 6, [False, True], [1] * 6),
    ],
)
def test_targets_are_codes_labels_or_own_names(
    colours: Callable[..., TrainedPfn], prior: str, y: object, labels: list, numbers: list
) -> None:
    found = gendsl.PfnClassifier(colours(prior)).fit(X, y)
    assert [(type(e), e) for e in found.classes_.tolist()] == [(type(e), e) for e in labels]
    assert found._context.y.tolist() == numbers
    assert set(found.predict(X).tolist()) <= set(labels)
    np.testing.assert_allclose(found.predict_proba(X).sum(axis=1), 1.0)


@pytest.mark.parametrize(
    ("prior", "y", "words"),
    [
        ("labelled", ["red", "pink"] * 3, "`y` is 'pink' in row 1 of y, no class"),
        ("labelled", ["1", "2"] * 3, "`y` is '1' in row 0 of y, no class"),
        ("labelled", [1, 0, np.nan, 1, 0, 1], "`y` is missing in row 2 of y"),
        ("from 0", [1, 2, 3, 4, 1, 2], "`y` has 4 classes"),
        ("from 0", [7] * 6, "`y` has one class"),
    ],
)
def test_targets_that_are_no_classes_are_refused(
    colours: Callable[..., TrainedPfn], prior: str, y: list, words: str
) -> None:
    with pytest.raises(gendsl.DiagnosticError) as found:
        gendsl.PfnClassifier(colours(prior)).fit(X, y)
    assert words in str(found.value)


def test_errors_say_whether_they_are_of_inputs_or_targets(line: TrainedPfn) -> None:
    x = np.array([[0.1, -0.2], [0.5, 0.3], [-0.7, 0.9]])
    bad = [0.2, 0.1, np.nan]
    for given, targets, words in ((x, bad, "row 2 of y"), (x * bad[2], [0.2, 0.1, 1], "0 of X")):
        with pytest.raises(gendsl.DiagnosticError, match=rf"missing in .*{words}"):
            line.estimator(given={"tau": 0.5}).fit(given, targets)


@pytest.mark.parametrize("is_installed", [True, False])
def test_nothing_is_predicted_before_fit(
    line: TrainedPfn,
    colours: Callable[..., TrainedPfn],
    monkeypatch: pytest.MonkeyPatch,
    is_installed: bool,
) -> None:
    kind = ValueError
    if is_installed:
        kind = pytest.importorskip("sklearn.exceptions").NotFittedError
    else:
        monkeypatch.setitem(sys.modules, "sklearn.exceptions", None)
    for each in (line.estimator(), colours().estimator()):
        with pytest.raises(kind, match="call `fit` first") as found:
            each.predict(X)
        assert type(found.value) is kind
