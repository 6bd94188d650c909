"""Warnings advise what was not done yet, and say one of a thing and several in words that fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.wording import counted
from gendsl.results.calibration_report import judge_calibration
from gendsl.results.crossvalidation import CrossValidation
from gendsl.results.groups import Quantity, drawn_group
from gendsl.results.reliability import judge
from gendsl.results.summary import summarise
from gendsl.results.trust import judge_approximation

CENTRED, NON_CENTRED = {"theta": "centred"}, {"theta": "non_centred"}


def judged(size: int, **attributes: Any) -> dict[str, Diagnostic]:
    """Warnings of four chains of `size` draws that hardly move, with energies that do so, too."""
    rng = np.random.default_rng(1)
    slow = np.cumsum(rng.standard_normal((4, size)), axis=1)
    draws = drawn_group({"x": Quantity((), slow)}, {})
    columns = {
        "lp": Quantity((), rng.standard_normal((4, size))),
        "energy": Quantity((), slow),
        "reached_max_treedepth": Quantity((), np.ones((4, size), bool)),
    }
    found = judge(summarise(draws), drawn_group(columns, {}), attributes)
    return {warning.code: warning for warning in found}


def advice(code: str, size: int = 400, **attributes: Any) -> str:
    return str(judged(size, **attributes)[code].help)


@pytest.mark.parametrize(
    ("attributes", "expected", "absent"),
    [
        ({"parameterisation": CENTRED}, "write `theta` `as non_centred`", "`as centred`"),
        ({"parameterisation": NON_CENTRED}, "write `theta` `as centred` if", "non_centred"),
        ({}, "take priors with lighter tails", "`as"),
    ],
)
def test_the_energy(attributes: dict[str, Any], expected: str, absent: str) -> None:
    help = advice("G0715", **attributes)
    assert expected in help and absent not in help


@pytest.mark.parametrize(
    ("size", "attributes", "expected"),
    [
        (100, {"draws": 100}, "try `--draws "),
        (100, {"draws": 100_000}, "the run was stopped"),
        (4000, {"parameterisation": CENTRED}, "write `theta` `as non_centred`"),
        (4000, {"parameterisation": NON_CENTRED}, "write `theta` `as centred` if"),
        (4000, {}, "narrower priors"),
        (4000, {"inference_program": "main = random_walk(chains = 4)"}, "try `nuts()`"),
    ],
)
def test_effective_draws(
    monkeypatch: pytest.MonkeyPatch, size: int, attributes: dict[str, Any], expected: str
) -> None:
    monkeypatch.setattr("gendsl.results.reliability._MOST_TIMES", 1000 if size == 100 else 1)
    assert expected in advice("G0713", size, **attributes)


def test_more_than_there_was() -> None:
    assert "--warmup 2000 --draws 2000" in advice("G0712")
    assert "--warmup 6000 --draws 8000" in advice("G0712", warmup=3000, draws=4000)
    assert "max_depth = 12" in advice("G0714") and "max_depth = 15" in advice("G0714", max_depth=13)
    assert "max_depth" not in advice("G0714", max_depth=15)


@pytest.mark.parametrize(
    ("attributes", "expected", "absent"),
    [
        ({"method": "laplace"}, "pathfinder()", "vi("),
        ({"method": "pathfinder, weighted"}, "vi(guide = flow())", "pathfinder"),
        ({"method": "vi", "guide": "full_rank"}, "vi(guide = flow())", "pathfinder"),
        ({"method": "vi"}, "`layers`", "vi("),
        ({"method": "annealed_importance"}, "more `rounds`", "annealed"),
    ],
)
def test_another_approximation(attributes: dict[str, Any], expected: str, absent: str) -> None:
    (found,) = judge_approximation({**attributes, "pareto_k": 1.2})
    help = str(found.help)
    assert found.code == "G0722" and "`nuts()`" in help
    assert expected in help and absent not in help


def test_many_modes_are_told_in_short() -> None:
    said = {"method": "laplace", "pareto_k": 0.1, "mode_log_densities": [-1.0] * 7}
    (found,) = judge_approximation(said)
    assert found.code == "G0738" and "7 modes" in found.message and "and 2 more" in found.message
    assert "`smc()`" in str(found.help)
    (improper,) = judge_approximation({**said, "improper_priors": ["mu"]})
    assert "smc" not in str(improper.help) and "`flow_mc()` draws" in str(improper.help)
    assert not list(judge_approximation({**said, "mode_log_densities": [-1.0]}))


@pytest.mark.parametrize(
    ("left_out", "total", "expected"),
    [
        (1, 40, "1 of 40 fits is left out"),
        (2, 40, "2 of 40 fits are left out"),
        (1, 1, "1 of 1 fit is left out"),
    ],
)
def test_one_and_several(left_out: int, total: int, expected: str) -> None:
    (found,) = judge_calibration(
        [],
        num_checks=1,
        rate=0.05,
        total=total,
        wanted=total,
        left_out={"it failed": left_out},
        num_diverging=0,
        is_exact=True,
    )
    assert found.message == expected
    assert found.notes == (f"{counted(left_out, 'fit')}: it failed",)


def test_equal_weights_have_no_shape() -> None:
    shapes = np.array([-np.inf, 0.31])
    found = CrossValidation("loo", "y", ("a", "b"), -np.ones(2), 1, "", pareto_k=shapes)
    shown = found.table()
    assert "inf" not in shown and "equal" in shown and "0.31" in shown
    assert "2 observations of y, 1 draw\n" in shown


def test_counts() -> None:
    assert [counted(n, "fit") for n in (0, 1, 2)] == ["0 fits", "1 fit", "2 fits"]
    assert counted(2, "entry", "entries") == "2 entries"
