"""Summaries, their tables, and the advice that follows from them."""

from __future__ import annotations

import json

import numpy as np

from gendsl.results.groups import Quantity, drawn
from gendsl.results.reliability import judge
from gendsl.results.summary import summarise
from gendsl.results.table import render_table


def group(**values):
    rng = np.random.default_rng(1)
    labels = {"school": ("Choate", "St. Paul's"), "long": None}
    quantities = {
        "mu": Quantity((), rng.normal(3, 2, (4, 250))),
        "fixed": Quantity((), np.full((4, 250), 2.5)),
        "theta": Quantity(("school",), rng.normal(0, [0.1, 1], (4, 250, 2))),
        "big": Quantity(("long",), rng.normal(0, 1, (4, 250, 50))),
    }
    return drawn({**quantities, **values}, labels)


def statistics(**values):
    rng = np.random.default_rng(2)
    usual = {
        "lp": rng.normal(size=(4, 250)),
        "energy": rng.normal(size=(4, 250)),
        "diverging": np.zeros((4, 250), bool),
        "reached_max_treedepth": np.zeros((4, 250), bool),
    }
    return drawn({k: Quantity((), v) for k, v in {**usual, **values}.items()}, {})


def codes(found):
    return [diagnostic.code for diagnostic in found]


def test_rows_have_names_coordinates_and_no_nan() -> None:
    rows = summarise(group()).rows()
    by_name = {row["name"]: row for row in rows}
    assert by_name["theta[school=St. Paul's]"]["coordinates"] == {"school": "St. Paul's"}
    assert by_name["fixed"]["r_hat"] is None and by_name["fixed"]["sd"] == 0
    assert by_name["big[long=49]"]["coordinates"] == {"long": 49}
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows


def test_the_table_is_aligned_and_cut_short() -> None:
    lines = render_table(summarise(group()), how_to_see_all=": `more`").splitlines()
    assert len({line.rindex(".") for line in lines[1:4] if "fixed" not in line}) == 1
    assert "big: 40 more" in lines
    assert lines[-1] == "40 of 54 rows are not shown: `more`"
    whole = render_table(summarise(group()), is_complete=True)
    assert "big[long=49]" in whole and "more" not in whole
    assert all(len(line) < 100 for line in lines)


def test_decimals_follow_the_spread() -> None:
    rows = render_table(summarise(group())).splitlines()
    mu = next(row for row in rows if row.startswith("mu"))
    assert [len(cell.partition(".")[2]) for cell in mu.split()[1:5]] == [2, 2, 2, 2]
    assert next(r for r in rows if r.startswith("fixed")).split() == [
        "fixed", "2.5", "0", "2.5", "2.5", "-", "-", "-",
    ]  # fmt: skip


def test_independent_draws_get_no_statistics_of_chains() -> None:
    summary = summarise(group(), ["mu"], is_chain=False)
    assert "r_hat" not in str(summary)
    assert list(summary.to_frame().columns) == ["mean", "sd", "q5", "q95"]


def test_good_draws_get_no_warning() -> None:
    assert judge(summarise(group()), statistics(), {}) == ()


def test_each_fault_has_its_warning() -> None:
    diverging = np.zeros((4, 250), bool)
    diverging[1, 7] = True
    walk = np.cumsum(np.random.default_rng(3).normal(size=(4, 250)), axis=1)
    stuck = statistics()["lp"].values.copy()
    stuck[2] = -1e4
    infinite = np.zeros((4, 250))
    infinite[0, 0] = np.inf
    cases = {
        "G0711": ({}, {"diverging": diverging}, {"parameterisation": {"theta": "centred"}}),
        "G0712": ({"w": Quantity((), walk)}, {}, {}),
        "G0713": ({"w": Quantity((), walk)}, {}, {}),
        "G0714": ({}, {"reached_max_treedepth": diverging}, {}),
        "G0715": ({}, {"energy": walk}, {}),
        "G0716": ({}, {"lp": stuck}, {}),
        "G0717": ({}, {}, {"is_interrupted": True, "draws": 1000}),
        "G0718": ({"w": Quantity((), infinite)}, {}, {}),
        "G0721": (
            {},
            {},
            {"restarts": [{"transition": 75, "chain": 2, "donor": 0, "gap": 34.2}]},
        ),
    }
    for code, (values, stats, attributes) in cases.items():
        found = judge(summarise(group(**values)), statistics(**stats), attributes)
        assert code in codes(found)
        assert all(diagnostic.help for diagnostic in found)
        if code == "G0711":
            assert "`theta` `as non_centred`" in found[0].help
            assert "chain 1 draw 7" in found[0].notes[0]


def test_one_chain_is_said_to_be_one() -> None:
    one = {"chain": slice(0, 1)}
    found = judge(summarise(group().isel(one), ["mu"]), statistics().isel(one), {})
    assert codes(found) == ["G0719"]


def test_a_dimension_called_draw_and_a_part_of_one() -> None:
    values = np.zeros((4, 10, 3))
    made = drawn(
        {
            "a": Quantity(("draw",), values),
            "b": Quantity(("time",), values, {"time": 1}),
        },
        {"time": ("p", "q", "r", "s")},
    )
    assert made["a"].dims == ("chain", "draw", "draw_")
    assert list(made["time"].values) == ["q", "r", "s"]
