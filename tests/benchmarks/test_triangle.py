"""What benchmarks/triangle.py and benchmarks/lcpfn.py measure, of networks that learnt nothing."""

from pathlib import Path

import numpy as np
import pytest

import gendsl
from gendsl.api.pfn_columns import inputs_of

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def triangle():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        import triangle

        yield triangle


@pytest.mark.parametrize("path", sorted((BENCHMARKS / "pfns").glob("*.gen")), ids=lambda p: p.stem)
def test_each_prior_has_its_block(path: Path, triangle) -> None:
    (case,) = (case for case in triangle.CASES if case.name == path.stem)
    blocks = gendsl.compile(path, model=case.model).pfns
    assert "main" in blocks and not blocks.problems
    assert max(case.sizes) + triangle.QUERIES <= blocks["main"].rows[1]


def test_gaps_are_of_the_same_data_sets(triangle) -> None:
    """The network judged one data set more, which the gap leaves out."""
    long, own = triangle.LONG, triangle.NETWORK
    rows = [
        triangle.Row("p", 2, long, 0, -1.0, 0.06, 2.0, 3.0, True),
        triangle.Row("p", 2, long, 1, -2.0, 0.08, 4.0, 5.0, False),
        triangle.Row("p", 2, own, 0, -1.5, 0.0, 0.01, 0.01, True),
        triangle.Row("p", 2, own, 1, -2.1, 0.0, 0.01, 0.01, True),
        triangle.Row("p", 2, own, 2, -9.0, 0.0, 0.01, 0.01, True),
    ]
    _, _, reference, network = triangle.table_of(rows).splitlines()
    assert "(1 of 2 unsettled)" in reference and reference.endswith("| 3 | 4 | 300, 400 |")
    assert "| 0.3000 ± 0.2000 | 0.0500 |" in network and network.endswith("| 1, 1 |")
    assert triangle.mean_gap(rows, "p") == pytest.approx((0.3, 0.2))


def test_the_least_share_of_draws_that_are_kept_is_shown(triangle) -> None:
    rows = [
        triangle.Row("p", 2, triangle.LONG, i, -1.0, 0.06, 2.0, 3.0, True, kept)
        for i, kept in enumerate([0.5, 0.031])
    ]
    assert "| reference (at least 3.1% of draws kept) |" in triangle.table_of(rows)
    assert "kept" not in triangle.table_of([triangle.replace(row, kept=1.0) for row in rows])


def test_the_approximation_of_a_process_has_a_predictive_density(triangle) -> None:
    """Sums over a grid are integrals of normals whose standard deviation is a step or more.

    The nearest row is far: a prediction there is wide. By points or a box that are found anew with
    each row it comes to other numbers, and has no reference.
    """
    (case,) = (case for case in triangle.CASES if case.name == "gp_fixed")
    path = BENCHMARKS / "pfns" / "gp_fixed.gen"
    pfn = gendsl.compile(path, model=case.model).pfns["main"].pfn
    program = gendsl.compile(path, model=case.approximation).checked.program
    inputs = inputs_of(pfn)
    grid = np.arange(-5.0, 5.01, 0.5)
    x = np.array([0.6, 0.7, 0.75, *np.full(len(grid), 0.02)])[:, None]
    y = np.array([0.5, -0.2, -0.4, *grid])
    exact, waves = (
        triangle.Reference(each, inputs).judge(x, y, 3, 1, 0)
        for each in (pfn, triangle.replace(pfn, program=program))
    )
    assert exact.is_exact and waves.is_exact
    for found in (exact, waves):
        assert 0.5 * np.exp(found.log_density).sum() == pytest.approx(1.0, abs=1e-6)
    gap = np.exp(exact.log_density) @ (exact.log_density - waves.log_density) * 0.5
    assert 1e-9 < gap < 0.01


@pytest.mark.slow
def test_one_prior_from_end_to_end(triangle, tmp_path: Path, capsys) -> None:
    out, networks = tmp_path / "rows.csv", tmp_path / "networks"
    asked = ["--out", str(out), "--networks", str(networks), "--steps", "3", "--only", "robust"]
    triangle.main([*asked, "--tasks", "2", "--sizes", "4"])
    first = triangle.read(out)
    assert {row.method for row in first} == {
        *triangle.RUNS, triangle.NETWORK, triangle.BATCHED, "laplace(draws = 2000)",
    }  # fmt: skip
    long = [row for row in first if row.method == triangle.LONG]
    assert len(long) == 2 and all(0 < row.error < 0.2 for row in long)
    triangle.main([*asked, "--tasks", "3", "--sizes", "4", "--resume"])
    again = triangle.read(out)
    assert again[: len(first)] == first and len(again) == len(first) + 5
    assert "load of the machine" in capsys.readouterr().out


@pytest.mark.slow
def test_curves_are_known_from_their_first_epochs(triangle, tmp_path: Path, capsys) -> None:
    import jax
    import lcpfn

    block = gendsl.compile(lcpfn.PRIOR).pfns["main"]
    forwards, any_order = (
        jax.device_get(kind(block.pfn, 4, 100)(jax.random.key(1)))
        for kind in (lcpfn.Forwards, lcpfn.TaskSampler)
    )
    assert (np.diff(forwards.x[:, :, 0]) >= 0).all() and (np.diff(any_order.x[:, :, 0]) < 0).any()
    order = np.argsort(any_order.x[:, :, 0], axis=1, kind="stable")
    np.testing.assert_array_equal(forwards.y, np.take_along_axis(any_order.y, order, axis=1))
    y = lcpfn.curves(40, 0)
    assert y.shape == (40, 100) and (y[:, -1] > y[:, 0]).mean() > 0.6
    lcpfn.main(["--out", str(tmp_path / "c.pfn"), "--steps", "2", "--curves", "20"])
    assert capsys.readouterr().out.count("| 80 |") == 1
