"""`vbll()` and the word `last_layer`, from the text of a model to a fit and its predictions."""

from __future__ import annotations

import numpy as np
import pytest

import gendsl
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.results.trust import label_of

TEXT = """\
model layers {
  dim row, col
  data X[row, col] : real
  data y[row] : real
  tau ~ HalfNormal(1)
  net f = Dense(3, weight ~ Normal(0, 1 / sqrt(fan_in)))
       |> tanh
       |> Dense(1, weight ~ Normal(0, tau), bias ~ Normal(0, 1))
  y[row] ~ Normal(f(X), 0.3)
}
infer main = vbll(batch = 10, steps = 400, draws = 2000)
"""
_RNG = np.random.default_rng(6)
X = _RNG.normal(size=(40, 2))
Y = np.sin(X[:, 0]) + 0.3 * _RNG.normal(size=40)
NAMES = ("f.layer2.weight", "f.layer2.bias")


def _sites(text: str) -> list[str]:
    (piece,) = gendsl.compile(text).program.inference[0].pieces
    return [site.name for site in piece.sites]


def _refusal(text: str) -> str:
    """The one problem of the inference program of a model that is right."""
    (problem,) = gendsl.compile(text).program.inference[0].problems
    return f"{problem.code} {problem.message}"


def test_the_last_layer_by_name() -> None:
    assert _sites(TEXT) == list(NAMES)
    for piece in ("laplace(last_layer)", "vbll(last_layer)", "vbll(f.layer2.bias, last_layer)"):
        assert sorted(_sites(f"{TEXT.partition('infer')[0]}infer main = {piece}")) == sorted(NAMES)
    named = TEXT.replace("tau", "last_layer").replace("vbll(", "laplace(last_layer, ")
    assert _sites(named.replace("batch = 10, steps = 400, ", "")) == ["last_layer"]


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("y[row] ~ Normal(f(X), 0.3)", "y[row] ~ StudentT(4, f(X), 0.3)", "another likelihood"),
        ("y[row] ~ Normal(f(X), 0.3)", "y[row] ~ Normal(0, exp(f(X)))", "the scale of `y`"),
        ("y[row] ~ Normal(f(X), 0.3)", "y[row] ~ Normal(square(f(X)), 0.3)", "is not linear"),
        ("weight ~ Normal(0, tau)", "weight ~ Laplace(0, tau)", "another prior than a Normal"),
        ("y[row] ~", "factor -f(X)^2\n  y[row] ~", "a factor depends on them"),
    ],
)
def test_what_is_not_in_closed_form(old: str, new: str, wanted: str) -> None:
    said = _refusal(TEXT.replace(old, new))
    assert said.startswith("G0488") and wanted in said


def test_which_last_layer() -> None:
    second = "  net g = Dense(1, weight ~ Normal(0, 1))\n  y[row] ~ Normal(f(X) + g(X), 0.3)"
    assert "2 networks" in _refusal(TEXT.replace("  y[row] ~ Normal(f(X), 0.3)", second))
    none = "model m {\n  dim row\n  data y[row] : real\n  mu ~ Normal(0, 1)\n"
    none += "  y[row] ~ Normal(mu, 1)\n}\n"
    assert _refusal(none + "infer main = laplace(last_layer)").startswith("G0485")
    assert _sites(none + "infer main = vbll(mu)") == ["mu"]
    with pytest.raises(DiagnosticError, match="G0485"):
        gendsl.compile(none + "infer main = vbll()").infer({"y": Y})


def test_a_mean_of_the_first_degree_is_in_closed_form() -> None:
    """Scaled, picked, added up and gathered, it stays linear."""
    mean = "2 * f(X) / tau - mean[row](f(X)) + f(X)[row = 0]"
    assert _sites(TEXT.replace("Normal(f(X), 0.3)", f"Normal({mean}, 0.3)")) == list(NAMES)


@pytest.mark.slow
def test_a_fit_is_the_posterior_given_the_features() -> None:
    """Draws of the last layer against the posterior of a linear model in what stands before it.

    Each of eight moments has |z| < 4.5, which fails by chance in fewer than one case of 10,000.
    """
    model = gendsl.compile(TEXT)
    fit = model.infer({"X": X, "y": Y}, seed=2)
    posterior = fit["posterior"]
    points = np.asarray(posterior["f.layer1.weight"])[0]
    assert np.ptp(points, axis=0).max() == 0.0
    tau = float(np.asarray(posterior["tau"])[0, 0])
    features = np.column_stack([np.tanh(X @ points[0]), np.ones(len(Y))])
    precision = features.T @ features / 0.09 + np.diag([*([tau**-2] * 3), 1.0])
    mean = np.linalg.solve(precision, features.T @ Y / 0.09)
    weights, bias = (np.asarray(posterior[name])[0] for name in NAMES)
    drawn = np.column_stack([weights, bias])
    apart = (drawn - mean) / np.sqrt(np.diag(np.linalg.inv(precision)))
    assert np.abs(apart.mean(axis=0)).max() < 4.5 / np.sqrt(len(drawn))
    assert np.abs((apart**2).mean(axis=0) - 1.0).max() < 4.5 * np.sqrt(2.0 / len(drawn))
    said = fit.attributes
    assert said["standing"] == ["tau", "f.layer1.weight"] and "log_evidence" not in said
    assert np.isfinite(said["evidence_of_points"])
    assert "vbll with `tau`, `f.layer1.weight` at the highest evidence" in label_of(said)
    # What is said of the rows, and of new ones, is of these draws.
    means = np.einsum("di,ri->dr", drawn, features)
    by_hand = -0.5 * ((Y - means) / 0.3) ** 2 - np.log(0.3) - 0.5 * np.log(2.0 * np.pi)
    assert np.abs(np.asarray(fit["log_likelihood"]["y"])[0] - by_hand).max() < 1e-8
    again = fit.predict({"X": X[:2]}, seed=3)
    assert np.isfinite(np.asarray(again["predictions"]["y"])).all()


@pytest.mark.slow
def test_points_of_highest_evidence() -> None:
    """The evidence that is said is that of the linear model in closed form, at the points found."""
    text = TEXT.replace("vbll(batch = 10, steps = 400, ", "laplace(f.layer2.weight, f.layer2.bias,")
    model = gendsl.compile(text.replace("draws =", "points = evidence, starts = 2, draws ="))
    fit = model.infer({"X": X, "y": Y}, seed=2)
    posterior, said = fit["posterior"], fit.attributes
    points = np.asarray(posterior["f.layer1.weight"])[0, 0]
    tau = float(np.asarray(posterior["tau"])[0, 0])
    features = np.column_stack([np.tanh(X @ points), np.ones(len(Y))])
    spread = features @ np.diag([*([tau**2] * 3), 1.0]) @ features.T + 0.09 * np.eye(len(Y))
    marginal = -0.5 * (Y @ np.linalg.solve(spread, Y) + np.linalg.slogdet(2 * np.pi * spread)[1])
    of_points = -0.5 * np.sum(points**2 * 2) + points.size * 0.5 * np.log(2 / (2 * np.pi))
    of_scale = np.log(2.0) - 0.5 * np.log(2 * np.pi) - 0.5 * tau**2 + np.log(tau)
    wanted = marginal + of_points + of_scale
    assert said["evidence_of_points"] == pytest.approx(wanted, abs=1e-6)
    assert not said["problems"] and said["pareto_k"] < 0.1


def test_points_need_names_beside_them() -> None:
    text = TEXT.partition("infer")[0]
    assert _refusal(text + "infer main = laplace(points = evidence)").startswith("G0489")
    found = _sites(text + "infer main = laplace(f, points = evidence)")
    assert found == ["f.layer1.weight", *NAMES]
