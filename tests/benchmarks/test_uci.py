"""The protocol of benchmarks/uci.py: splits, scores and the table. Nothing here is random."""

import math
from pathlib import Path

import numpy as np
import pytest
import xarray
from scipy.stats import norm, t

import gendsl

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def uci():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        import uci

        yield uci


@pytest.fixture(scope="module")
def data(uci):
    import uci_data

    inputs = np.column_stack([np.arange(40.0) ** 2, np.full(40, 3.0)])
    repeated = np.concatenate([inputs, inputs[:2]])
    return uci_data.without_repeats(repeated, np.concatenate([np.arange(40.0), [0.0, 7.0]]))


class Drawn:
    """Draws by name, as a fit has them: one chain of two draws, two rows held out."""

    def __init__(self, **posterior) -> None:
        dims = ("chain", "draw")
        self.posterior = xarray.Dataset({n: (dims, [v]) for n, v in posterior.items()})
        self.predicted = xarray.Dataset(
            {
                "mean": ((*dims, "new"), [[[0.0, 1.0], [2.0, 1.0]]]),
                "spread": (dims, [[1.0, 0.5]]),
            }
        )

    def __getitem__(self, group: str) -> xarray.Dataset:
        assert group == "posterior_predictive"
        return self.predicted


def test_rows_that_repeat_are_taken_out(data) -> None:
    assert data.repeated == 1  # the same inputs with another target are another row
    assert len(data.targets) == 41 and list(data.targets[-2:]) == [39.0, 7.0]


def test_splits_are_standardised_by_their_training_part(uci, data) -> None:
    part = uci.split(data, 3)
    assert part.test_targets.shape == (4,) and part.targets.shape == (37,)
    np.testing.assert_allclose([part.targets.mean(), part.targets.std()], [0, 1], atol=1e-12)
    np.testing.assert_allclose(part.inputs.std(axis=0), [1, 0], atol=1e-12)
    every = np.concatenate([part.targets, part.test_targets]) * part.scale + part.mean
    np.testing.assert_allclose(np.sort(every), np.sort(data.targets), atol=1e-9)
    np.testing.assert_array_equal(part.test_targets, uci.split(data, 3).test_targets)
    assert not np.array_equal(part.test_targets, uci.split(data, 4).test_targets)


def test_scores_are_in_the_targets_own_units(uci, data) -> None:
    whole = uci.split(data, 0)
    part = uci.Split(whole.inputs, whole.targets, whole.test_inputs[:2], np.array([0.5, 2.0]), 9, 4)
    rmse, nll = uci.scores(Drawn(), part)
    assert rmse == pytest.approx(4 * math.sqrt((0.5**2 + 1.0**2) / 2))
    y, mean = 4 * part.test_targets, 4 * np.array([[0.0, 1.0], [2.0, 1.0]])
    density = norm.pdf(y, mean, [[4.0], [2.0]]).mean(axis=0)
    assert nll == pytest.approx(-np.log(density).mean())
    _, heavy = uci.scores(Drawn(nu=[3.0, 5.0]), part)
    density = t.pdf(y, [[3.0], [5.0]], mean, [[4.0], [2.0]]).mean(axis=0)
    assert heavy == pytest.approx(-np.log(density).mean())


def test_the_table_says_how_many_splits_there_were(uci, tmp_path: Path) -> None:
    rows = [
        uci.Row("boston", "gp-rbf", split, 506, rmse, 2.5, 9.0, cpu, compiled, int(split == 0))
        for split, rmse, cpu, compiled in ((0, 2.0, 30.0, 9), (1, 4.0, 5.0, 0), (2, 3.0, 7.0, 1))
    ]
    for row in rows:
        uci.append(tmp_path / "rows.csv", row)
    assert uci.read(tmp_path / "rows.csv") == rows
    line = uci.table(rows).splitlines()[-1]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[3:] == ["3", "3.00 ± 0.58", "2.50 ± 0.00", "6.0", "24", "1"]


def test_splits_are_named_by_ranges(uci) -> None:
    assert uci.numbers_of("3-5,0") == [3, 4, 5, 0]


@pytest.mark.parametrize("path", sorted((BENCHMARKS / "uci").glob("*.gen")), ids=lambda p: p.stem)
def test_every_program_is_without_errors(uci, path: Path) -> None:
    model = gendsl.compile(path)
    assert not model.warnings
    named = {m.infer for m in uci.METHODS.values() if m.program == path.stem}
    assert named == {program.name for program in model.info().inference}
