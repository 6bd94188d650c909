"""Fits: groups, files, and predictions from them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import xarray

import gendsl
from gendsl.api.failure import UsageError
from gendsl.api.posterior import each_draw
from gendsl.results.attributes import LONGEST, decode, encode


def test_groups_are_labelled_datasets(fit: gendsl.Fit) -> None:
    assert fit.posterior["alpha"].dims == ("chain", "draw", "county")
    assert list(fit.posterior["alpha"].county.values) == ["A", "B", "C"]
    assert fit.log_likelihood["y"].shape == (2, 200, 30)
    assert set(fit.posterior_predictive.data_vars) == {"y", "at_floor"}
    assert list(fit.constant_data["county_of"].values[:3]) == ["A", "B", "C"]
    assert "posterior" in dir(fit) and "2 chains of 200 draws" in repr(fit)
    with pytest.raises(AttributeError, match="no group 'warmup'"):
        _ = fit.warmup
    assert fit.posterior["tau"].dtype == np.float64


@pytest.mark.parametrize(
    ("name", "help"),
    [
        ("at_floor", "posterior_predictive.*gendsl predict FIT"),
        ("floor", "constant_data"),
        ("slpoe", "did you mean `slope`"),
    ],
)
def test_a_summary_says_where_a_quantity_is(fit: gendsl.Fit, name: str, help: str) -> None:
    with pytest.raises(UsageError) as caught:
        fit.summary(name)
    assert re.search(help, caught.value.diagnostics[0].help or "")


def test_the_log_likelihood_is_that_of_the_posterior(fit: gendsl.Fit) -> None:
    draw = fit.posterior.isel(chain=0, draw=0)
    y, floor = fit.observed_data["y"], fit.constant_data["floor"]
    mean = draw["alpha"].sel(county=fit.constant_data["county_of"]) + draw["slope"] * floor
    sigma = float(draw["sigma"])
    wanted = -0.5 * ((y - mean) / sigma) ** 2 - np.log(sigma) - 0.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(fit.log_likelihood["y"][0, 0].values, wanted.values, rtol=1e-9)


@pytest.mark.parametrize("name", ["fit.nc", "fit.zarr"])
def test_what_is_saved_is_what_is_loaded(fit: gendsl.Fit, tmp_path: Path, name: str) -> None:
    for _ in range(2):
        fit.save(tmp_path / name)
    assert [p.name for p in tmp_path.iterdir()] == [name]
    loaded = gendsl.load(tmp_path / name)
    assert loaded.attributes == fit.attributes
    assert set(loaded.groups) == set(fit.groups)
    for group in fit.groups:
        xarray.testing.assert_equal(loaded[group], fit[group])
    assert str(loaded.summary()) == str(fit.summary())
    assert loaded.model.text == fit.model.text


def test_attributes_of_any_length_survive() -> None:
    attributes = {
        "model_text": "é" * (3 * LONGEST + 1), "seed": 3, "time": 0.5, "flag": True,
        "nested": {"a": [1, None]}, "version.1": "x",
    }  # fmt: skip
    encoded = encode(attributes)
    assert all(isinstance(v, str | int | float) for v in encoded.values())
    assert all(len(v) <= LONGEST for v in encoded.values() if isinstance(v, str))
    assert decode(encoded) == attributes


def test_known_and_new_members(fit: gendsl.Fit) -> None:
    new = {"county_of": ["C", "A", "D"], "floor": [0.0, 0.0, 0.0], "u": [-1.0, 0.0, 1.0, 3.0]}
    prediction = fit.predict({**new, "county": ["A", "B", "C", "D"]}, seed=2)
    alpha = prediction.posterior["alpha"]
    known = fit.posterior["alpha"]
    np.testing.assert_allclose(alpha.sel(county=["A", "B", "C"]), known)
    unseen = alpha.sel(county="D")
    centre = fit.posterior["mu"] + 0.5 * 3.0
    assert abs(float((unseen - centre).mean())) < 5 * float((unseen - centre).std()) / 20**0.5
    assert float(unseen.std()) > 2 * float(alpha.sel(county="A").std())
    y = prediction.predictions["y"].mean(("chain", "draw"))
    assert y[0] > y[1]


def test_what_is_not_given_is_as_in_the_fit(fit: gendsl.Fit) -> None:
    prediction = fit.predict({"county_of": ["B"], "floor": [1.0]})
    np.testing.assert_allclose(prediction.posterior["alpha"], fit.posterior["alpha"])
    assert prediction.predictions["y"].shape == (2, 200, 1)
    assert prediction.notes == ()
    assert "y[house=0]" in str(prediction.summary())


def test_a_new_member_needs_its_own_data(fit: gendsl.Fit) -> None:
    with pytest.raises(gendsl.DiagnosticError):
        fit.predict({"county_of": ["D"], "floor": [1.0]})


def test_predictions_depend_on_the_seed_alone(fit: gendsl.Fit) -> None:
    first, again, other = (fit.predict(seed=s, draws=20).predictions["y"] for s in (1, 1, 2))
    assert first.shape == (1, 20, 30)
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_another_prediction_compiles_nothing(fit: gendsl.Fit) -> None:
    """Of other new data of the same shapes; what is known of their members is the same."""
    import jax

    def listen(event: str, duration: float, **_: object) -> None:
        compiled.append(event.endswith("backend_compile_duration"))

    compiled: list[bool] = []
    fit.predict({"county_of": ["B"], "floor": [0.0]}, seed=1, draws=20)
    jax.monitoring.register_event_duration_secs_listener(listen)
    found = fit.predict({"county_of": ["B"], "floor": [1.0]}, seed=2, draws=20)
    assert found.predictions["y"].shape == (1, 20, 1) and sum(compiled) == 0
    fit.predict({"county_of": ["B", "B"], "floor": [1.0, 2.0]}, seed=2, draws=20)
    assert sum(compiled) > 0


def test_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    import jax

    def draw(key, x, data):
        return {"group": {"a": x + jax.random.normal(key, (3,))}}

    rows = np.arange(10.0)
    whole = each_draw(draw, rows, 0)["group"]["a"]
    monkeypatch.setattr("gendsl.api.posterior._BATCH_ELEMENTS", 9)
    np.testing.assert_array_equal(each_draw(draw, rows, 0)["group"]["a"], whole)
    assert whole.shape == (10, 3)


def test_a_new_seed_and_new_data_compile_nothing() -> None:
    import jax

    traced = []

    def draw(key, x, data):
        traced.append(1)
        return {"group": {"a": x + data["shift"] * jax.random.normal(key)}}

    def shift(seed: int, by: float) -> np.ndarray:
        made = each_draw(draw, rows, seed, data={"shift": np.array(by)}, same="shift")
        return made["group"]["a"]

    rows = np.arange(10.0)
    noise = shift(0, 1.0) - rows
    np.testing.assert_allclose(shift(0, 3.0) - rows, 3.0 * noise, rtol=1e-5)
    assert not np.allclose(shift(1, 1.0) - rows, noise)
    assert len(traced) == 1
