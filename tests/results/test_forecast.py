"""New positions of an ordered dimension go on from the fit's last one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import norm

import gendsl
from gendsl.api.jumps import jump_among
from gendsl.api.scored_again import fitted_again

WALK = """\
model walk {
  dim day : ordered
  data y[day] : real
  slope ~ Normal(0, 1)
  x[day = first] ~ Normal(0, 10)
  x[day] ~ Normal(x[day - 1], 0.01)
  y[day] ~ Normal(x, 0.5)
  predict trend[day] = pos(day) + 0 * slope
}
"""
DAYS = list(range(1, 9))


@pytest.fixture(scope="module")
def fit() -> gendsl.Fit:
    data = {"day": DAYS, "y": [98.0] * len(DAYS)}
    return gendsl.compile(WALK).infer(data, chains=1, warmup=100, draws=50)


def test_a_walk_goes_on_from_its_last_value(fit: gendsl.Fit) -> None:
    ahead = fit.predict({"day": [9, 10]})
    assert ahead.predictions["y"].day.values.tolist() == [9, 10]
    assert ahead.predictions["trend"].values[0, 0].tolist() == [8, 9]
    last = fit.posterior["x"].sel(day=8).values
    # a step has sd 0.01: ten of them are never left; from the prior they are off by about 10
    assert np.abs(ahead.posterior["x"].sel(day=9).values - last).max() < 0.1
    assert ahead.notes == ()


def test_the_fits_positions_may_be_given_too(fit: gendsl.Fit) -> None:
    alone = fit.predict({"day": [9, 10]}, seed=3).posterior["x"]
    beside = fit.predict({"day": [*DAYS, 9, 10]}, seed=3).posterior["x"]
    np.testing.assert_array_equal(alone.values, beside.sel(day=[9, 10]).values)


def test_a_table_of_labels_alone_lists_the_members(fit: gendsl.Fit, tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_text("day\n9\n10\n")
    ahead = fit.predict(path).predictions["y"]
    np.testing.assert_array_equal(ahead.values, fit.predict({"day": [9, 10]}).predictions["y"])


def test_positions_before_the_fits_are_refused(fit: gendsl.Fit) -> None:
    with pytest.raises(gendsl.DiagnosticError, match=r"G0707.*does not come after `8`"):
        fit.predict({"day": [0, 9]})


def test_members_that_nothing_runs_along_need_no_order() -> None:
    model = gendsl.compile(
        "model m {\n  dim dose : ordered\n  data y[dose] : real\n  mu ~ Normal(0, 1)\n"
        "  y[dose] ~ Normal(mu, 1)\n}"
    )
    fit = model.infer({"dose": [1, 2], "y": [0.0, 1.0]}, chains=1, warmup=50, draws=10)
    assert fit.predict({"dose": [0, 1]}).predictions["y"].shape == (1, 10, 2)


SERIES = """\
model series {
  dim day : ordered
  data y[day] : real?
  m ~ Normal(0, 1)
  y[day = first] ~ Normal(0, 100)
  y[day] ~ Normal(y[day - 1] + 0.001 * m, 0.01)
  let last[day] = if(pos(day) > 0, y[day = max(pos(day) - 1, 0)], 0)
  predict before[day] = last
  predict y_next[day] ~ Normal(last, 1 + 0 * m)
}
infer main = laplace(draws = 40)
"""


@pytest.fixture(scope="module")
def series() -> gendsl.Fit:
    y = np.full(12, 98.0)
    y[[5, 6, 11]] = np.nan
    return gendsl.compile(SERIES).infer({"day": list(range(12)), "y": y}, seed=1)


def test_an_observed_series_goes_on_from_its_last_value(series: gendsl.Fit) -> None:
    """Steps have an sd of 0.01, and the last value is inferred; a series of its own is off by 100.

    Of 80 normal numbers none is beyond 6 standard deviations but with probability 2e-7.
    """
    ahead = series.predict({"day": [12, 13]})
    y, before = (ahead.predictions[name].values[0] for name in ("y", "before"))
    last = series.posterior["y.missing"].values[0, :, -1]
    drift = 0.001 * series.posterior["m"].values[0]
    past = np.stack([last, y[:, 0]], axis=1)
    np.testing.assert_allclose(before, past, rtol=1e-12)
    steps = (y - past - drift[:, None]) / 0.01
    assert np.abs(steps).max() < 6 and steps.std() > 0.5


@pytest.mark.slow
def test_what_new_data_say_of_a_series_does_not_enter_its_forecast(series: gendsl.Fit) -> None:
    alone = series.predict({"day": [12, 13]}, seed=2).predictions
    told = series.predict({"day": [12, 13], "y": [0.0, 500.0]}, seed=2).predictions
    beside = series.predict({"day": list(range(14))}, seed=2).predictions.sel(day=[12, 13])
    whole = {"day": list(range(14)), "y": [*[5.0] * 12, 0.0, 500.0]}
    again = series.predict(whole, seed=2).predictions.sel(day=[12, 13])
    for name in ("y", "before"):
        for found in (told, beside, again):
            np.testing.assert_array_equal(alone[name].values, found[name].values)


GROUPS = """
model walks {
  dim person
  dim day : ordered
  data y[person, day] : real
  s ~ HalfNormal(0.01)
  y[person, day = first] ~ Normal(0, 100)
  y[person, day] ~ Normal(y[person, day - 1], s)
}
infer main = nuts(chains = 1, warmup = 20, draws = 20)
"""


def test_each_of_several_series_goes_on_from_its_own_last_value() -> None:
    """Whichever of them are asked for; one that is new begins anew.

    Steps have an sd of at most 0.05, and none is beyond a hundred of them.
    """
    days, levels = list(range(6)), {"a": 98.0, "b": 20.0}
    y = np.repeat([[98.0], [20.0]], 6, axis=1) + 0.001 * np.arange(6)
    fit = gendsl.compile(GROUPS).infer({"person": list(levels), "day": days, "y": y}, seed=1)
    for people in (["a", "b"], ["b", "a"], ["b"]):
        ahead = fit.predict({"person": people, "day": [6, 7]}).predictions["y"]
        wanted = np.array([levels[name] for name in people])
        assert np.abs(ahead.sel(person=people).values - wanted[:, None]).max() < 5
    ahead = fit.predict({"person": ["b", "c"], "day": [6, 7]}).predictions["y"]
    assert np.abs(ahead.sel(person="b").values - 20.0).max() < 5
    assert ahead.sel(person="c").values[..., 0].std() > 20


def test_a_series_with_a_gap_is_scored_ahead(series: gendsl.Fit) -> None:
    found = series.score({"day": [12, 13], "y": [98.0, 98.01]})
    last = series.posterior["y.missing"].values[0, :, -1]
    drift = 0.001 * series.posterior["m"].values[0]
    loc = np.stack([last, np.full(40, 98.0)], axis=1) + drift[:, None]
    log = norm.logpdf([98.0, 98.01], loc, 0.01)
    np.testing.assert_allclose(found.elpd_i, logsumexp(log, axis=0) - np.log(40), rtol=1e-8)
    with pytest.raises(gendsl.DiagnosticError) as caught:
        series.score({"day": [12, 13], "y": [98.0, np.nan]})
    (error,) = caught.value.diagnostics
    assert (error.code, error.label) == ("G0707", "missing at day=13")


def test_a_jump_over_positions_is_told(series: gendsl.Fit) -> None:
    with pytest.warns(UserWarning, match=r"G0851.*`day` goes from 11 to 15 in one step"):
        ahead = series.predict({"day": [15, 16]}, draws=2)
    assert [note.code for note in ahead.notes] == ["G0851"]
    with pytest.warns(UserWarning, match=r"G0851.*`day` goes from 12 to 14 in one step"):
        series.predict({"day": [*range(13), 14]}, draws=2)


@pytest.mark.parametrize(
    ("known", "new", "is_jump"),
    [
        ([1, 2, 3], [4, 5], False),
        ([1, 2, 3], [4, 6], True),
        ([0.0, 0.1, 0.2], [0.25], True),
        ([1, 4, 9], [19], True),
        ([1, 4, 9], [16], False),
        (["2024-01", "2024-02", "2024-03"], ["2024-04", "2024-05"], False),
        (["2024-01", "2024-02", "2024-03"], ["2024-05"], True),
        (["2024-03-07", "2024-03-08", "2024-03-11"], ["2024-03-12", "2024-03-15"], False),
        (["2024-03-08", "2024-03-11"], ["2024-03-20 00:00"], True),
        ([1, "2024-03-08"], [9], False),
        (["mon", "tue"], ["fri"], False),
        ([3], [9], False),
    ],
)
def test_steps_are_held_against_those_of_the_fit(
    known: list[object], new: list[object], is_jump: bool
) -> None:
    day = gendsl.compile(WALK).program.dimension("day")
    assert bool(jump_among(day, known, new)) == is_jump


def test_gaps_among_new_entries_are_drawn(series: gendsl.Fit) -> None:
    days, y = list(range(14)), np.full(12, 98.0)
    y[[5, 6, 11]] = np.nan
    alone = series.predict({"day": [12, 13]}, seed=2).predictions["y"].values
    told = series.predict({"day": [12, 13], "y": [np.nan, 5.0]}, seed=2).predictions["y"]
    np.testing.assert_array_equal(told.values, alone)
    beside = series.predict({"day": days, "y": [*y, np.nan, np.nan]}, seed=2).predictions["y"]
    np.testing.assert_array_equal(beside.sel(day=[12, 13]).values, alone)


def test_a_score_of_old_entries_beside_new_ones_says_so(series: gendsl.Fit) -> None:
    y = np.full(14, 98.0)
    y[[5, 6, 11]] = np.nan
    with pytest.warns(UserWarning, match=r"G0852.*9 of 11 observations of `y` were fitted"):
        found = series.score({"day": list(range(14)), "y": y})
    assert not found.is_in_sample and len(found.labels) == 11


def test_observations_that_were_fitted_are_known_by_label_and_value(fit: gendsl.Fit) -> None:
    def counted(days: list[int], y: list[float]) -> list[str]:
        told = fit.model.bind({"day": days, "y": y})
        return [d.message[:6] for d in fitted_again(fit, fit.model.program, told, "y")]

    assert counted([7, 8, 9], [98.0, 98.0, 1.0]) == ["2 of 3"]
    assert counted([7, 8], [98.0, 98.0]) == ["all 2 "]
    assert counted([7, 8, 9], [97.0, 98.0, 1.0]) == []  # other observations of the same days
    assert counted([9, 10], [98.0, 98.0]) == []


def test_what_is_scored_ahead_reads_the_new_entries(series: gendsl.Fit) -> None:
    days, y, nexts = [12, 13], np.array([97.0, 99.0]), np.array([98.5, 96.0])
    found = series.score({"day": days, "y": y}, "y_next", nexts)
    last = series.posterior["y.missing"].values[0, :, -1]
    log = norm.logpdf(nexts, np.stack([last, np.full(len(last), y[0])], axis=1), 1.0)
    np.testing.assert_allclose(found.elpd_i, logsumexp(log, axis=0) - np.log(len(log)), rtol=1e-9)
    with pytest.raises(gendsl.DiagnosticError, match=r"G0853.*`y_next` is given `y`"):
        series.score({"day": days}, "y_next", nexts)


def test_a_misspelt_dimension_is_named(series: gendsl.Fit) -> None:
    with pytest.warns(UserWarning, match=r"G0849.*`dya` is not used(.|\n)*dimension `day`"):
        series.predict({"dya": [12, 13], "y": [98.0, 98.0]}, draws=2)
    with pytest.raises(gendsl.DiagnosticError, match=r"G0854(.|\n)*mean `day`"):
        series.predict({"dya": [12, 13]})


OWN_PAST = """\
model own_past {
  dim day : ordered
  data y[day] : real
  m ~ Normal(0, 1)
  y[day] ~ Normal(m, 1)
  predict z[day = first] ~ Normal(0, 1)
  predict z[day] ~ Normal(0.9 * z[day - 1] + m, 0.1)
}
infer main = laplace(draws = 10)
"""


@pytest.mark.slow
def test_what_goes_on_from_its_own_draws_is_not_scored_ahead() -> None:
    fit = gendsl.compile(OWN_PAST).infer({"day": [0, 1], "y": [0.1, 0.2]}, seed=1)
    with pytest.raises(gendsl.DiagnosticError, match=r"G0853.*`z` goes on from its own past"):
        fit.score({"day": [2, 3]}, "z", np.array([5.0, 5.5]))
    assert np.isfinite(fit.score({"day": [0, 1]}, "z", np.array([0.1, 0.2])).elpd_i).all()
