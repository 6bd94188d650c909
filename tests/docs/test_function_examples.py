"""The examples of random functions: their data, their programs, and what they find.

The data are those of the packages and the seed is that of the page, so that each outcome is fixed;
what is found is held against what is known of the series from elsewhere, and, of CO2, against the
ten years that were not fitted.
"""

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from pages import REPOSITORY
from running import run_page

import gendsl

FOLDERS = {
    name: REPOSITORY / "examples" / name for name in ("coal", "mauna_loa", "motorcycle", "sunspots")
}


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{name}_data", FOLDERS[name] / "data.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def written(name: str, folder: Path) -> dict[str, pd.DataFrame]:
    """The tables of an example, as files of `folder/data` too."""
    tables = script(name).tables()
    (folder / "data").mkdir()
    for table, frame in tables.items():
        frame.to_csv(folder / "data" / f"{table}.csv", index=False)
    return tables


@pytest.mark.parametrize("name", FOLDERS)
def test_programs_take_the_data_and_compile_for_both_backends(name, tmp_path):
    written(name, tmp_path)
    model = gendsl.compile(FOLDERS[name] / f"{name}.gen")
    bound = model.bind(tmp_path / "data")
    assert not any(np.isnan(np.asarray(a, float)).any() for a in bound.arrays.values())
    for backend in ("numpyro", "pyro"):
        compile(model.source(backend), name, "exec")
    assert len(model.checked.program.functions) >= 1


def test_the_data_are_those_of_the_series():
    coal = script("coal").tables()["years"]
    assert len(coal) == 112 and coal["count"].sum() == 191
    assert coal["covered"].sum() == pytest.approx(111.02, abs=0.01)
    assert not (coal["covered"].iloc[1:-1] - 1).any()
    spots = script("sunspots").tables()["years"]
    assert len(spots) == 309 and spots["spots"].idxmax() == 1957 - 1700
    crash = script("motorcycle").tables()["crash"]
    assert len(crash) == 133 and (crash["accel"].min(), crash["accel"].max()) == (-134.0, 75.0)
    co2 = script("mauna_loa").tables()
    fitted, later = co2["fitted"], co2["later"]
    assert len(fitted) == 22 * 12 and len(later) == 10 * 12
    assert fitted["year"].max() < 1992 < later["year_later"].min()
    assert 323 < fitted["co2"].iloc[0] < 326 and 368 < later["co2_later"].iloc[-1] < 373


@pytest.fixture
def fitted(tmp_path):
    """The fit that the commands of a page make, and their folder."""

    def run(name: str) -> tuple[gendsl.Fit, Path]:
        shutil.copytree(FOLDERS[name], tmp_path / name, ignore=lambda *_: ["data"])
        written(name, tmp_path / name)
        run_page(FOLDERS[name] / "README.md", tmp_path / name)
        return gendsl.load(tmp_path / name / "fit.nc"), tmp_path / name

    return run


def quantiles(fit: gendsl.Fit, name: str, *at: float) -> np.ndarray:
    group = "posterior" if name in fit["posterior"] else "posterior_predictive"
    return np.quantile(np.asarray(fit[group][name]), at, axis=(0, 1))


@pytest.mark.slow
def test_explosions_in_coal_mines_became_rarer_about_1890(fitted):
    """Raftery & Akman (1986): one change, 1887 to 1895, from 3.1 to 0.9 a year."""
    fit, folder = fitted("coal")
    low, high = quantiles(fit, "left_in_1910", 0.05, 0.95)
    assert low < 0.9 / 3.1 < high < 0.6
    rate = np.asarray(fit["posterior_predictive"]["rate"]).reshape(-1, len(at := _grid(fit)))
    assert 2.2 < rate[:, at < 1880].mean() < 4.0
    assert 0.4 < rate[:, (at > 1900) & (at < 1930)].mean() < 1.4
    steepest = at[np.argmin(np.diff(np.log(rate.mean(0))))]
    assert 1885 <= steepest <= 1900
    assert (folder / "coal.png").stat().st_size > 10_000


def _grid(fit: gendsl.Fit) -> np.ndarray:
    return np.asarray(fit["constant_data"]["year_new"])


@pytest.mark.slow
def test_sunspots_come_every_eleven_years(fitted):
    fit, folder = fitted("sunspots")
    low, middle, high = quantiles(fit, "period", 0.05, 0.5, 0.95)
    assert 9.2 < low < 11.0 < high < 12.5 and 10.0 < middle < 11.5
    at, curve = _grid(fit), np.asarray(fit["posterior_predictive"]["cycles"])
    sd = curve.reshape(-1, len(at)).std(0)
    assert sd[at > 2015].mean() > 2 * sd[at < 2000].mean()
    assert (folder / "sunspots.png").stat().st_size > 10_000


@pytest.mark.slow
def test_a_crash_is_quiet_before_the_impact_and_noisy_after(fitted):
    fit, folder = fitted("motorcycle")
    at = np.asarray(fit["constant_data"]["time_new"])
    (noise,) = quantiles(fit, "noise", 0.5)
    (curve,) = quantiles(fit, "curve", 0.5)
    assert noise[at < 10].max() < 5 and 15 < noise[(at > 20) & (at < 45)].mean() < 35
    assert 18 <= at[np.argmin(curve)] <= 24 and -140 < curve.min() < -95
    assert {"crash.png", "noise.png"} <= {path.name for path in folder.iterdir()}


@pytest.mark.slow
def test_co2_of_the_ten_years_after_is_forecast(fitted):
    fit, folder = fitted("mauna_loa")
    missed = quantiles(fit, "missed", 0.05, 0.5, 0.95)
    assert np.sqrt((missed[1] ** 2).mean()) < 3.0
    assert ((missed[0] < 0) & (missed[2] > 0)).mean() > 0.8
    assert (folder / "mauna_loa.png").stat().st_size > 10_000
