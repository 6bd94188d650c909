"""The Python interface of a model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import gendsl

NORMAL = """\
model normal {
  dim row
  data y[row] : real
  data s : real > 0
  mu ~ Normal(0, 2)
  tau : real > 0 ~ Exponential(1)
  z[row] ~ Normal(mu, tau)
  y[row] ~ Normal(z, s)
}
infer main = nuts(chains = 2, warmup = 50, draws = 40)
infer other = nuts(chains = 1, warmup = 30, draws = 20)
"""
DATA = {"y": [0.5, -1.0], "s": 0.7}
VALUES = {"mu": 0.3, "tau": 1.5, "z": np.array([0.1, -0.4])}


@pytest.fixture(scope="module")
def model() -> gendsl.Model:
    return gendsl.compile(NORMAL)


def test_text_and_path_compile_to_the_same(model: gendsl.Model, tmp_path: Path) -> None:
    path = tmp_path / "normal.gen"
    path.write_text(NORMAL)
    assert gendsl.compile(path).program == gendsl.compile(str(path)).program == model.program
    assert gendsl.compile(path).text == NORMAL and model.name == "normal"
    with pytest.raises(gendsl.DiagnosticError, match="G0801"):
        gendsl.compile(tmp_path / "missing.gen")


def test_the_log_density_is_over_the_quantities_as_named(model: gendsl.Model) -> None:
    z, y = VALUES["z"], np.array(DATA["y"])
    wanted = (
        stats.norm.logpdf(0.3, 0, 2)
        + stats.expon.logpdf(1.5)
        + stats.norm.logpdf(z, 0.3, 1.5).sum()
        + stats.norm.logpdf(y, z, 0.7).sum()
    )
    assert model.log_density(VALUES, DATA) == pytest.approx(wanted, rel=1e-12)
    # `z` is sampled as `mu + tau * raw` and `tau` as its logarithm: tau^2 and tau.
    jacobian = 3 * np.log(1.5)
    unconstrained = model.log_density(VALUES, DATA, unconstrained=True)
    assert unconstrained == pytest.approx(wanted + jacobian, rel=1e-12)
    with pytest.raises(ValueError, match="no value for tau, z"):
        model.log_density({"mu": 0.3}, DATA)


def test_settings_come_from_the_program_then_the_caller(model: gendsl.Model) -> None:
    fit = model.infer(DATA, name="other", draws=10)
    assert fit.posterior["mu"].shape == (1, 10)
    assert fit.attributes["inference_program"].startswith("other = nuts(chains = 1, warmup = 30")
    with pytest.raises(ValueError, match="draws"):
        model.infer(DATA, draws=0)
    with pytest.raises(ValueError, match="precision"):
        model.infer(DATA, precision="half")
    with pytest.raises(gendsl.DiagnosticError, match="no inference program `mian`"):
        model.infer(DATA, name="mian")


def test_data_may_be_a_frame_or_a_dataset(model: gendsl.Model) -> None:
    import pandas
    import xarray

    frame = pandas.DataFrame({"y": DATA["y"]}, index=pandas.Index(["a", "b"], name="row"))
    dataset = xarray.Dataset({"y": ("row", DATA["y"]), "s": 0.7}, {"row": ["a", "b"]})
    settings = {"chains": 1, "warmup": 20, "draws": 10}
    first = model.infer([frame, {"s": 0.7}], **settings)
    second = model.infer(dataset, **settings)
    plain = model.infer(DATA, **settings)
    assert list(first.posterior["z"].row.values) == ["a", "b"]
    assert np.array_equal(first.posterior["z"], second.posterior["z"])
    assert np.array_equal(first.posterior["z"], plain.posterior["z"])


def test_single_precision_is_recorded_and_leaves_jax_as_it_was(model: gendsl.Model) -> None:
    import jax

    before = jax.config.jax_enable_x64
    fit = model.infer(DATA, precision="single", chains=1, warmup=20, draws=10)
    assert fit.posterior["mu"].dtype == np.float32
    assert fit.attributes["precision"] == "single"
    assert jax.config.jax_enable_x64 == before


def test_simulation_makes_up_what_nothing_draws(model: gendsl.Model) -> None:
    simulation = model.simulate(sizes={"row": 4}, draws=500, seed=3)
    assert simulation.prior_predictive["y"].shape == (1, 500, 4)
    assert float(simulation.constant_data["s"]) > 0
    assert [note.code for note in simulation.notes] == ["G0809"]
    mu = simulation.prior["mu"].values
    assert stats.kstest(mu.ravel() / 2, "norm").pvalue > 1e-4
    given = model.simulate(DATA, draws=10)
    assert given.notes == () and float(given.constant_data["s"]) == 0.7


def test_made_up_data_fit_their_declarations() -> None:
    model = gendsl.compile("""\
model wide {
  dim row, group
  dim pair = {a, b}
  data n[row] : int >= 1
  data k[row] : int
  data lo[row] : real
  data x[row] : lo < real < lo + 1
  data down : real < 0
  data of[row] : group
  data on[row] : bool
  data w[row, pair] : simplex
  data count[row] : 0 <= int <= n
  p ~ Beta(1, 1)
  e[group] ~ Normal(0, 1)
  count[row] ~ Binomial(n, p)
  use = sum[row](x + k + e[of] + on) + down + sum[row, pair](w)
}
""")
    simulation = model.simulate(sizes={"row": 50, "group": 3}, draws=5)
    data = simulation.constant_data
    assert (data["n"] >= 1).all() and (data["down"] < 0).all()
    assert ((data["x"] > data["lo"]) & (data["x"] < data["lo"] + 1)).all()
    np.testing.assert_allclose(data["w"].sum("pair"), 1)
    assert (simulation.prior_predictive["count"] <= data["n"]).all()


def test_source_and_info(model: gendsl.Model) -> None:
    assert "numpyro.sample" in model.source("numpyro")
    with pytest.raises(ValueError, match="backend"):
        model.source("stan")
    assert model.info().to_dict()["dimensions"][0]["name"] == "row"
    assert "non-centred" in str(model.info())


def test_imports_travel_with_the_fit(tmp_path: Path) -> None:
    library = tmp_path / "library.gen"
    library.write_text("def twice(x) = 2 * x\n")
    main = tmp_path / "main.gen"
    main.write_text(
        'import "library.gen"\nmodel m {\n  data y : real\n  a ~ Normal(0, 1)\n'
        "  b = twice(a)\n  y ~ Normal(b, 1)\n}\n"
    )
    fit = gendsl.compile(main).infer({"y": 1.0}, chains=1, warmup=20, draws=10)
    fit.save(tmp_path / "fit.nc")
    library.unlink()
    main.unlink()
    assert gendsl.load(tmp_path / "fit.nc").predict().predictions["y"].shape == (1, 10)


def test_progress_is_reported(model: gendsl.Model) -> None:
    seen = []
    model.infer(DATA, progress=seen.append)
    assert {step.phase for step in seen} == {"warmup", "sampling"}
    assert seen[-1].done == seen[-1].total == 40
