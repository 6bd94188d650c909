"""Categories observed by a formula for their position, among fewer categories in some rows."""

import numpy as np
import pytest
from scipy.special import expit

import gendsl
from gendsl.diagnostics.diagnostic import DiagnosticError

TEXT = """model grades {
  dim row, cut
  data grade[row] : int  # -1: not seen
  data count[row] : int
  data at[cut] : real
  eta ~ Normal(0, 1)
  let limit[row, cut] = if(pos(cut) < count - 1, at, inf)
  observe grade - 1 ~ OrderedLogistic(eta, limit) where grade > 0
}
"""
DATA = {"grade": [1, 2, -1, 3, 2], "count": [2, 2, 4, 4, 3], "at": [-0.5, 0.2, 1.1]}


def test_the_density_is_that_of_the_seen_categories() -> None:
    model, eta = gendsl.compile(TEXT), 0.4
    expected = -0.5 * eta**2 - 0.5 * np.log(2 * np.pi)
    for grade, count in zip(DATA["grade"], DATA["count"], strict=True):
        above = np.array([1, *expit(eta - np.array(DATA["at"][: count - 1])), 0])
        expected += np.log(above[grade - 1] - above[grade]) if grade > 0 else 0
    assert np.isclose(model.log_density({"eta": eta}, DATA), expected)
    slope = (
        model.log_density({"eta": eta + 1e-4}, DATA) - model.log_density({"eta": eta - 1e-4}, DATA)
    ) / 2e-4
    assert np.isfinite(slope)


def test_a_category_that_a_row_lacks_is_impossible() -> None:
    impossible = DATA | {"grade": [3, 2, -1, 3, 2]}
    assert gendsl.compile(TEXT).log_density({"eta": 0.4}, impossible) == -np.inf


def test_a_bare_number_may_be_a_code() -> None:
    with pytest.raises(DiagnosticError) as caught:
        gendsl.compile(TEXT.replace("grade - 1", "grade"))
    (found,) = caught.value.diagnostics
    assert found.code == "G0310" and "observe y - 1" in (found.help or "")
