"""Every inference program gives the posterior that is known in closed form, and says what it is.

Moments of draws are compared by z-values: the mean, and the mean of squares about the known mean,
over its Monte Carlo error from the effective sample size. With |z| < 5 and 4 z-values for each of
11 programs the chance that any of them fails where all is right is below 3e-5. Draws that are off
by a third of a standard deviation, or a tenth too wide, fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from straight_line import COVARIANCE, LOG_EVIDENCE, MEAN, X, Y

import gendsl
from gendsl.api.failure import InferenceError, UsageError
from gendsl.api.inference_drawn import Drawn
from gendsl.api.inference_posterior import posterior_of
from gendsl.api.inference_program import draw
from gendsl.api.lowering import lower, transform
from gendsl.api.runtime import computing
from gendsl.api.settings import settings_of
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.inference import populations
from gendsl.inference.approximations import NothingFoundError, Pathfinder
from gendsl.inference.populations import NoMassError
from gendsl.results import convergence
from gendsl.results.trust import DrawKind, label_of

LINE = """\
model line {
  dim row
  data x[row] : real
  data y[row] : real
  a ~ Normal(0, 1)
  b ~ Normal(0, 2)
  y[row] ~ Normal(a + b * x, 1)
}
infer nuts_in_cycle = cycle(nuts(a, metric = dense), nuts(b), warmup = 200, draws = 1000)
infer blocks   = cycle(slice(a), elliptical_slice(b), warmup = 100, draws = 2000)
infer mixed    = mix(hmc(steps = 4), random_walk(), weights = [2, 1], warmup = 300, draws = 3000)
infer steps    = cycle(mala(a, metric = dense), barker(b), warmup = 300, draws = 3000)
infer low_rank = nuts(metric = low_rank, warmup = 200, draws = 400)
infer many     = chees(chains = 16, warmup = 200, draws = 300)
infer pop      = smc(particles = 1600, move = hmc(steps = 4))
infer powers   = smc(particles = 800, temper = powers(steps = 8), move = slice()) >> resample(400)
infer mode     = laplace(draws = 2000)
infer weighted = pathfinder(paths = 4) >> importance() >> resample(1000)
infer full     = vi(guide = full_rank, draws = 2000)
"""
EXACT = ("nuts_in_cycle", "blocks", "mixed", "steps", "low_rank", "many")
OTHERS = ("pop", "powers", "mode", "weighted", "full")


class Runs:
    """Runs programs of one model with its data bound once, without what a fit derives."""

    def __init__(self, text: str, data: dict[str, Any]) -> None:
        self.model = gendsl.compile(text)
        self.bound = self.model.bind(data)
        self.program = transform(self.model.program, sizes=self.bound.sizes)
        self.density = lower(self.program).bind(self.bound)

    def __call__(self, name: str) -> Drawn:
        plan = settings_of(self.model.program, name, {})
        posterior = posterior_of(self.program, self.density, self.bound)
        return draw(posterior, plan, seed=4, progress=None)


@pytest.fixture(scope="module")
def line() -> Iterator[Runs]:
    with computing():
        yield Runs(LINE, {"x": X, "y": Y})


def z_values(found: Drawn, draws: NDArray[Any] | None = None) -> NDArray[np.float64]:
    """Of the means and of the variances about the known means."""
    draws = found.draws if draws is None else draws
    apart = draws - MEAN
    wanted = np.diag(COVARIANCE)
    columns = np.concatenate([apart, apart**2 - wanted], axis=-1)
    size = np.full(4, float(found.said.get("effective_size", columns.shape[1])))
    size = np.minimum(size, columns.shape[1])
    if found.kind is DrawKind.CHAINS:
        size = np.asarray(convergence.ess_bulk(columns))
    spread = np.concatenate([np.sqrt(wanted), np.sqrt(2.0) * wanted])
    return np.asarray(columns.mean((0, 1)) / (spread / np.sqrt(size)))


@pytest.mark.sweep(2)
@pytest.mark.parametrize("name", EXACT)
def test_chains_draw_from_the_posterior(line: Runs, name: str) -> None:
    found = line(name)
    assert found.kind is DrawKind.CHAINS and found.is_exact
    assert np.abs(z_values(found)).max() < 5
    assert float(np.max(convergence.r_hat(found.draws))) < 1.05
    shifted = found.draws + np.sqrt(np.diag(COVARIANCE)) / 3
    widened = MEAN + 1.3 * (found.draws - MEAN)
    assert np.abs(z_values(found, shifted)).max() > 5
    assert np.abs(z_values(found, widened)).max() > 5


@pytest.mark.sweep(2)
@pytest.mark.parametrize("name", OTHERS)
def test_populations_and_approximations_find_a_normal_posterior(line: Runs, name: str) -> None:
    found = line(name)
    assert not found.is_exact
    assert np.abs(z_values(found)).max() < 5
    error = found.said.get("log_evidence_sd", 0.0)
    assert abs(found.said["log_evidence"] - LOG_EVIDENCE) < 5 * error + 0.02
    assert found.draws.shape[0] == 1 and found.statistics["lp"].shape == found.draws.shape[:2]
    assert label_of({**found.said, "draws_are": found.kind, "is_exact": False})


HIDDEN = """\
model hidden {
  dim time : ordered
  dim state = 2
  dim next like state
  data y[time] : real
  data P[state, next] : real
  data m[state] : real
  z[time = first] = 1
  z[time] ~ Categorical(P[z[time - 1]])
  y[time] ~ Normal(m[z], 1)
}
infer main = gibbs(draws = 4000)
"""


@pytest.mark.slow
def test_gibbs_on_kept_discrete_quantities() -> None:
    """Against the exact probabilities; with 4 chains |z| < 5 for 5 states fails below 3e-6."""
    data = {
        "y": [-0.2, 0.8, -1.4, 0.1, 1.3, 0.4],
        "P": [[0.7, 0.3], [0.4, 0.6]],
        "m": [-1.0, 1.0],
    }
    with computing():
        runs = Runs(HIDDEN, data)
        found = runs("main")
        exact = np.asarray(runs.density.probabilities(runs.density.data, {})["z"])[:, 1]
    assert found.discrete is not None and found.draws.shape == (4, 4000, 0)
    states = np.asarray(found.discrete["z"], float)[:, :, 1:]
    error = np.sqrt(exact[1:] * (1 - exact[1:]) / convergence.ess_bulk(states))
    assert np.abs((states.mean((0, 1)) - exact[1:]) / error).max() < 5
    assert np.abs((states.mean((0, 1)) - 0.5) / error).max() > 5


HYBRID = """\
model hybrid {
  dim row
  dim group = 2
  data y[row] : real
  mu[group] : ordered ~ Normal(0, 3)
  f[row] ~ Normal(0, 0.5)
  z[row] : group ~ Categorical([0.4, 0.6])
  y[row] ~ Normal(mu[z] + f, 1)
}
infer hybrid = cycle(nuts(mu), gibbs(z), elliptical_slice(f), warmup = 300, draws = 500)
infer quick = laplace(draws = 500)
"""


@pytest.fixture(scope="module")
def hybrid() -> gendsl.Model:
    return gendsl.compile(HYBRID)


HYBRID_DATA = {"y": [-2.1, -1.7, -2.6, 2.2, 2.9, 1.5, 2.4]}


def test_a_fit_with_kept_discrete_quantities_is_whole(hybrid: gendsl.Model) -> None:
    fit = hybrid.infer(HYBRID_DATA, seed=2)
    assert fit.attributes["is_exact"] and fit.attributes["draws_are"] == "chains"
    assert fit.posterior["z"].dims == ("chain", "draw", "row")
    share = fit.posterior["z"].mean(("chain", "draw")).values
    exact = fit.probabilities("z").sel(group=1).values
    assert np.abs(share - exact).max() < 0.1
    assert "r_hat" in fit.summary().columns
    assert {"lp", "diverging", "n_steps"} <= set(fit["sample_stats"].data_vars)
    assert "y" in fit.predict(draws=20)["predictions"]
    assert fit.loo().elpd_i.shape == (7,)


def test_an_approximate_fit_says_so_everywhere(hybrid: gendsl.Model, tmp_path: Path) -> None:
    fit = hybrid.infer(HYBRID_DATA, seed=2, name="quick", draws=400)
    assert repr(fit) == "Fit of hybrid: 400 draws, an approximation"
    fit.save(tmp_path / "fit.nc")
    loaded = gendsl.load(tmp_path / "fit.nc")
    for one in (fit, loaded):
        assert one.attributes["is_exact"] is False
        summary = one.summary("mu")
        assert summary.columns == ("mean", "sd", "q5", "q95")
        assert "approximate: laplace, not the posterior itself; k-hat" in str(summary)
        assert "log evidence" in str(summary)
    predicted = fit.predict(draws=20)
    assert predicted["predictions"]["y"].shape[-1] == 7
    for text in (str(fit.loo()), str(predicted.summary())):
        assert text.endswith("is fine, if no mode is missed)") and "approximate: laplace" in text
    bad = gendsl.Fit(fit.tree, {**fit.attributes, "pareto_k": 0.9, "problems": ["it failed"]})
    assert [w.code for w in bad.warnings()] == ["G0722", "G0723"]
    assert "allow more `steps` or `starts`;" in str(bad.warnings()[1].help)


def stopping(phase: str) -> Callable[[Any], None]:
    """A callback for progress that interrupts at the first report of a phase."""

    def listen(report: Any) -> None:
        if report.phase == phase:
            raise KeyboardInterrupt

    return listen


def test_an_interrupted_approximation_says_so() -> None:
    model, data = gendsl.compile(LINE), {"x": X, "y": Y}
    fit = model.infer(data, name="full", seed=1, progress=stopping("vi"))
    assert fit.attributes["is_interrupted"] and fit.posterior.sizes["draw"] == 2000
    (problem,) = [w for w in fit.warnings() if w.code == "G0723"]
    assert "it was interrupted" in problem.message
    assert problem.help == "let `vi()` run to its end"


def test_an_interrupted_population_has_no_draws() -> None:
    model, data = gendsl.compile(LINE), {"x": X, "y": Y}
    with pytest.raises(InferenceError) as caught:
        model.infer(data, name="powers", seed=1, progress=stopping("temperature"))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "G0736" and "at temperature 0.00195" in diagnostic.message


def test_draws_that_are_off_are_warned_of(hybrid: gendsl.Model) -> None:
    fit = hybrid.infer(HYBRID_DATA, seed=2, name="quick", draws=400)
    bad = gendsl.Fit(fit.tree, {**fit.attributes, "pareto_k": 0.2, "shift": 0.4, "problems": []})
    assert [w.code for w in bad.warnings()] == ["G0737"]
    good = gendsl.Fit(fit.tree, {**bad.attributes, "shift": 0.1})
    assert good.warnings() == ()


def test_missing_entries_must_be_moved_too() -> None:
    text = LINE.replace("data x[row] : real", "data x[row] : real?").replace(
        "  y[row] ~", "  x[row] ~ Normal(0, 1)\n  y[row] ~"
    )
    with pytest.raises(UsageError) as caught:
        gendsl.compile(text).infer({"x": [*X[:-1], None], "y": Y}, name="blocks")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "G0433" and "`x.missing`" in diagnostic.message
    gendsl.compile(text.replace("slice(a)", "slice(a, x.missing)"))
    with pytest.raises(DiagnosticError, match="can't move missing entries"):
        gendsl.compile(text.replace("elliptical_slice(b)", "elliptical_slice(b, x.missing)")).infer(
            {"x": [*X[:-1], None], "y": Y}, name="blocks"
        )


def test_what_is_conditioned_on_is_moved_by_nothing() -> None:
    model = gendsl.compile(LINE).condition(b=1.0)
    bound = model.bind({"x": X, "y": Y})
    with computing():
        program = transform(model.program, sizes=bound.sizes)
        density = lower(program).bind(bound)
        plan = settings_of(model.program, "blocks", {"draws": 500})
        found = draw(posterior_of(program, density, bound), plan, seed=1, progress=None)
    precision = 1 + len(X)
    z = (found.draws.mean() - (Y - X).sum() / precision) * np.sqrt(precision)
    assert abs(z) < 5 / np.sqrt(float(convergence.ess_bulk(found.draws)[0]))


@pytest.mark.parametrize(
    ("name", "place", "meant", "code"),
    [
        ("weighted", (Pathfinder, "fit"), NothingFoundError, "G0708"),
        ("pop", (populations, "run_smc"), NoMassError, "G0701"),
    ],
)
def test_only_errors_that_are_the_posteriors_are_said_to_be(
    monkeypatch: pytest.MonkeyPatch, name: str, place: tuple[Any, str], meant: Any, code: str
) -> None:
    """Any other is a fault of ours, and comes up as it is."""

    def failing(error: type[ValueError]) -> Callable[..., Any]:
        def fail(*arguments: Any, **settings: Any) -> Any:
            raise error("shapes (2,) and (3,)")

        return fail

    model, data = gendsl.compile(LINE), {"x": X, "y": Y}
    monkeypatch.setattr(*place, failing(meant))
    with pytest.raises(InferenceError, match=code):
        model.infer(data, name=name)
    monkeypatch.setattr(*place, failing(ValueError))
    with pytest.raises(ValueError, match="shapes") as caught:
        model.infer(data, name=name)
    assert not isinstance(caught.value, DiagnosticError)


IMPROPER = """\
model improper {
  data y : real
  mu ~ Flat()
  y ~ Normal(mu, 1)
}
infer main = laplace(draws = 50)
"""


@pytest.mark.parametrize(("prior", "is_known"), [("Flat()", False), ("Normal(0, 9)", True)])
def test_an_evidence_without_a_constant_is_not_shown(prior: str, is_known: bool) -> None:
    fit = gendsl.compile(IMPROPER.replace("Flat()", prior)).infer({"y": 0.4}, seed=1)
    shown = str(fit.summary())
    assert ("log evidence not known: `mu` is `Flat`" in shown) is not is_known
    assert ("log evidence -" in shown) is is_known
    assert fit.attributes.get("improper_priors", []) == ([] if is_known else ["mu"])
    # A normal is its own approximation: its weights have no tail.
    assert "about equal (which is fine" in shown and "inf" not in shown
    assert repr(fit) == "Fit of improper: 50 draws, an approximation"


FOLDED = """\
model folded {
  data y : real
  mu ~ Normal(0, 5)
  y ~ Normal(abs(mu), 0.3)
}
infer main = laplace(starts = 8, draws = 50)
"""


@pytest.mark.parametrize(("spread", "codes"), [("0.3", ["G0738"]), ("30", [])])
def test_modes_that_an_approximation_lacks_are_warned_of(spread: str, codes: list[str]) -> None:
    """Of eight starts that all find the same of two modes the probability is 1 / 128."""
    model = gendsl.compile(FOLDED.replace("0.3)", f"{spread})").replace("abs(mu)", "mu^2 / 3"))
    fit = model.infer({"y": 3.0}, seed=1)
    found = [w for w in fit.warnings() if w.code in ("G0738", "G0723")]
    assert [w.code for w in found] == codes
    if codes:
        first, second = fit.attributes["mode_log_densities"]
        assert abs(first - second) < 1e-6
        assert f"found 2 modes, of log densities {first:.1f}, {second:.1f}" in found[0].message
