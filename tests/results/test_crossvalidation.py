"""Cross-validation against closed forms, and what it says when it can't be trusted.

The model is normal with known variance, so that the density of each observation given others, and
the Monte Carlo variance of its estimates, are known exactly:

- from draws without it, relative variance E[p^2] / E[p]^2 - 1 with p = N(y; mu, 1);
- by importance weights from all draws, E[1/p^2] / E[1/p]^2 - 1.

An estimate's z is its error over the root of that variance over the effective draws, which are
taken to be at least a quarter of the draws (NUTS on one normal quantity has more). Over all
comparisons of this file the probability of a false alarm is at most 1 in 1000 (Bonferroni). The
twin, in which observations leak into the fit that predicts them, is caught.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

import gendsl
from gendsl import DiagnosticError, Fit, Model
from gendsl.api.folds import assign, assign_groups
from gendsl.results.crossvalidation import CrossValidation, compare_results
from gendsl.results.observations import Scored, observations
from gendsl.results.psis import psis_loo

NORMAL = """\
model normal {
  dim row
  dim batch
  data y[row] : real
  data batch_of[row] : batch
  mu ~ Normal(0, 3)
  y[row] ~ Normal(mu, 1)
}

infer main = nuts(chains = 2, warmup = 300, draws = 2000)
"""
RNG = np.random.default_rng(7)
Y = np.append(RNG.standard_normal(23), 6.0)
DATA = {"y": Y, "batch_of": np.repeat(list("abcdef"), 4)}
OUTLIER = 23
COMPARISONS = 4 * len(Y)
DRAWS = 4000

Values = NDArray[np.float64]


@pytest.fixture(scope="module")
def model() -> Model:
    return gendsl.compile(NORMAL)


@pytest.fixture(scope="module")
def fit(model: Model) -> Fit:
    return model.infer(DATA, seed=3)


def posterior(y: Values) -> tuple[float, float]:
    variance = 1.0 / (len(y) + 1.0 / 9.0)
    return float(variance * y.sum()), variance


def exact(fold: NDArray[np.int64]) -> tuple[Values, Values]:
    """log p(y_i | y outside its fold), and the relative variance of a draw's estimate."""
    density, spread = np.empty(len(Y)), np.empty(len(Y))
    for i, y in enumerate(Y):
        m, v = posterior(Y[fold != fold[i]])
        density[i] = stats.norm.logpdf(y, m, np.sqrt(1 + v))
        square = stats.norm.pdf(y, m, np.sqrt(0.5 + v)) / (2 * np.sqrt(np.pi))
        spread[i] = square / np.exp(2 * density[i]) - 1
    return density, spread


def weighting_spread(density: Values) -> Values:
    """The relative variance of 1 / p(y_i | mu) over the posterior of all observations."""
    m, v = posterior(Y)
    log_square = (Y - m) ** 2 / (1 - 2 * v) + np.log(2 * np.pi) - 0.5 * np.log(1 - 2 * v)
    return np.asarray(np.exp(log_square + 2 * density) - 1)


def z_scores(estimate: Values, density: Values, spread: Values) -> Values:
    return np.abs(estimate - density) / np.sqrt(spread / (DRAWS / 4))


BOUND = float(stats.norm.isf(1e-3 / COMPARISONS / 2))
EACH = np.arange(len(Y))


# --- against closed forms ------------------------------------------------------------------------


@pytest.mark.statistical
def test_leave_one_out_agrees_with_its_closed_form(fit: Fit) -> None:
    density, spread = exact(EACH)
    result = fit.loo()
    others = EACH != OUTLIER
    z = z_scores(result.elpd_i, density, weighting_spread(density))
    assert z[others].max() < BOUND and not result.is_bad[others].any()
    # The twin: the densities of the fit that has seen them.
    assert result.lpd_i is not None
    assert z_scores(result.lpd_i, density, spread).max() > BOUND


@pytest.mark.statistical
def test_refits_are_exact(model: Model, fit: Fit) -> None:
    """Of the outlier, by `HeldOut` directly: whether PSIS fails for it depends on the draws."""
    from gendsl.api.held_out import HeldOut
    from gendsl.api.settings import settings_of
    from gendsl.results.observations import observations
    from gendsl.results.psis import log_mean_density

    density, spread = exact(EACH)
    bound = model.bind(DATA)
    with HeldOut(model.checked, bound, settings_of(model.program, None, {})) as held_out:
        found = observations(held_out.scored())
        without, _ = held_out.without([OUTLIER], found, "the outlier", seed=5)
        leaking, _ = held_out.without([], found, "nothing", seed=5)
        again = held_out.without([OUTLIER], found, "the outlier", seed=5)[0]
        everything = found.pooled(held_out._log_likelihood(np.zeros((1, 1)), {}))
    assert leaking.shape == (DRAWS, 0) and np.array_equal(without, again)
    assert everything[0] == pytest.approx(stats.norm.logpdf(Y, 0, 1))
    one = EACH == OUTLIER
    estimate = np.where(one, log_mean_density(without)[0], density)
    assert z_scores(estimate, density, spread).max() < BOUND
    leaked = fit.loo().lpd_i
    assert leaked is not None
    assert z_scores(np.where(one, leaked, density), density, spread).max() > BOUND


@pytest.mark.statistical
@pytest.mark.parametrize("group", [None, "batch"])
def test_folds_agree_with_their_closed_form(model: Model, group: str | None) -> None:
    result = model.kfold(DATA, folds=6, group=group, seed=11)
    assert result.fold is not None
    density, spread = exact(result.fold)
    assert z_scores(result.elpd_i, density, spread).max() < BOUND
    assert result.elpd == pytest.approx(result.elpd_i.sum()) and len(result.refits) == 6
    assert z_scores(result.elpd_i, exact(EACH)[0], spread).max() > 0
    if group is not None:
        assert {len(set(part)) for part in result.fold.reshape(6, 4).tolist()} == {1}


# --- against arviz-stats -------------------------------------------------------------------------


def test_psis_is_that_of_arviz(fit: Fit) -> None:
    from arviz_stats import loo

    from gendsl.results.psis import relative_efficiency

    log_likelihood = fit["log_likelihood"]["y"].values
    elpd, k = psis_loo(log_likelihood)
    theirs = loo(fit.tree, pointwise=True, reff=relative_efficiency(log_likelihood))
    assert elpd == pytest.approx(theirs.elpd_i.values, rel=1e-10)
    assert k == pytest.approx(theirs.pareto_k.values, rel=1e-8)
    result = fit.loo()
    assert result.elpd == pytest.approx(float(theirs.elpd)) and result.p == pytest.approx(
        float(theirs.p)
    )
    assert result.se == pytest.approx(float(theirs.se))


def test_an_observation_that_nothing_depends_on_needs_no_weights() -> None:
    varying = RNG.standard_normal((2, 100))
    elpd, k = psis_loo(np.stack([varying, np.full((2, 100), -1.5)], axis=-1))
    assert elpd[1] == pytest.approx(-1.5) and k[1] == -np.inf


# --- results -------------------------------------------------------------------------------------


def result_of(elpd: Values, k: Values | None = None, fingerprint: str = "") -> CrossValidation:
    labels = tuple(f"y[row={i}]" for i in range(len(elpd)))
    return CrossValidation("loo", "y", labels, elpd, 1000, fingerprint, elpd + 0.1, k)


def test_bad_shapes_are_said_and_refitted_ones_are_not() -> None:
    k = np.array([0.1, 0.9, np.inf, np.nan, 0.2])
    result = result_of(np.arange(5.0), k)
    assert result.is_bad.tolist() == [False, True, True, True, False]
    (warning,) = result.warnings()
    assert warning.code == "G0913" and "3 of 5" in warning.message
    assert "very bad" in str(result) and result.p == pytest.approx(0.5)
    from dataclasses import replace

    refitted = replace(result, is_refitted=np.array([False, True, True, True, False]))
    assert not refitted.is_bad.any() and refitted.warnings() == ()


def test_differences_are_paired() -> None:
    a = RNG.normal(-1.0, 1.0, 200)
    b = a - 0.1 + RNG.normal(0.0, 0.01, 200)
    comparison = compare_results({"b": result_of(b), "a": result_of(a)})
    best, other = comparison.models
    assert best.name == "a" and best.difference == best.se_difference == 0.0
    assert other.difference == pytest.approx((b - a).sum())
    assert other.se_difference == pytest.approx(np.sqrt(200 * (b - a).var()))
    assert other.se_difference < 0.1 * other.se
    assert best.weight == pytest.approx(1.0, abs=1e-3)


def test_stacking_weights_are_the_best_mixture() -> None:
    """Against a search over a grid; the densities are far below the smallest double."""
    a, b = RNG.normal(-900.0, 1.0, 100), RNG.normal(-900.0, 1.0, 100)
    grid = np.linspace(0, 1, 2001)[1:-1]
    score = np.logaddexp(a[:, None] + np.log(grid), b[:, None] + np.log1p(-grid)).sum(axis=0)
    models = {m.name: m for m in compare_results({"a": result_of(a), "b": result_of(b)}).models}
    assert models["a"].weight == pytest.approx(grid[score.argmax()], abs=5e-3)


def test_what_a_model_rules_out_has_no_distance_to_others() -> None:
    good, bad = result_of(np.array([-1.0, -2.0, -1.5])), result_of(np.array([-1.0, -np.inf, -1.5]))
    with pytest.raises(gendsl.DiagnosticError, match=r"G0855.*`b` can't be compared: 1 of 3 obs"):
        gendsl.compare({"a": good, "b": bad})
    assert len(gendsl.compare({"a": good, "b": good}).models) == 2


def test_fits_of_other_data_are_not_compared(fit: Fit, model: Model) -> None:
    short = {"chains": 2, "warmup": 100, "draws": 100}
    other = model.infer({**DATA, "y": Y + 1.0}, **short)  # type: ignore[arg-type]
    fewer = model.infer({name: v[:-1] for name, v in DATA.items()}, **short)  # type: ignore[arg-type]
    for wrong in (other, fewer):
        with pytest.raises(DiagnosticError) as caught:
            gendsl.compare({"one": fit, "two": wrong})
        assert caught.value.diagnostics[0].code == "G0914"
    again = model.infer(DATA, **short)  # type: ignore[arg-type]
    assert len(gendsl.compare([fit, again]).models) == 2


# --- folds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "folds"), [(10, 2), (11, 3), (7, 7), (100, 10)])
def test_folds_are_of_equal_size(count: int, folds: int) -> None:
    found = np.bincount(assign(count, folds, np.random.default_rng(1)), minlength=folds)
    assert found.sum() == count and found.max() - found.min() <= 1


def test_strata_are_spread_and_groups_are_whole() -> None:
    strata = np.repeat([0, 1], [80, 20])
    fold = assign(100, 5, np.random.default_rng(1), strata)
    assert np.bincount(fold[strata == 1]).tolist() == [4] * 5
    groups = np.repeat(np.arange(9), np.arange(1, 10))
    fold = assign_groups(groups, 3, np.random.default_rng(1))
    assert all(len(set(fold[groups == g])) == 1 for g in range(9))
    sizes = np.bincount(fold)
    assert sizes.sum() == 45 and sizes.max() - sizes.min() <= 2


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"folds": 25}, "G0915"),
        ({"folds": 7, "group": "batch"}, "G0915"),
        ({"group": "bach"}, "G0915"),
        ({"group": "batch", "stratify": "y"}, "G0915"),
        ({"site": "x"}, "G0911"),
    ],
)
def test_folds_that_cannot_be_made(model: Model, options: dict[str, Any], code: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        model.kfold(DATA, **options)
    assert caught.value.diagnostics[0].code == code


# --- what an observation is ----------------------------------------------------------------------

SEVERAL = """\
model several {
  dim row
  dim time : ordered
  data a[row] : real
  data b[row] : real?
  data c[time] : real
  m ~ Normal(0, 1)
  a[row] ~ Normal(m, 1)
  b[row] ~ Normal(m, 1)
  c[time = first] ~ Normal(m, 1)
  c[time] ~ Normal(c[time - 1], 1)
  observe 2 * a ~ Normal(m, 3) where a > 0
}

infer main = nuts(chains = 2, warmup = 100, draws = 100)
"""


def test_observations_of_several_kinds() -> None:
    model = gendsl.compile(SEVERAL)
    fit = model.infer({"a": [1.0, -2.0, 0.5], "b": [None, 1.0, 2.0], "c": [0.0, 1.0, 2.0, 3.0]})
    scored = next(n for n in fit["log_likelihood"] if n not in ("a", "b", "c", "c.2"))
    terms = fit["log_likelihood"][scored].values
    assert np.isnan(terms[:, :, 1]).all() and np.isfinite(terms[:, :, [0, 2]]).all()
    with pytest.raises(DiagnosticError) as caught:
        fit.loo()
    assert caught.value.diagnostics[0].code == "G0911"
    assert fit.loo(site="b").labels == ("b[row=1]", "b[row=2]")
    assert fit.loo(site="c").labels == tuple(f"c[time={i}]" for i in range(4))


def test_one_observation_cannot_be_left_out() -> None:
    seen = Scored("y", "y", (), (), np.ones((), bool))
    with pytest.raises(DiagnosticError) as caught:
        observations([seen])
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "G0912" and "share a discrete latent" in (diagnostic.help or "")


def test_entries_of_arrays_over_the_same_rows_are_one_observation() -> None:
    text = SEVERAL.replace("c[time = first] ~ Normal(m, 1)\n", "").replace(
        "c[time] ~ Normal(c[time - 1], 1)\n  observe 2 * a ~ Normal(m, 3) where a > 0", "d = m"
    )
    fit = gendsl.compile(text).infer(
        {"a": [1.0, -2.0, 0.5], "b": [None, 1.0, 2.0], "c": [0.0, 1.0]}
    )
    result = fit.loo()
    assert result.of == "a + b" and len(result.labels) == 3
    both = np.nansum([fit["log_likelihood"][n].values for n in "ab"], axis=0)
    assert result.elpd_i == pytest.approx(psis_loo(both)[0])
