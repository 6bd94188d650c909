"""Recurrences: starts, steps, and what may not be."""

import pytest

from gendsl.ir.program import Recurrence


def recurrence(program):
    return next(n for n in program.nodes if isinstance(n, Recurrence))


def test_one_series(program):
    found = recurrence(
        program("s[time = first] ~ Normal(0, 1)\ns[time] ~ Normal(mu * s[time - 1], sigma)")
    )
    (series,) = found.series
    assert (found.dim, series.name, series.dims) == ("time", "s", ("time",))
    assert [p.slice.stop.value for p in series.starts] == [1]


def test_statements_stand_in_any_order(program):
    forwards = program("s[time = first] = 0\ns[time] = s[time - 1] + q\nq = mu * 2")
    backwards = program("q = mu * 2\ns[time] = s[time - 1] + q\ns[time = first] = 0")
    assert set(forwards.nodes) == set(backwards.nodes)


def test_several_lags_and_a_start_that_is_a_range(program):
    text = "s[time < 3] ~ Normal(0, 1)\ns[time] ~ Normal(sum[j = 1..3](s[time - j]) / 3, 1)"
    (series,) = recurrence(program(text)).series
    assert [p.slice.stop.value for p in series.starts] == [3]


def test_starts_piece_by_piece(program):
    text = (
        "s[time = first] = 0\ns[time = first + 1] = 1\ns[time <= 3] = 2\n"
        "s[time] = s[time - 1] + s[time - 4]"
    )
    with pytest.raises(Exception, match="two starts"):
        program(text)
    text = text.replace("s[time <= 3]", "s[time = 2]").replace("time - 4", "time - 3")
    (series,) = recurrence(program(text)).series
    assert [p.slice.stop.value for p in series.starts] == [1, 2, 3]


def test_coupled_series_stand_in_the_order_of_one_step(program):
    text = (
        "s[time = first] = 1\nt[time = first] = 0\n"
        "s[time] = t + 1\nt[time] = s[time - 1] * 2\nz[time] ~ Normal(s + t, 1)"
    )
    found = recurrence(program(text))
    assert [s.name for s in found.series] == ["t", "s"]


def test_a_start_from_data(program):
    text = "s[time < size_int] = 0\ns[time] = s[time - 1] + 1"
    (series,) = recurrence(program(text)).series
    assert series.starts[0].slice.stop.name == "size_int"


def test_a_series_over_more_dimensions(program):
    text = "s[county, time = first] ~ Normal(alpha, 1)\ns[county, time] ~ Normal(s[time - 1], 1)"
    assert recurrence(program(text)).series[0].dims == ("county", "time")


def test_pieces_without_a_past(line):
    found = line("s[time < 3] = 0\ns[time] = 1", "s")
    assert len(found.splitlines()) == 2


def test_data_may_drive_a_recurrence(program):
    text = "s[time = first] = 1\ns[time] = 0.5 * s[time - 1] + z[time - 1]^2"
    assert recurrence(program(text)).series[0].name == "s"


def test_an_int_start_does_not_make_the_series_int(line):
    text = "s[time] = s[time - 1] * 0.5 + 1\ns[time = first] = 1\nr[time] = s"
    assert line(text) == "saved r[time] : real = s"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("s[time] = s[time - 1]", "G0404"),
        ("s[time] ~ Normal(z[time - 1], 1)", "G0404"),
        ("s[time] = z[time + 1]", "G0404"),
        ("s[time = first] = 0\ns[time] = s[time + 1]", "G0404"),
        ("s[time = first] = 0\ns[time] = s[time - 1] + z[time + 1]", "G0404"),
        ("s[row = first] = 0\ns[row] = s[row - 1]", "G0405 G0405"),
        ("s[time = first] = 0", "G0412"),
        ("s[time = first] = 0\ns[time] = s[time - 2]", "G0412"),
        ("s[time = first] = 0\ns[time = 2] = 0\ns[time] = s[time - 1]", "G0412"),
        ("s[time >= 1] = s[time - 1]", "G0404"),
        ("s[time >= 1] = 3", "G0412"),
        ("s[time = first] = 0\ns[time >= 2] = s[time - 1]", "G0412"),
        ("s[time < 2] = 0\ns[time >= 1] = s[time - 1]", "G0412"),
        ("s[time = first] = 0\ns[time >= 1] = 1\ns[time] = 2", "G0412"),
        ("s[time < 2] = s[time - 1]\ns[time] = s[time - 1]", "G0404"),
        ("s[time = 0.5] = 0\ns[time] = s[time - 1]", "G0404"),
        ("q = 2\ns[time < q] = 0\ns[time] = s[time - 1]", "G0222"),
        ("s[time = first] = 0\ns[time] = s[time - size_int]", "G0404"),
        ("s[time = first] = 0\ns[time] = s", "G0403"),
        ("s = s + 1", "G0403"),
        ("s = t\nt = s", "G0403"),
        ("t = sum[time](s)\ns[time = first] = 0\ns[time] = s[time - 1] + t", "G0403"),
        (
            "t[time = 0] = 0\nt[time] = s[time - 1]\ns[time = 0] = 1\ns[time] = sum[time](t)",
            "G0403",
        ),
        ("t[time = 0] = 0\nt[time] = s[time - 1]\ns[time = 0] = 1\ns[time] = t[last]", "G0403"),
        ("t[time = 0] = 0\nt[time] = s[time - 1]\ns[time = 0] = t[last]\ns[time] = t", "G0403"),
        ("s = sum[time](z[time - 1])", "G0404"),
        ("s = z[time - 1][time = 0]", "G0404"),
        ("factor z[time - 1]", "G0404"),
        ("z[time >= 1] ~ Normal(z[time - 2], 1)", "G0404"),
        ("z[time < 4] ~ Normal(z[time - 1], 1)", "G0404"),
        ("z[time = first] ~ Normal(0, 1)\nz[time] ~ Normal(z[time - 2], 1)", "G0412"),
        ("s[time = first] = 0\npredict s[time] ~ Normal(0, 1)", "G0204"),
        ("s[time = first, pair = slope] = 0", "G0202"),
    ],
)
def test_what_may_not_be(codes, text, code):
    assert codes(text) == code.split()


def test_data_without_start_condition_on_their_first_values(line):
    assert "on time from 2 to end" in line("z[time] ~ Normal(z[time - 1] + z[time - 2], 1)", "z")


def test_data_ahead(line):
    found = line("z[time] ~ Normal(z[time + 1], 1)", "z")
    assert "on time from 0 to (size(time) - 1)" in found


def test_data_with_a_start_are_scored_once(line):
    assert "on time from 3 to end" in line(
        "z[time < 3] ~ Normal(0, 9)\nz[time] ~ Normal(0, 1)", "z.2"
    )
    assert "on time from 1 to end" in line(
        "z[time] ~ Normal(z[time - 1], 1)\nz[time = first] ~ Normal(0, 9)", "z"
    )


def test_observed_differences_hold_where_they_exist(line):
    assert "on time from 1 to end" in line("observe z - z[time - 1] ~ Normal(0, 1)", "observe")


def test_a_long_sum_is_not_nested_deeply(program):
    from gendsl.resolve.limits import measure

    text = "s[time < 900] = 1\ns[time] = sum[j = 1..900](s[time - j]) / 900"
    (series,) = recurrence(program(text)).series
    assert measure(series.step.value)[1] < 60
