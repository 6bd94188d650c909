"""Programs with flows: what they draw, how exact it is, and what they say of the flow.

Moments of a curved posterior are known by quadrature. With |z| < 5 for 4 moments of 2 programs the
chance that any fails where all is right is below 1e-5; draws of the prior's mean fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import gendsl
from gendsl.api.failure import UsageError
from gendsl.api.geweke_refusals import check_has_kernel
from gendsl.api.inference_drawn import Drawn
from gendsl.api.inference_flows import annealed
from gendsl.api.inference_posterior import posterior_of
from gendsl.api.inference_program import draw
from gendsl.api.lowering import lower, transform
from gendsl.api.runtime import computing
from gendsl.api.settings import settings_of
from gendsl.inference import flows
from gendsl.inference.approximations import Approximation, Outcome
from gendsl.inference.populations import StoppedError
from gendsl.results import convergence
from gendsl.results.trust import DrawKind, judge_flow, judge_transport

BANANA = """\
model banana {
  data y : real
  a ~ Normal(0, 1)
  b ~ Normal(a * a, 0.4)
  y ~ Normal(a + b, 1)
}
infer bent = vi(guide = flow(layers = 4, width = 16, bins = 6), steps = 2400, draws = 2000)
infer seen = neutra(map = flow(layers = 2, width = 8, bins = 4), steps = 600)
  >> hmc(steps = 6, chains = 4, warmup = 150, draws = 500)
infer hasty = neutra(map = flow(layers = 1, width = 4, bins = 2), steps = 100)
  >> random_walk(chains = 2, warmup = 20, draws = 20)
infer far = annealed_importance(map = flow(layers = 4, width = 16, bins = 6), particles = 510,
  rounds = 3, steps = 400, draws = 2000)
infer leap = flow_mc(local = hmc(steps = 3), map = flow(layers = 4, width = 8, bins = 6),
  proposals = 4, warmup = 250, draws = 800)
infer short = flow_mc(local = random_walk(), map = flow(layers = 1, width = 4, bins = 2,
  kind = autoregressive), warmup = 20, draws = 20)
"""
Y = 1.5


def moments() -> NDArray[np.float64]:
    """Means of a, b and their squares, by quadrature."""
    a, b = np.meshgrid(np.linspace(-5, 5, 1201), np.linspace(-3, 14, 2001), indexing="ij")
    height = -0.5 * (a**2 + ((b - a * a) / 0.4) ** 2 + (Y - a - b) ** 2)
    weights = np.exp(height - height.max())
    weights /= weights.sum()
    return np.array([np.sum(weights * column) for column in (a, b, a * a, b * b)])


@pytest.fixture(scope="module")
def run() -> Iterator[Any]:
    model = gendsl.compile(BANANA)
    with computing():
        bound = model.bind({"y": Y})
        program = transform(model.program, sizes=bound.sizes)
        density = lower(program).bind(bound)

        def drawn(name: str) -> Drawn:
            plan = settings_of(model.program, name, {})
            return draw(posterior_of(program, density, bound), plan, seed=4, progress=None)

        yield drawn


def z_values(found: Drawn) -> NDArray[np.float64]:
    columns = np.concatenate([found.draws, found.draws**2], axis=-1)
    error = columns.std((0, 1)) / np.sqrt(np.asarray(convergence.ess_bulk(columns)))
    return np.asarray((columns.mean((0, 1)) - moments()) / error)


@pytest.mark.slow
@pytest.mark.statistical
def test_draws_through_a_flow_are_of_the_posterior_itself(run: Any) -> None:
    found = run("seen")
    assert found.kind is DrawKind.CHAINS and found.is_exact
    assert found.draws.shape == (4, 500, 2)
    assert np.abs(z_values(found)).max() < 5
    assert set(found.said["transport"]) == {"name", "elbo", "pareto_k", "problems"}
    assert np.isfinite(found.said["transport"]["elbo"])
    assert "flow" not in found.said


@pytest.mark.slow
@pytest.mark.statistical
def test_leaps_by_a_flow_keep_the_posterior(run: Any) -> None:
    found = run("leap")
    assert found.kind is DrawKind.CHAINS and found.is_exact
    assert np.abs(z_values(found)).max() < 5
    flow = found.said["flow"]
    assert flow["is_used"] and flow["effective_share"] > 0.2 and flow["coverage"] > 0.9
    assert list(judge_flow(found.said)) == []
    assert "diverging" in found.statistics


@pytest.mark.statistical
@pytest.mark.slow
def test_a_flow_as_a_guide_comes_near_where_no_normal_does(run: Any) -> None:
    found = run("bent")
    assert found.kind is DrawKind.APPROXIMATION and not found.is_exact
    assert found.said["pareto_k"] < 0.7
    assert found.said["log_evidence"] - found.said["elbo"] < 0.2


def test_a_flow_that_warm_up_could_not_train_is_not_used_and_said_so(run: Any) -> None:
    found = run("short")
    assert found.is_exact and not found.said["flow"]["is_used"]
    (warning,) = judge_flow(found.said)
    assert warning.code == "G0725" and "too short" in warning.notes[0]
    poor = {"flow": {"is_used": False, "effective_share": 0.01, "coverage": 0.4}}
    (warning,) = judge_flow(poor)
    assert "0.010" in warning.notes[0] and "40%" in warning.notes[0]
    assert list(judge_flow({})) == []


@pytest.mark.slow
def test_a_transport_that_did_not_settle_is_said_to(run: Any) -> None:
    """A hundred steps are too few for the optimiser to stand still."""
    found = run("hasty")
    assert found.is_exact
    (warning,) = judge_transport(found.said)
    assert warning.code == "G0739" and "`neutra`" in warning.message
    assert "the optimiser stopped before it was done" in warning.message
    settled = {"transport": {**found.said["transport"], "problems": []}}
    assert list(judge_transport(settled)) == list(judge_transport({})) == []


class Rounds:
    """Stands for the fits of the core: says how it was called, and stops in the round of a number.

    Each round's flow is its number.
    """

    def __init__(self, stopped_in: int = -1) -> None:
        self.calls: list[tuple[int, Any]] = []
        self.stopped_in = stopped_in

    def __call__(self, target: Any, flow: Any, particles: int, **settings: int) -> Any:
        self.particles, self.settings = particles, settings
        return SimpleNamespace(fit=self._fit)

    def _fit(self, data: Any, seed: int, *, theta: Any) -> Approximation:
        if len(self.calls) == self.stopped_in:
            raise StoppedError(1, 0.5)
        self.calls.append((seed, theta))
        return Approximation(
            None, len(self.calls), 0.0, 0.0, 0.0, 0.1, Outcome.OK, 1, np.zeros(0)
        )  # fmt: skip


def test_annealed_importance_goes_round_by_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each round begins with the flow of the one before; what stops one leaves that."""
    call = settings_of(gendsl.compile(BANANA).program, "far", {}).outer
    target: Any = SimpleNamespace(size=2)
    told: list[Any] = []
    for stopped_in, ended in ((-1, 3), (2, 2)):
        rounds = Rounds(stopped_in)
        monkeypatch.setattr(flows, "AnnealedImportance", rounds)
        found = annealed(target, call, None, 4, told.append)
        assert rounds.particles == 512 and rounds.settings["num_rounds"] == 1
        assert [theta for _, theta in rounds.calls] == [None, 1, 2][:ended]
        assert len({seed for seed, _ in rounds.calls}) == ended and found.params == ended
        assert bool(found.status & Outcome.INTERRUPTED) == (stopped_in >= 0)
    assert (told[0].phase, told[0].done, told[0].total) == ("rounds", 1, 3)
    monkeypatch.setattr(flows, "AnnealedImportance", Rounds(0))
    with pytest.raises(StoppedError):
        annealed(target, call, None, 4, None)
    target = SimpleNamespace(size=100)
    rounds = Rounds()
    monkeypatch.setattr(flows, "AnnealedImportance", rounds)
    annealed(target, call, None, 4, None)
    assert rounds.particles == 800


@pytest.mark.slow
@pytest.mark.statistical
def test_annealed_importance_finds_modes_apart_and_the_evidence() -> None:
    """Half of the mass is on each side of 0; the evidence is a normal integral.

    The share has a Monte Carlo error of 0.011 and the flow's own, so 0.1 is far out; a fit of one
    side alone has k-hat below the limit, a share of 0 or 1 and half the evidence.
    """
    model = gendsl.compile("""\
model two {
  data y : real
  a ~ Normal(0, 3)
  b ~ Normal(0, 1)
  y ~ Normal(abs(a) + b, 0.5)
}
infer main = annealed_importance(map = flow(layers = 4, width = 16, bins = 6), particles = 512,
  rounds = 2, steps = 400, draws = 2000)
""")
    fit = model.infer({"y": 4.0}, seed=1)
    assert not fit.attributes["is_exact"] and fit.warnings() == ()
    assert abs(float((fit.posterior["a"] > 0).mean()) - 0.5) < 0.1
    a = np.linspace(-20, 20, 40001)
    height = np.exp(-0.5 * (a / 3) ** 2 - 0.5 * (4 - np.abs(a)) ** 2 / 1.25)
    exact = np.log(height.sum() * (a[1] - a[0]) / (2 * np.pi * 3 * np.sqrt(1.25)))
    assert abs(fit.attributes["log_evidence"] - exact) < 0.1


def test_plans_know_their_transport_and_their_kernel() -> None:
    program = gendsl.compile(BANANA).program
    plan = settings_of(program, "seen", {"draws": 7})
    assert plan.transport is not None and plan.transport.name == "neutra"
    assert plan.outer.name == "hmc" and plan.number("draws") == 7 and plan.number("steps") == 6
    assert settings_of(program, "leap", {}).transport is None
    assert gendsl.compile(f"{BANANA}\ninfer again = {str(plan).split(' = ', 1)[1]}")
    with pytest.raises(UsageError, match="G0833"):
        check_has_kernel(plan)
