"""Conditioning and intervention: what becomes of the program, its density, and its draws.

The draws of `test_seeing_is_not_doing` are independent. Over its comparisons of moments with their
exact values the probability of a false alarm is at most 1 in 1000 (Bonferroni); the twins, in which
the one question is answered by the other, are caught.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

import gendsl
from gendsl import DiagnosticError, Model
from gendsl.ir.program import Equation, Program, Sample, SampleRole
from gendsl.ir.verify import verify
from gendsl.ir.walk import defined_names, sites
from gendsl.transforms.hold_out import hold_out

SCHOOLS = """\
model schools {
  dim school
  data y[school]     : real
  data sigma[school] : real > 0

  mu  ~ Normal(0, 5)
  tau ~ HalfCauchy(5)
  theta[school] ~ Normal(mu, tau)
  spread = 2 * tau

  y[school] ~ Normal(theta, sigma)
}
"""
DATA = {"school": ["A", "B", "C"], "y": [28.0, 8.0, -3.0], "sigma": [15.0, 10.0, 16.0]}
VALUES = {"mu": 3.0, "tau": 2.0, "theta": np.array([4.0, 1.0, 2.5])}

WALK = """\
model walk {
  dim time : ordered
  data y[time] : real

  phi ~ Normal(0, 1)
  x[time = first] ~ Normal(0, 1)
  x[time] ~ Normal(phi * x[time - 1] + 0.1 * v[time - 1], 0.5)
  v[time = first] ~ Normal(0, 1)
  v[time] ~ Normal(v[time - 1], exp(x[time - 1]))

  y[time] ~ Normal(x, 0.1)
}
"""
STATES = {"x": np.array([0.1, -0.2, 0.4, 0.3]), "v": np.array([0.5, 0.2, -0.1, 0.3])}

CONFOUNDED = """\
model confounded {
  z ~ Normal(0, 1)
  x ~ Normal(z, 1)
  predict y ~ Normal(x + z, 1)
}

infer main = nuts(chains = 2, warmup = 300, draws = 2000)
"""


@pytest.fixture(scope="module")
def schools() -> Model:
    return gendsl.compile(SCHOOLS)


def without(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def names_of(program: Program) -> set[str]:
    return {name for node in program.nodes for name in defined_names(node)}


def codes_of(call: Any) -> set[str]:
    with pytest.raises(DiagnosticError) as caught:
        call()
    return {diagnostic.code for diagnostic in caught.value.diagnostics}


# --- densities -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mu", "tau", "theta"])
def test_conditioning_keeps_the_joint_density(schools: Model, name: str) -> None:
    fixed = schools.condition({name: VALUES[name]})
    verify(fixed.program)
    joint = schools.log_density(VALUES, DATA)
    assert fixed.log_density(without(VALUES, name), DATA) == pytest.approx(joint, rel=1e-12)


def test_an_intervention_takes_out_the_own_density(schools: Model) -> None:
    fixed = schools.do(theta=VALUES["theta"])
    verify(fixed.program)
    own = stats.norm.logpdf(VALUES["theta"], VALUES["mu"], VALUES["tau"]).sum()
    joint = schools.log_density(VALUES, DATA)
    assert fixed.log_density(without(VALUES, "theta"), DATA) == pytest.approx(joint - own)


def test_given_entries_keep_the_joint_density(schools: Model) -> None:
    """The entries that are given have a spare latent each, whose prior is a factor of its own."""
    fixed = schools.condition({'theta[school="A"]': 4.0, "theta[C]": 2.5})
    verify(fixed.program)
    spare = np.array([0.0, 1.0, -1.0])
    values = {**without(VALUES, "theta"), "theta.own": spare}
    own = stats.norm.logpdf(spare[[0, 2]], VALUES["mu"], VALUES["tau"]).sum()
    joint = schools.log_density(VALUES, DATA)
    assert fixed.log_density(values, DATA) == pytest.approx(joint + own)


@pytest.mark.parametrize("names", [("x",), ("v",), ("x", "v")])
def test_series_can_be_given(names: tuple[str, ...]) -> None:
    model = gendsl.compile(WALK)
    data, values = {"y": [0.0, 0.1, 0.2, 0.1]}, {"phi": 0.7, **STATES}
    fixed = model.condition({name: STATES[name] for name in names})
    verify(fixed.program)
    joint = model.log_density(values, data)
    assert fixed.log_density(without(values, *names), data) == pytest.approx(joint, rel=1e-12)
    cut = model.do({name: STATES[name] for name in names})
    verify(cut.program)
    assert not set(names) & names_of(cut.program)
    assert cut.log_density(without(values, *names), data) != pytest.approx(joint, rel=1e-3)


def test_an_intervention_on_data_takes_out_what_scores_them(schools: Model) -> None:
    fixed = schools.do(y=[0.0, 0.0, 0.0])
    assert not [s for s in sites(fixed.program) if s.role is SampleRole.OBSERVED]
    assert np.array_equal(fixed.bind(DATA).arrays["y"], np.zeros(3))


def test_what_is_computed_can_be_set(schools: Model) -> None:
    fixed = schools.do(spread=3)
    verify(fixed.program)
    assert "spread" not in names_of(fixed.program)
    part = schools.do({"theta[A]": 1}).program
    verify(part)
    (whole,) = [n for n in part.nodes if isinstance(n, Equation) and n.name == "theta"]
    assert whole.dims == ("school",) and "theta.own" in names_of(part)


def test_a_new_value_is_the_same_program(schools: Model) -> None:
    assert schools.condition(tau=3).source() == schools.condition(tau=4).source()
    assert schools.condition(tau=3).program == schools.condition(tau=4).program


def test_a_mask_joins_the_condition_of_its_statement() -> None:
    text = SCHOOLS.replace("Normal(theta, sigma)", "Normal(theta, sigma) where sigma < 20")
    program = verify(hold_out(gendsl.compile(text).program, {"y": ("school",)}))
    (site,) = [n for n in program.nodes if isinstance(n, Sample) and n.name == "y"]
    assert site.where is not None and site.where.dims == ("school",)
    assert program.datum("y.held_out") is not None


# --- values --------------------------------------------------------------------------------------


def test_one_number_stands_for_all_entries(schools: Model) -> None:
    assert np.array_equal(schools.condition(theta=2).bind(DATA).arrays["theta"], [2.0, 2.0, 2.0])
    assert np.array_equal(schools.do(sigma=2).bind(DATA).arrays["sigma"], [2.0, 2.0, 2.0])


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"tua": 3}, "G0901"),
        ({"school": 3}, "G0901"),
        ({"theta": [1.0, 2.0]}, "G0902"),
        ({"tau": [1.0]}, "G0902"),
        ({"theta": [[1.0], [2.0, 3.0]]}, "G0902"),
        ({'theta[school="Q"]': 1.0}, "G0902"),
        ({"theta[row=0]": 1.0}, "G0902"),
        ({"tau[A]": 1.0}, "G0902"),
        ({"tau": "big"}, "G0902"),
        ({"tau": -1.0}, "G0624"),
        ({"sigma": [1.0, 1.0, 1.0]}, "G0903"),
        ({"spread": 1.0}, "G0904"),
        ({"theta[": 1.0}, "G0906"),
        ({"theta[A=]": 1.0}, "G0906"),
        ({"tau": {"a": 1}}, "G0906"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(schools: Model, wrong: dict[str, Any], code: str) -> None:
    assert codes_of(lambda: schools.condition(wrong).bind(DATA)) == {code}


def test_a_value_outside_its_support_is_shown_at_its_statement(schools: Model) -> None:
    with pytest.raises(DiagnosticError) as caught:
        schools.condition(tau=-1).bind(DATA)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.span is not None and diagnostic.span.text == "tau ~ HalfCauchy(5)"


def test_a_quantity_has_one_value(schools: Model) -> None:
    assert codes_of(lambda: schools.condition(tau=1).do(tau=1)) == {"G0903"}
    assert codes_of(lambda: schools.condition(tau=1).condition(tau=2)) == {"G0903"}


def test_entries_of_data_and_series_are_not_cut_off_one_by_one(schools: Model) -> None:
    assert codes_of(lambda: schools.do({"y[A]": 1})) == {"G0904"}
    assert codes_of(lambda: gendsl.compile(WALK).do({"x[time=1]": 1})) == {"G0904"}
    assert codes_of(lambda: gendsl.compile(CONFOUNDED).condition(y=1)) == {"G0904"}


def test_forward_draws_are_refused_where_causes_are_random(schools: Model) -> None:
    simulate = schools.condition(theta=1).simulate
    assert codes_of(lambda: simulate(DATA, draws=2)) == {"G0905"}
    assert codes_of(lambda: schools.condition(y=[1.0] * 3).simulate(sizes={"school": 3})) == {
        "G0905"
    }


def test_the_model_says_what_is_fixed(schools: Model) -> None:
    info = schools.condition(tau=3).do(mu=1).info()
    assert info.conditioned == {"tau": 3} and info.intervened == {"mu": 1}
    assert {q.name: q.role for q in info.quantities}["tau"] == "conditioned on"
    assert "tau  =  3" in str(info)


# --- draws ---------------------------------------------------------------------------------------


def moments_agree(draws: Any, mean: float, variance: float, comparisons: int) -> bool:
    """Mean and variance of independent normal draws against their exact values."""
    bound = stats.norm.isf(1e-3 / (2 * comparisons) / 2)
    n = draws.size
    z_mean = (draws.mean() - mean) / np.sqrt(variance / n)
    z_variance = (draws.var() - variance) / (variance * np.sqrt(2 / n))
    return bool(max(abs(z_mean), abs(z_variance)) < bound)


@pytest.mark.statistical
def test_seeing_is_not_doing() -> None:
    """z -> x, z -> y <- x, noise of variance 1: y is N(1, 2) where x is made 1, else N(1.5, 1.5).

    The posterior z | x = 1 is N(0.5, 0.5). Of the Markov chain every tenth draw is kept, which are
    as good as independent: NUTS draws of a normal decorrelate within a few.
    """
    model = gendsl.compile(CONFOUNDED)
    done = model.do(x=1).simulate(draws=4000, seed=1).prior_predictive["y"].values.ravel()
    fit = model.condition(x=1).infer(seed=1)
    seen = fit.posterior_predictive["y"].values[:, ::10].ravel()
    assert moments_agree(done, 1.0, 2.0, 4)
    assert moments_agree(seen, 1.5, 1.5, 4)
    assert moments_agree(fit.posterior["z"].values[:, ::10].ravel(), 0.5, 0.5, 4)
    # After the fit: z stays as inferred, whatever x is set to.
    after = fit.predict(do={"x": 3.0}, seed=2).predictions["y"].values[:, ::10].ravel()
    assert moments_agree(after, 3.5, 1.5, 4)
    # The twins: each question answered by the other.
    assert not moments_agree(done, 1.5, 1.5, 4)
    assert not moments_agree(seen, 1.0, 2.0, 4)


def test_a_fit_remembers_what_was_fixed(schools: Model, tmp_path: Any) -> None:
    fit = (
        schools.condition({"theta[B]": 2.0})
        .do(tau=1.5)
        .infer(DATA, seed=1, chains=2, warmup=50, draws=20)
    )
    fit.save(tmp_path / "fit.nc")
    loaded = gendsl.load(tmp_path / "fit.nc")
    assert loaded.attributes["conditioned"] == {'theta["B"]': 2.0}
    assert loaded.attributes["intervened"] == {"tau": 1.5}
    assert loaded.model.program == schools.condition({"theta[B]": 2.0}).do(tau=1.5).program
    theta = loaded.posterior["theta"]
    assert (theta.sel(school="B") == 2.0).all() and theta.sel(school="A").std() > 0
    assert "theta.own" not in loaded.posterior and set(loaded["log_likelihood"]) == {"y"}
    predicted = loaded.predict({"school": ["B", "new"], "sigma": [0.1, 0.1]})
    known = predicted.posterior["theta"]
    assert (known.sel(school="B") == 2.0).all() and known.sel(school="new").std() > 0
    assert predicted.predictions["y"].sel(school="B").mean() == pytest.approx(2.0, abs=0.2)
