"""Inference programs run by Pyro itself: what they draw, what they say, what they refuse.

The posterior is normal and its evidence known. With |z| < 5 for 2 moments of 2 kernels and of the
weighted draws the chance that any test fails where all is right is below 1e-5, if the errors of the
means are right; draws that lie a standard deviation off are told apart.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import gendsl
from gendsl.api.engine_refusals import check_engine
from gendsl.api.failure import InferenceError, UsageError
from gendsl.api.inference_drawn import Drawn
from gendsl.api.inference_posterior import posterior_of
from gendsl.api.inference_program import draw
from gendsl.api.lowering import lower, transform
from gendsl.api.means import Means
from gendsl.api.runtime import computing
from gendsl.api.settings import settings_of
from gendsl.backends.pyro.inference import laplace
from gendsl.backends.pyro.inference.table import LIBRARY_PIECES
from gendsl.resolve.inference_calls import FLOWS
from gendsl.resolve.inference_piece import BATCH
from gendsl.resolve.inference_table import PIECES
from gendsl.results import convergence
from gendsl.results.trust import DrawKind

CONJUGATE = """\
model conjugate {
  dim row
  data y[row] : real
  mu ~ Normal(0, 2)
  y[row] ~ Normal(mu, 1)
}
infer trees = nuts(chains = 2, warmup = 60, draws = 150)
infer paths = hmc(steps = 3, chains = 2, warmup = 60, draws = 150)
infer grouped = nuts(chains = 4, superchains = 2, warmup = 2, draws = 2, max_depth = 1)
infer fitted = vi(guide = mean_field, steps = 600, draws = 300)
infer ranked = vi(guide = low_rank, rank = 5, steps = 100, draws = 30)
infer bent = vi(guide = flow(layers = 1, bins = 2, width = 2), objective = iwae, steps = 100,
  draws = 9)
infer peak = laplace(starts = 2, draws = 30)
infer weighed = vi(guide = mean_field, steps = 200) >> importance(draws = 500) >> resample(300)
"""
Y = np.array([1.2, 0.3, 2.5, 1.9, 0.8])
SPREAD = float(np.sqrt(1 / (1 / 4 + len(Y))))
CENTRE = SPREAD**2 * float(Y.sum())
_MARGINAL = np.eye(len(Y)) + 4
EVIDENCE = -0.5 * float(
    Y @ np.linalg.solve(_MARGINAL, Y) + np.linalg.slogdet(2 * np.pi * _MARGINAL)[1]
)
LIMIT = 5.0

Run = Callable[..., Drawn]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    model = gendsl.compile(CONJUGATE)
    with computing():
        bound = model.bind({"y": Y})
        program = transform(model.program, "pyro", sizes=bound.sizes)
        posterior = posterior_of(program, lower(program).bind(bound), bound, Means("pyro", "pyro"))

        @cache
        def drawn(name: str, seed: int = 4) -> Drawn:
            plan = settings_of(model.program, name, {})
            return draw(posterior, plan, seed=seed, progress=None, engine="pyro")

        yield drawn


def z_values(draws: NDArray[Any]) -> NDArray[np.float64]:
    values = np.concatenate([draws, draws**2], axis=-1)
    exact = np.array([CENTRE, CENTRE**2 + SPREAD**2])
    return np.asarray((values.mean((0, 1)) - exact) / convergence.mcse_mean(values))


@pytest.mark.statistical
@pytest.mark.parametrize("name", ["trees", "paths"])
def test_chains_are_of_the_posterior(run: Run, name: str) -> None:
    found = run(name)
    assert found.kind is DrawKind.CHAINS and found.is_exact and not found.is_interrupted
    assert found.draws.shape == (2, 150, 1)
    assert np.abs(z_values(found.draws)).max() < LIMIT
    assert np.abs(z_values(found.draws + SPREAD)).max() > LIMIT
    columns = {"lp", "acceptance_rate", "diverging", "n_steps", "step_size"}
    of_trees = {"tree_depth", "reached_max_treedepth"} if name == "trees" else set()
    assert set(found.statistics) == columns | of_trees
    assert {column.shape for column in found.statistics.values()} == {(2, 150)}
    mu = found.draws[..., 0]
    exact = EVIDENCE - 0.5 * ((mu - CENTRE) / SPREAD) ** 2 - np.log(SPREAD * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(found.statistics["lp"], exact, rtol=1e-10)


def test_superchains_begin_at_one_point_and_trees_are_cut(run: Run) -> None:
    found = run("grouped")
    assert found.draws.shape == (4, 2, 1)
    assert np.all(found.statistics["n_steps"] == 1)
    assert np.all(found.statistics["tree_depth"] == 1)
    assert found.statistics["reached_max_treedepth"].all()


def test_a_guide_of_the_right_family_is_the_posterior(run: Run) -> None:
    found = run("fitted")
    assert found.kind is DrawKind.APPROXIMATION and not found.is_exact
    said = found.said
    assert said["method"] == "vi" and said["checked_draws"] == 2000
    assert said["elbo"] == pytest.approx(EVIDENCE, abs=0.03)
    assert said["log_evidence"] == pytest.approx(EVIDENCE, abs=0.03)
    assert said["pareto_k"] < 0.7 and said["shift"] < 0.25
    # The standard error of a mean of 300 draws is 0.06 standard deviations.
    assert found.draws.mean() == pytest.approx(CENTRE, abs=0.5 * SPREAD)
    assert found.statistics["lp"].shape == (1, 300)


@pytest.mark.parametrize(("name", "draws"), [("ranked", 30), ("bent", 9)])
def test_a_guide_that_had_too_few_steps_says_so(run: Run, name: str, draws: int) -> None:
    found = run(name)
    assert found.draws.shape == (1, draws, 1)
    assert "the optimiser stopped before it was done" in found.said["problems"]


def test_laplace_of_a_normal_is_the_posterior(run: Run) -> None:
    found = run("peak")
    assert found.said["elbo"] == pytest.approx(EVIDENCE, abs=1e-6)
    assert found.said["problems"] == [] and found.said["pareto_k"] == -np.inf


@pytest.mark.statistical
def test_weighted_draws_have_the_evidence(run: Run) -> None:
    found = run("weighed")
    assert found.draws.shape == (1, 300, 1) and found.said["method"] == "vi, weighted"
    size = found.said["effective_size"]
    error = np.sqrt(500 / size - 1) / np.sqrt(500)
    off = np.exp(found.said["log_evidence"] - EVIDENCE) - 1
    assert 100 < size <= 500 and abs(off) < LIMIT * error
    assert abs(np.exp(found.said["log_evidence"] - EVIDENCE) / 0.5 - 1) > LIMIT * error


def test_a_seed_decides_the_draws(run: Run) -> None:
    for name in ("grouped", "ranked"):
        before = run(name, 7).draws
        run.cache_clear()  # type: ignore[attr-defined]
        np.testing.assert_array_equal(run(name, 7).draws, before)
        assert not np.array_equal(run(name, 8).draws, before)


def test_a_climb_that_finds_nothing_is_an_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laplace, "_climb", lambda target, start, num_steps: None)
    with pytest.raises(InferenceError) as caught:
        run("peak", 11)
    (said,) = caught.value.diagnostics
    assert said.code == "G0708"
    assert said.message == "`laplace` found no approximation: no climb came to a strict maximum"


MIXED = """\
model mixed {
  dim row
  data y[row] : real
  p ~ Beta(2, 2)
  z[row] ~ Bernoulli(p)
  y[row] ~ Normal(if(z == 1, 2, -2), 1)
}
infer main = nuts(chains = 2, warmup = 20, draws = 10)
"""


def test_a_fit_has_the_groups_and_says_whose_kernels_ran() -> None:
    """Discrete latents are summed out for Pyro too, and drawn afterwards."""
    model = gendsl.compile(MIXED)
    seen: list[Any] = []
    fit = model.infer(
        {"y": [2.1, -1.7, 2.4]}, seed=1, backend="pyro", engine="pyro", progress=seen.append
    )
    assert fit.attributes["engine"] == "pyro"
    assert fit.posterior["z"].shape == (2, 10, 3)
    assert set(np.unique(fit.posterior["z"])) <= {0, 1}
    wanted = {"posterior", "log_likelihood", "sample_stats", "posterior_predictive", "prior"}
    assert wanted <= set(fit.groups)
    assert seen[-1].phase == "sampling" and seen[-1].done == seen[-1].total == 10
    assert not [w for w in fit.warnings() if w.code == "G0715"]


# --- what Pyro does not have --------------------------------------------------------------

_HAS = ("it has `nuts`, `hmc`, `laplace`, `vi`, `importance`, `resample`",)
_WAY_OUT = "leave `engine` out: the kernels of gendsl run on the same program for Pyro"

REFUSED = {
    "smc()": ("G0760", "Pyro's own engine has no `smc`", _HAS),
    "chees(chains = 4)": ("G0760", "Pyro's own engine has no `chees`", _HAS),
    "mala()": ("G0760", "Pyro's own engine has no `mala`", _HAS),
    "barker()": ("G0760", "Pyro's own engine has no `barker`", _HAS),
    "random_walk()": ("G0760", "Pyro's own engine has no `random_walk`", _HAS),
    "slice()": ("G0760", "Pyro's own engine has no `slice`", _HAS),
    "elliptical_slice(mu)": ("G0760", "Pyro's own engine has no `elliptical_slice`", _HAS),
    "cycle(nuts(), slice())": ("G0760", "Pyro's own engine has no `cycle`", _HAS),
    "mix(nuts(), slice())": ("G0760", "Pyro's own engine has no `mix`", _HAS),
    "sgld()": ("G0760", "Pyro's own engine has no `sgld`", _HAS),
    "sghmc()": ("G0760", "Pyro's own engine has no `sghmc`", _HAS),
    "ensemble()": ("G0760", "Pyro's own engine has no `ensemble`", _HAS),
    "vbll(mu)": ("G0760", "Pyro's own engine has no `vbll`", _HAS),
    "laplace(mu)": ("G0760", "Pyro's own engine has no `laplace` of some quantities", ()),
    "flow_mc()": ("G0760", "Pyro's own engine has no `flow_mc`", _HAS),
    "pathfinder() >> importance() >> resample()": (
        "G0760",
        "Pyro's own engine has no `pathfinder`",
        _HAS,
    ),
    "annealed_importance()": ("G0760", "Pyro's own engine has no `annealed_importance`", _HAS),
    "neutra() >> nuts()": ("G0760", "Pyro's own engine has no `neutra`", _HAS),
    "nuts(metric = low_rank)": (
        "G0761",
        "Pyro's own engine has no `metric = low_rank` for `nuts`",
        ("of `metric` it has `auto`, `diagonal`, `dense`",),
    ),
    "vi(objective = chi_squared)": (
        "G0761",
        "Pyro's own engine has no `objective = chi_squared` for `vi`",
        ("of `objective` it has `elbo`, `iwae`",),
    ),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_pyro_does_not_have_is_refused_before_data_are_read(text: str) -> None:
    model = gendsl.compile(f"model m {{\n  mu ~ Normal(0, 1)\n}}\ninfer main = {text}\n")
    with pytest.raises(UsageError) as caught:
        check_engine(settings_of(model.program, None, {}))
    (said,) = caught.value.diagnostics
    code, message, notes = REFUSED[text]
    assert (said.code, said.message, said.notes) == (code, message, notes)
    assert said.help == _WAY_OUT and said.label == "not in Pyro"
    assert said.span is not None and text.startswith(said.span.text)


def test_refused_programs_do_not_run() -> None:
    model = gendsl.compile("model m {\n  mu ~ Normal(0, 1)\n}\ninfer main = smc()\n")
    with pytest.raises(UsageError, match="Pyro's own engine has no `smc`"):
        model.infer({}, backend="pyro", engine="pyro")


NOTHING_FOR = {
    "nuts": {"low_rank"},
    "vi": {"chi_squared", "local"},
    "laplace": {"diagonal", "kronecker", "gauss_newton", "linear", "evidence"},
}
"""Words that the table lacks, by piece."""


@pytest.mark.parametrize("row", LIBRARY_PIECES.values(), ids=lambda row: row.name)
def test_the_table_has_every_setting_of_a_piece_and_only_those(row: Any) -> None:
    settings = FLOWS[row.name].settings if row.name in FLOWS else PIECES[row.name].all_settings
    # Minibatches are refused whatever their settings.
    of_a_part = {setting.name for setting in BATCH}
    assert set(row.settings) == {setting.name for setting in settings} - of_a_part
    missing = set()
    for setting in settings:
        if setting.words and setting.name not in of_a_part:
            assert set(row.words[setting.name]) <= set(setting.words)
            missing |= set(setting.words) - set(row.words[setting.name])
    assert missing == NOTHING_FOR.get(row.name, set())
    module, _, name = row.runs.rpartition(".")
    assert hasattr(importlib.import_module(module), name)


def test_pieces_are_in_the_table_or_refused() -> None:
    refused = {name for text in REFUSED for name in PIECES if text.startswith(f"{name}(")}
    # Programs of discrete quantities, or of minibatches, are those that the model above can't have.
    assert refused - set(NOTHING_FOR) | set(LIBRARY_PIECES) >= set(PIECES) - {"gibbs", "swag"}
