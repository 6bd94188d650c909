"""Pyro's own kernels and guides on densities whose moments and evidence are known.

The density is a correlated normal, whose log evidence is 3. Chains: with |z| < 5 for 4 moments of 2
kernels the chance that any test fails where all is right is below 1e-5, if the errors of the means
are right; draws of a normal that is twice as wide fail. Guides: seeds are fixed, so that a fit is
what it is; its divergence from the density is found from draws to 0.01 or better, and that of a
guide of a narrower density is seen. Weights: |z| < 5, and an evidence that is off by a tenth is
seen.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch

from gendsl.backends.pyro.compiled import Compiled
from gendsl.backends.pyro.inference import chains as chain_module
from gendsl.backends.pyro.inference.chains import Transitions, hmc, nuts, run_chains
from gendsl.backends.pyro.inference.fitted import alone
from gendsl.backends.pyro.inference.flat import FlatModel
from gendsl.backends.pyro.inference.guides import NORMALS
from gendsl.backends.pyro.inference.laplace import NoMaximumError, fit_laplace
from gendsl.backends.pyro.inference.variational import fit, fit_flow
from gendsl.results import convergence

MEAN = np.array([1.0, -2.0])
CORRELATION = 0.6
EVIDENCE = 3.0
LIMIT = 5.0


@cache
def compiled(scale: float, correlation: float) -> Compiled:
    """A normal as the prior, and a constant as the likelihood."""
    lower = torch.linalg.cholesky(torch.tensor(covariance(scale, correlation)))
    mean = torch.tensor(MEAN)
    constant = EVIDENCE - np.log(2 * np.pi) - float(torch.log(torch.diagonal(lower)).sum())

    def parts(position: torch.Tensor) -> torch.Tensor:
        away = torch.linalg.solve_triangular(lower, (position - mean)[:, None], upper=False)
        return torch.stack([-0.5 * (away**2).sum(), position[0] * 0 + constant])

    return Compiled(parts, 2)


def covariance(scale: float = 1.0, correlation: float = CORRELATION) -> np.ndarray:
    variances = np.array([2.0, 1.0])
    across = correlation * np.sqrt(variances.prod())
    return scale * np.array([[2.0, across], [across, 1.0]])


def normal(scale: float = 1.0, correlation: float = CORRELATION) -> FlatModel:
    return FlatModel(2, compiled(scale, correlation))


def starts(count: int = 4) -> np.ndarray:
    return np.random.default_rng(0).uniform(-2, 2, (count, 2))


def never(*_: object) -> bool:
    return False


def run(target: FlatModel, make: chain_module.Make, **options: object) -> Transitions:
    asked = {"num_warmup": 100, "num_draws": 150, "seeds": [1, 2, 3, 4], "tell": never} | options
    return run_chains(target, make, starts(len(asked["seeds"])), **asked)


def errors(draws: np.ndarray) -> np.ndarray:
    """How many standard errors the means of both coordinates and of their squares are off."""
    values = np.concatenate([draws, draws**2], axis=-1)
    exact = np.concatenate([MEAN, MEAN**2 + np.diag(covariance())])
    return (values.mean((0, 1)) - exact) / convergence.mcse_mean(values)


KERNELS = {
    "nuts": nuts(full_mass=True),
    "hmc": hmc(4, full_mass=False),
}


@pytest.mark.statistical
@pytest.mark.parametrize("name", KERNELS)
def test_chains_are_of_the_density(name):
    found = run(normal(), KERNELS[name])
    assert np.all(np.abs(errors(found.draws)) < LIMIT)
    heights = normal().density.value_and_gradient(torch.tensor(found.draws[0]))[0]
    np.testing.assert_allclose(found.log_density[0], heights, rtol=1e-12)
    assert np.all((found.acceptance_rate >= 0) & (found.acceptance_rate <= 1))
    assert 0.6 < found.acceptance_rate.mean() < 0.99
    assert not found.is_divergent.any()
    assert np.ptp(found.step_size, axis=1).max() == 0


@pytest.mark.statistical
def test_chains_of_a_wider_density_are_told_apart():
    assert np.abs(errors(run(normal(4.0), nuts(), num_warmup=50, num_draws=60).draws)).max() > LIMIT


def test_steps_are_counted():
    found = run(normal(), hmc(4), num_warmup=20, num_draws=10, seeds=[1])
    assert np.all(found.num_gradients == 4)
    cut = run(normal(), nuts(max_tree_depth=2), num_warmup=20, num_draws=10, seeds=[1])
    assert cut.num_gradients.max() == 3


def test_divergences_are_marked():
    """Where the density ends, the energy is infinite."""

    def parts(position: torch.Tensor) -> torch.Tensor:
        value = torch.where(position[0] > 0.0, -position[0], -torch.inf)
        return torch.stack([value, position[0] * 0])

    target = FlatModel(1, Compiled(parts, 1, is_traceable=False))
    asked = {"num_warmup": 20, "num_draws": 40, "seeds": [3], "tell": never}
    found = run_chains(target, nuts(), np.ones((1, 1)), **asked)
    assert found.is_divergent.any() and not found.is_divergent.all()
    assert np.all(found.draws > 0)


def test_draws_of_a_chain_do_not_depend_on_the_others_or_on_the_generator():
    short = {"num_warmup": 10, "num_draws": 5}
    state = torch.get_rng_state()
    both = run(normal(), nuts(), **short, seeds=[1, 2])
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(99)
    one = run(normal(), nuts(), **short, seeds=[1])
    other = run(normal(), nuts(), **short, seeds=[5])
    np.testing.assert_array_equal(both.draws[:1], one.draws)
    assert not np.array_equal(one.draws, other.draws)


@pytest.mark.parametrize(("turns", "made"), [(5, 0), (10, 0), (13, 3)])
def test_a_stopped_run_keeps_as_many_draws_of_each_chain(turns, made):
    seen = []

    def tell(turn):
        seen.append(turn)
        return len(seen) == turns

    found = run(normal(), nuts(), num_warmup=10, num_draws=20, seeds=[1, 2], tell=tell)
    assert found.draws.shape == (2, made, 2)
    assert found.acceptance_rate.shape == (2, made)
    assert [turn.phase for turn in seen] == ["warmup"] * min(turns, 10) + ["sampling"] * made


# --- guides -------------------------------------------------------------------------------


def fitted(name: str, target: FlatModel, num_steps: int = 900, **options):
    asked = {"objective": "elbo", "num_steps": num_steps, "seed": 1, "tell": never} | options
    rank = {"rank": 1} if name == "low_rank" else {}
    return fit(target, NORMALS[name](**rank), starts()[0], **asked)


@cache
def full_rank():
    """A guide of the right family, where its fit ended."""
    return fitted("full_rank", normal())


def divergence(found, evidence: float = EVIDENCE) -> tuple[float, float]:
    """KL(q || p) from draws of the guide, and its standard error."""
    drawn = found.weigh(1000, 7)
    lost = evidence - (drawn.log_p - drawn.log_q)
    return float(lost.mean()), float(lost.std() / np.sqrt(len(lost)))


@pytest.mark.parametrize(
    "name",
    [
        "mean_field",
        pytest.param("full_rank", marks=pytest.mark.slow),
        pytest.param("low_rank", marks=pytest.mark.slow),
    ],
)
def test_a_guide_comes_to_the_density(name):
    independent = name == "mean_field"
    found = (
        full_rank()
        if name == "full_rank"
        else fitted(name, normal(correlation=0.0 if independent else CORRELATION))
    )
    lost, error = divergence(found)
    assert lost < 0.03 and error < 0.01
    assert not found.num_bad and not found.is_stopped and found.steps <= 900


def test_a_guide_of_something_else_is_told_apart():
    found = fitted("mean_field", normal(0.5, 0.0), 600)
    found.target.density = normal(1.0, 0.0).density
    assert divergence(found)[0] > 0.05


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["coupling", "autoregressive"])
def test_a_flow_bends_where_a_normal_can_not(kind):
    """A banana, of which no normal comes nearer than 0.4 nats."""

    def parts(position: torch.Tensor) -> torch.Tensor:
        a, b = position
        height = -0.5 * (a**2 + ((b - a**2) / 0.5) ** 2) - np.log(0.5 * 2 * np.pi)
        return torch.stack([height, a * 0])

    target = FlatModel(2, Compiled(parts, 2))
    bent = fit_flow(
        target, np.zeros(2), kind=kind, layers=3, bins=8, width=16,
        objective="elbo", num_steps=6000, seed=1, tell=never,
    )  # fmt: skip
    straight = fitted("full_rank", target, 3000)
    assert divergence(straight, 0.0)[0] > 0.4
    assert divergence(bent, 0.0)[0] < 0.6 * divergence(straight, 0.0)[0]


@pytest.mark.parametrize(
    "kind", ["coupling", pytest.param("autoregressive", marks=pytest.mark.slow)]
)
def test_the_density_of_a_flow_adds_up_to_one(kind):
    """The mean of q / p over draws of p, for a guide that is narrower: |z| < 5."""
    flow = {"kind": kind, "layers": 2, "bins": 4, "width": 4}
    found = fit_flow(
        normal(), starts()[0], **flow, objective="elbo", num_steps=60, seed=1, tell=never
    )
    drawn = found.weigh(20, 3)
    points = np.random.default_rng(5).multivariate_normal(MEAN, covariance(), 2000)
    with alone(0), torch.no_grad():
        of = found.guide.get_posterior()
        np.testing.assert_allclose(of.log_prob(torch.tensor(drawn.positions)), drawn.log_q)
        log_q = of.log_prob(torch.tensor(points)).numpy()
    log_p = normal().value_and_gradient(torch.tensor(points))[0].numpy() - EVIDENCE
    ratios = np.exp(log_q - log_p)
    assert abs(ratios.mean() - 1) < LIMIT * ratios.std() / np.sqrt(len(ratios))


def test_weights_are_of_the_evidence():
    found = full_rank()
    drawn = found.weigh(1000, 5)
    weights = np.exp(drawn.log_p - drawn.log_q - EVIDENCE)
    error = weights.std() / np.sqrt(len(weights))
    assert abs(weights.mean() - 1) < LIMIT * error
    assert abs(weights.mean() / 0.9 - 1) > LIMIT * error
    again = found.weigh(300, 5)
    np.testing.assert_array_equal(again.positions, drawn.positions[:300])


@pytest.mark.slow
def test_the_bound_of_several_weights_fits_too():
    found = fitted("full_rank", normal(), 600, objective="iwae")
    assert divergence(found)[0] < 0.5


def test_fits_are_the_same_again_and_leave_parameters_of_others_alone():
    import pyro

    pyro.get_param_store()["mine"] = torch.tensor(1.0)
    try:
        one, other = (fitted("mean_field", normal(), 60).weigh(10, 1) for _ in range(2))
        assert list(pyro.get_param_store().keys()) == ["mine"]
    finally:
        pyro.clear_param_store()
    np.testing.assert_array_equal(one.positions, other.positions)


def test_draws_without_a_density_have_no_say():
    def parts(position: torch.Tensor) -> torch.Tensor:
        value = torch.where(position[0] > -1.0, -0.5 * position[0] ** 2, torch.nan)
        return torch.stack([value, position[0] * 0])

    target = FlatModel(1, Compiled(parts, 1, is_traceable=False))
    found = fit(
        target, NORMALS["mean_field"](), np.zeros(1),
        objective="elbo", num_steps=120, seed=1, tell=never,
    )  # fmt: skip
    assert found.num_bad > 0
    assert np.isfinite(found.weigh(10, 1).positions).all()


def test_a_fit_that_is_stopped_says_so():
    found = fitted("full_rank", normal(), tell=lambda done, note: done == 20)
    assert found.is_stopped and found.steps == 20 and not found.is_settled
    assert not fitted("full_rank", normal(), 12).is_settled


# --- Laplace ------------------------------------------------------------------------------


def test_laplace_of_a_normal_is_that_normal():
    found = fit_laplace(normal(), starts(), seed=1, tell=never)
    of = found.guide.get_posterior()
    np.testing.assert_allclose(of.loc.numpy(), MEAN, atol=1e-6)
    np.testing.assert_allclose(of.covariance_matrix.numpy(), covariance(), atol=1e-5)
    drawn = found.weigh(20, 1)
    np.testing.assert_allclose(drawn.log_p - drawn.log_q, EVIDENCE, atol=1e-5)
    assert found.is_settled


def test_laplace_takes_the_highest_mode():
    def parts(position: torch.Tensor) -> torch.Tensor:
        x = position[0]
        height = torch.logaddexp(-0.5 * (x + 4) ** 2, 1.0 - 0.5 * (x - 4) ** 2)
        return torch.stack([height, x * 0])

    target = FlatModel(1, Compiled(parts, 1, is_traceable=False))
    found = fit_laplace(target, np.array([[-3.0], [3.0], [-5.0]]), seed=1, tell=never)
    assert float(found.guide.loc[0]) == pytest.approx(4.0, abs=1e-3)


def test_laplace_of_what_has_no_maximum_says_so():
    target = FlatModel(
        1, Compiled(lambda x: torch.stack([x[0] ** 2, x[0] * 0]), 1, is_traceable=False)
    )
    with pytest.raises(NoMaximumError, match="no climb came to a strict maximum"):
        fit_laplace(target, np.zeros((1, 1)), seed=1, tell=never)


@pytest.mark.parametrize("bad", [-np.inf, np.nan, torch.finfo(torch.float64).min])
def test_a_draw_without_a_density_has_no_weight_beside_others(bad) -> None:
    """Where the others' log densities are far below 0, a 0 in its place would have it all."""
    from gendsl.backends.pyro.inference import variational

    class Half:
        def value_and_gradient(self, positions):
            values = torch.full((len(positions),), -1000.0, dtype=torch.float64)
            values[0] = bad
            return values, torch.ones_like(positions)

    forgiving = variational._Forgiving(Half(), variational._NO_WEIGHT)
    values, gradients = forgiving.value_and_gradient(torch.zeros(4, 2, dtype=torch.float64))
    weights = torch.softmax(values, 0)
    assert forgiving.num_bad == 1
    assert weights[0] == 0.0 and weights[1:].sum() == pytest.approx(1.0)
    assert not gradients[0].any() and gradients[1:].all()
