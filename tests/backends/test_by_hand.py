"""Log densities against SciPy, computed one entry after the other."""

import importlib.util
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from backend_cases.compiled import bound, compiled, log_density, position_of
from backend_cases.texts import BY_NAME
from scipy import stats

from gendsl.backends.numpyro.density import Density


def checked(name: str) -> tuple[Density, jax.Array, dict[str, np.ndarray], float]:
    """A case's density and position, its values, and the log density less the Jacobian."""
    case = BY_NAME[name]
    density = compiled(case.text, f"{name}.gen", case.is_non_centred).bind(case.bound)
    position = position_of(density, 4)
    run = density.structure.evaluate(density.data, position)
    jacobian = sum(float(np.sum(term)) for term in run.jacobians.values())
    values = density.constrain(density.data, position)
    value = float(log_density(density, position)) - jacobian
    return density, position, {k: np.asarray(v) for k, v in values.items()}, value


def normal(x: np.ndarray, loc: object = 0.0, scale: object = 1.0) -> float:
    return float(np.sum(stats.norm.logpdf(x, loc, scale)))


def test_eight_schools() -> None:
    _, _, v, value = checked("eight_schools")
    data = BY_NAME["eight_schools"].data
    expected = normal(v["mu"], 0, 5) + float(stats.halfcauchy.logpdf(v["tau"], 0, 5))
    expected += normal(v["theta"], v["mu"], v["tau"]) + normal(data["y"], v["theta"], data["sigma"])
    assert value == pytest.approx(expected, rel=1e-10)


def test_radon() -> None:
    _, _, v, value = checked("radon")
    data = BY_NAME["radon"].data
    raw = (v["alpha"] - v["mu"] - v["slope"] * data["uranium"]) / v["tau"]
    expected = normal(v["mu"], 0, 10) + normal(v["slope"], 0, 5) + normal(v["beta"], 0, 5)
    expected += float(stats.halfnorm.logpdf(v["tau"]))
    expected += float(stats.t.logpdf(v["sigma"], 3)) + np.log(2) + normal(raw)
    mean = v["alpha"][data["county_of"]] + v["beta"] * data["floor"]
    expected += normal(data["y"], mean, v["sigma"])
    assert value == pytest.approx(expected, rel=1e-10)


def test_missing_entries_are_left_out_or_inferred() -> None:
    density, position, v, value = checked("missing")
    case = BY_NAME["missing"]
    x = case.data["x"].copy()
    x[case.missing["x"]] = density.latent_values(density.data, position)["x.missing"]
    seen = ~case.missing["v"]
    expected = (
        normal(v["m"]) + normal(v["b"]) + normal(x, v["m"]) + normal(case.data["y"], v["b"] * x)
    )
    expected += normal(case.data["v"][seen], v["m"], 2)
    assert value == pytest.approx(expected, rel=1e-10)


def test_missing_entries_are_no_observations() -> None:
    density, position, v, _ = checked("missing")
    case = BY_NAME["missing"]
    pointwise = density.pointwise_log_likelihood(density.data, position)
    for name, loc, scale in (("x", v["m"], 1), ("v", v["m"], 2)):
        expected = stats.norm.logpdf(case.data[name], loc, scale)
        expected[case.missing[name]] = np.nan
        np.testing.assert_allclose(pointwise[name], expected, rtol=1e-9)
    assert np.isfinite(pointwise["y"]).all()
    assert v["x.missing"].shape == (case.missing["x"].sum(),)


def test_random_walk() -> None:
    _, _, v, value = checked("random_walk")
    x = v["x"]
    expected = -np.log(2) + float(stats.halfnorm.logpdf(v["q"])) + normal(x[0], 0, 10)
    expected += sum(normal(x[t], v["phi"] * x[t - 1], v["q"]) for t in range(1, len(x)))
    expected += normal(BY_NAME["random_walk"].data["y"], x)
    assert value == pytest.approx(expected, rel=1e-10)


def test_walks_from_a_fixed_start() -> None:
    _, _, v, value = checked("walks")
    data, x = BY_NAME["walks"].data, v["x"]
    assert (x[:, 0] == 0).all()
    expected = float(np.sum(stats.halfnorm.logpdf(v["q"]))) + normal(data["y"], x)
    for t in range(1, x.shape[1]):
        mean = x[:, t - 1] + data["u"][t - 1] * data["w"][:, t]
        expected += normal(x[:, t], mean, v["q"])
    assert value == pytest.approx(expected, rel=1e-10)


def test_epidemic() -> None:
    _, _, v, value = checked("epidemic")
    susceptible, infected = [990.0], [10.0]
    for _ in range(6):
        new = v["beta"] * susceptible[-1] * infected[-1] / 1000
        susceptible.append(susceptible[-1] - new)
        infected.append(infected[-1] + new - 0.1 * infected[-1])
    np.testing.assert_allclose(v["I"], infected, rtol=1e-12)
    expected = float(stats.halfnorm.logpdf(v["beta"]))
    expected += float(np.sum(stats.poisson.logpmf(BY_NAME["epidemic"].data["cases"], infected)))
    assert value == pytest.approx(expected, rel=1e-10)


def test_autoregression() -> None:
    _, _, v, value = checked("autoregression")
    y = BY_NAME["autoregression"].data["y"]
    expected = normal(v["a"]) + normal(v["b"]) + float(stats.halfnorm.logpdf(v["s"]))
    for t in range(2, len(y)):
        expected += normal(y[t], v["a"] * y[t - 1] + v["b"] * y[t - 2], v["s"])
    assert value == pytest.approx(expected, rel=1e-10)


def test_coupled_series() -> None:
    _, _, v, value = checked("coupled")
    u, w = v["u"], v["v"]
    expected = normal(v["a"]) + float(stats.halfnorm.logpdf(v["s"])) + normal(u[0]) + normal(w[0])
    for t in range(1, len(u)):
        expected += normal(u[t], v["a"] * w[t - 1], v["s"]) + normal(
            w[t], u[t - 1] + w[t - 1], v["s"]
        )
    expected += normal(BY_NAME["coupled"].data["y"], u + w, v["s"])
    assert value == pytest.approx(expected, rel=1e-10)


def test_masked_rows_do_not_count() -> None:
    _, _, v, value = checked("slopes")
    data = BY_NAME["slopes"].data
    xi = v["scale"] * (v["z"] @ v["L"].T)
    np.testing.assert_allclose(v["xi"], xi, rtol=1e-12)
    mean = xi[data["item_of"], 1] + xi[data["item_of"], 0] * data["x"]
    asked = data["asked"]
    rho = v["L"][1, 0]
    # LKJ(2) on 2 x 2: density (1 - rho^2) * 3 / 4 of rho, and d rho / d L is 1
    expected = float(np.log(0.75 * (1 - rho**2))) + float(np.sum(stats.halfnorm.logpdf(v["scale"])))
    expected += normal(v["z"]) + normal(data["y"][asked], mean[asked])
    assert value == pytest.approx(expected, rel=1e-10)


def test_masked_rows_are_no_observations() -> None:
    density, position, _, _ = checked("slopes")
    asked = BY_NAME["slopes"].data["asked"]
    (pointwise,) = density.pointwise_log_likelihood(density.data, position).values()
    np.testing.assert_array_equal(np.isnan(pointwise), ~asked)


CONDITION = """\
model condition {
  dim row, col
  data k[col] : bool
  data y[row, col] : real?
  b ~ Normal(0, 1)
  y[row, col] ~ Normal(b, 1) where k
}
"""


def test_what_no_statement_scores_keeps_what_is_known() -> None:
    y = np.array([[1.0, 2.0, np.nan], [np.nan, np.nan, 4.0]])
    is_missing, scored = np.isnan(y), np.array([True, False, True])
    filled = np.where(is_missing, 0.0, y)
    given = bound({"k": scored, "y": filled}, {"row": 2, "col": 3}, missing={"y": is_missing})
    density = compiled(CONDITION).bind(given)
    position = position_of(density)
    replicate = density.generate(jax.random.key(0), density.data, position)["y"]
    np.testing.assert_array_equal(replicate[:, 1], [2.0, np.nan])
    drawn = np.asarray(replicate)[:, scored]
    assert np.isfinite(drawn).all() and not np.isin(drawn, filled).any()
    pointwise = density.pointwise_log_likelihood(density.data, position)["y"]
    np.testing.assert_array_equal(np.isnan(pointwise), is_missing | ~scored)


@pytest.mark.slow
def test_the_benchmark_compares_equal_gradients() -> None:
    path = Path(__file__).parents[2] / "benchmarks" / "gradient.py"
    spec = importlib.util.spec_from_file_location("gradient_benchmark", path)
    assert spec is not None and spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = benchmark  # its dataclasses look themselves up
    spec.loader.exec_module(benchmark)
    for case in benchmark.comparisons():
        ours, size = benchmark.generated_gradient(case)
        theirs = benchmark.gradient_by_hand(case)
        # flattening sorts sites by name, so the two agree up to the order of coordinates
        position = np.full(size, 0.3)
        np.testing.assert_allclose(np.sort(ours(position)), np.sort(theirs(position)), rtol=1e-9)
