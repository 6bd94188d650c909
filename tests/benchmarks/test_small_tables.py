"""The protocol of benchmarks/small_tables.py: splits, components, scores, priors, networks."""

from pathlib import Path

import numpy as np
import pytest

import gendsl

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def small():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        import small_tables

        yield small_tables


def table_of(small, classes: int):
    rng = np.random.default_rng(3)
    inputs = rng.standard_normal((90, 4)) @ rng.standard_normal((4, 5)) + 7.0
    inputs[:, 4] = 3.0  # a column that says nothing
    score = inputs[:, 0] - inputs[:, 0].mean()
    targets = np.searchsorted(np.quantile(score, [0.5, 0.9]), score) if classes else score
    return small.Table(inputs, np.minimum(targets, classes - 1.0) if classes else score, classes)


def test_a_split_has_30_rows_with_every_class_in_its_share(small) -> None:
    import small_tables_data as data

    table = table_of(small, 3)
    known = data.known_rows(table, 4)
    assert len(set(known)) == 30 and set(known) <= set(range(90))
    np.testing.assert_array_equal(np.bincount(table.targets[known].astype(int)), [15, 12, 3])
    assert list(known) == list(data.known_rows(table, 4)) != list(data.known_rows(table, 5))


def test_components_are_of_all_rows_and_say_nothing_twice(small) -> None:
    table = table_of(small, 0)
    part = small.split(table, 0, 3)
    both = np.concatenate([part.components, part.new_components])
    assert part.inputs.shape == (30, 4) and both.shape == (90, 3)
    np.testing.assert_allclose(both.T @ both / 90, np.eye(3), atol=1e-9)
    assert small.split(table, 0, 8).components.shape[1] == 4


def test_auc_counts_pairs(small) -> None:
    from small_tables_scores import auc

    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 40)
    p = np.round(rng.dirichlet([1, 1, 1], 40), 1)  # with ties

    def by_pairs(score, is_of) -> float:
        gaps = score[is_of][:, None] - score[~is_of]
        return float(np.mean((gaps > 0) + 0.5 * (gaps == 0)))

    assert auc(p, y) == pytest.approx(np.mean([by_pairs(p[:, k], y == k) for k in range(3)]))
    assert auc(p[:, :2], y > 0) == pytest.approx(by_pairs(p[:, 1], y > 0))


def test_ece_is_the_gap_between_confidence_and_hits(small) -> None:
    from small_tables_scores import ece

    p = np.array([[0.95, 0.05]] * 4 + [[0.4, 0.6]] * 2)
    # Half of the four are right, both of the two: (4 * 0.45 + 2 * 0.4) / 6.
    assert ece(p, np.array([0, 0, 1, 1, 1, 1])) == pytest.approx((4 * 0.45 + 2 * 0.4) / 6)


def test_scores_of_numbers(small) -> None:
    from small_tables_scores import Numbers, scores

    y, at = np.array([0.0, 1.0, 2.0, 9.0]), np.array([0.0, 1.0, 2.0, 3.0])
    found = scores(Numbers(at, np.full(4, -1.5), at - 1, at + 1), y)
    assert found == {"RMSE": 3.0, "NLL": 1.5, "90%": 0.75}


def test_the_quantile_of_a_mixture_has_its_share_below(small) -> None:
    from scipy.stats import logistic
    from small_tables_nuts import quantile

    mean, spread = np.array([[-3.0, 0.0], [2.0, 0.0]]), np.array([[0.2], [1.0]])
    at = quantile(0.05, mean, spread)
    np.testing.assert_allclose(logistic.cdf(at, mean, spread).mean(axis=0), 0.05, rtol=1e-9)


@pytest.mark.parametrize(("name", "most"), [("kinds", 8), ("numbers", 10)])
def test_priors_are_read_without_a_remark(small, name: str, most: int) -> None:
    model = gendsl.compile(small.PRIORS / f"{name}.gen")
    assert not model.warnings and list(model.pfns) == [name]
    assert f"..{most}" in (small.PRIORS / f"{name}.gen").read_text()
    assert small.COLUMNS[name] == most


@pytest.mark.slow
@pytest.mark.parametrize(("name", "classes"), [("kinds", 2), ("numbers", 0)])
def test_the_whole_with_a_few_steps(small, tmp_path, monkeypatch, name, classes) -> None:
    text = (small.PRIORS / f"{name}.gen").read_text()
    for sizes in ("4..8", "7..10"):  # a sampler is compiled for each
        text = text.replace(f"dim row, col = {sizes}", "dim row\n  dim col = 4")
    text = text.replace("layers = 4, width = 64", "layers = 1, width = 8")
    (tmp_path / f"{name}.gen").write_text(text.replace("steps = 100000", "steps = 3"))
    monkeypatch.setattr(small, "PRIORS", tmp_path)
    monkeypatch.setitem(small.COLUMNS, name, 4)
    table = table_of(small, classes)
    predict = small.methods_of(table, 5.0, tmp_path)["pfn"]()
    rows = list(small.measured("made up", "pfn", predict, table, [0, 1]))
    assert len(rows) == 6 and all(np.isfinite(row.value) for row in rows)
    assert (tmp_path / f"{name}.pfn").is_file()
    assert "| made up | pfn | 2 |" in small.table_of(rows)
