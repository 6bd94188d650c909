"""Draws of a network as positions of a model, and the densities that they have there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from pfn_cases import NETWORK
from proposal_cases import CONJUGATE, DATA, WIDER, conjugate_evidence, posterior

import gendsl
from gendsl.api import proposal_draws
from gendsl.api.inference_chains import starts_of, starts_that_are_said
from gendsl.api.inference_posterior import Posterior
from gendsl.api.inference_weighted import draw_weighted, error_of_evidence
from gendsl.api.log_densities import log_densities_of
from gendsl.api.model import Model
from gendsl.api.pfn_trained import TrainedPfn
from gendsl.api.plan_networks import with_networks
from gendsl.api.proposal_context import context_of
from gendsl.api.proposal_draws import ProposalDraws, draw_positions
from gendsl.api.proposal_maps import LatentMap, positions_with, values_at_positions
from gendsl.api.settings import Plan, settings_of
from gendsl.inference.approximations import largest_good_k, smooth
from gendsl.results.trust import judge_approximation

SUPPORTS = f"""\
model many {{
  dim row
  dim k = 3
  data x[row] : real
  data y[row] : real
  low ~ Uniform(0, 2)
  high ~ Uniform(low, 3)
  share[k] ~ Dirichlet(1)
  cut[k] : ordered ~ Normal(0, 1)
  tau ~ LogNormal(0, 0.5)
  theta[k] ~ Normal(low, tau)
  y[row] ~ Normal(low + high * x + share[0] + mean[k](theta) + cut[1], tau)
}}
pfn many_latents {{
  prior   = many
  predict   y, tau, low, high, share, cut, theta given x
  rows    = 2..4
  inputs  = x ~ Uniform(-1, 1)
  network = {NETWORK}, head = mixture(2), joint = flow(layers = 1, width = 4, bins = 4))
}}
"""


def plan_of(model: Model, name: str, network: TrainedPfn) -> Plan:
    return with_networks(settings_of(model.program, name, {}), model.checked, {"robust": network})


@pytest.fixture(scope="module")
def drawn(robust: TrainedPfn) -> Iterator[tuple[Posterior, ProposalDraws, np.ndarray]]:
    """Draws of it for five rows, and the log joint density at them."""
    model = gendsl.compile(CONJUGATE)
    call = settings_of(model.program, "exact", {}).outer
    with posterior(model, DATA) as of:
        found = draw_positions(robust, of, call, 8192, seed=3)
        yield of, found, log_densities_of(of, found.positions)


def test_a_density_moves_with_its_coordinates(
    robust: TrainedPfn, drawn: tuple[Posterior, ProposalDraws, np.ndarray]
) -> None:
    """By hand: z = (log v, beta / sqrt v) and u = (log v, beta), so that log |du/dz| = z[0]."""
    of, found, _ = drawn
    assert [(site.of, site.is_auxiliary) for site in of.density.sites] == [
        ("v", False), ("beta", True),
    ]  # fmt: skip
    z = found.positions[:1024]
    u = np.column_stack([z[:, 0], np.exp(0.5 * z[:, 0])[:, None] * z[:, 1:]])
    with jax.enable_x64(False):
        log_u = robust.predictor.latent_log_density(DATA["x"][:, None], DATA["y"], u)
    np.testing.assert_allclose(found.log_q[:1024], log_u + z[:, 0], atol=2e-4)


def z_score(log_p: np.ndarray, log_q: np.ndarray) -> float:
    """How many standard errors the estimated log evidence is off."""
    smoothed = smooth(log_p, log_q)
    size = float(np.exp(-np.logaddexp.reduce(2.0 * smoothed.log_weights)))
    error = error_of_evidence(size, len(log_p))
    return (smoothed.log_evidence - conjugate_evidence(DATA["x"], DATA["y"])) / error


def test_the_evidence_is_that_of_the_closed_form(
    drawn: tuple[Posterior, ProposalDraws, np.ndarray],
) -> None:
    """A false alarm comes once in 150,000 runs: |z| > 4.5; the twins lose a Jacobian."""
    _, found, log_p = drawn
    assert smooth(log_p, found.log_q).pareto_k < largest_good_k(len(log_p))
    assert abs(z_score(log_p, found.log_q)) < 4.5
    z = found.positions
    without_scale, without_centre = z[:, 0] / 2.0, z[:, 0]  # of log v, of beta / sqrt v
    assert abs(z_score(log_p, found.log_q - without_centre)) > 8
    assert abs(z_score(log_p, found.log_q + without_scale)) > 8


def test_weighted_draws_are_of_the_posterior(
    drawn: tuple[Posterior, ProposalDraws, np.ndarray],
) -> None:
    """E[v | y] = b_n / (a_n - 1) and E[beta | y]; |z| > 4.5 of 3, once in 49,000 runs."""
    of, found, log_p = drawn
    values = values_at_positions(of, found.positions, ("v", "beta")).values
    flat = np.column_stack([values["v"], values["beta"]])
    weights = np.exp(smooth(log_p, found.log_q).log_weights)
    design = np.column_stack([np.ones(5), DATA["x"]])
    precision = np.eye(2) + design.T @ design
    centre = np.linalg.solve(precision, design.T @ DATA["y"])
    rest = 2e4 + 0.5 * (DATA["y"] @ DATA["y"] - centre @ precision @ centre)
    truth = np.array([rest / (3.0 + 2.5 - 1.0), *centre])

    def off(of_draws: np.ndarray) -> np.ndarray:
        mean = of_draws @ flat
        return np.abs(mean - truth) / np.sqrt(of_draws**2 @ (flat - mean) ** 2)

    assert off(weights).max() < 4.5
    assert off(np.full(len(weights), 1.0 / len(weights))).max() > 8  # the network's own


def test_volumes_are_those_of_the_bijections_on_all_supports() -> None:
    """Up to a constant, which is that of measuring area by all entries of a simplex."""
    places = LatentMap.of(gendsl.compile(SUPPORTS).pfns["many_latents"].pfn)
    model = gendsl.compile(SUPPORTS)
    rng = np.random.default_rng(5)
    u = rng.standard_normal((20, places.places.count))
    names = tuple(places.places.shapes)
    with posterior(model, {"x": [0.1, -0.2], "y": [1.0, 2.0]}) as of:
        placed = places(u)
        positions = positions_with(of, placed.values, np.zeros((20, of.density.size))).at
        again = values_at_positions(of, positions, names)
        density: Any = of.density

        def log_jacobian(z: jax.Array) -> jax.Array:
            run = density.structure.evaluate(density.data, z)
            own = sum(jnp.sum(each) for each in run.jacobians.values())
            return own + 3 * jnp.log(run.values["tau"])  # of theta, which is not centred

        own = jax.jit(jax.vmap(log_jacobian))(positions)
    assert any(site.is_auxiliary for site in of.density.sites)
    for name in names:
        np.testing.assert_allclose(again.values[name], placed.values[name], atol=1e-9)
    np.testing.assert_allclose(np.diff(own), np.diff(again.log_volume), atol=1e-8)
    assert np.ptp(own) > 1.0


def test_chains_start_at_draws_of_a_network(robust: TrainedPfn) -> None:
    """Without it log v starts in (-2, 2), where it is about 9.

    What the network does not predict starts as it does without.
    """
    model = gendsl.compile(WIDER)
    plan = plan_of(model, "begun", robust)
    with posterior(model, DATA) as of:
        starts, usual = starts_that_are_said(of, plan, 1), starts_of(of, 1, 3)
        assert starts is not None
        found = values_at_positions(of, starts, ("v", "shift")).values
        better, worse = log_densities_of(of, starts), log_densities_of(of, usual)
    # The same draws come from the predictor itself.
    seed = np.random.SeedSequence(1, spawn_key=(15,)).generate_state(1)
    with jax.enable_x64(False):
        raw = robust.predictor.latents(DATA["x"][:, None], DATA["y"], int(seed[0]) >> 1, 1024)
    assert np.isin(np.log(found["v"]).astype(np.float32), raw[:, 0]).all()
    assert len(np.unique(found["v"])) == 3
    (where,) = (site.start for site in of.density.sites if site.of == "shift")
    np.testing.assert_array_equal(starts[::2], starts[1::2])
    np.testing.assert_allclose(found["shift"][::2], usual[:, where], atol=1e-12)
    assert better.min() > worse.max() + 500


def test_impossible_draws_and_lost_ones_are_told_apart(
    robust: TrainedPfn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither has a position: v beyond its bound in the model, and exp(-800), which is 0."""
    usual = proposal_draws._draws

    def with_few_far_out(*arguments: Any) -> list[np.ndarray]:
        found = [np.array(rows) for rows in usual(*arguments)]
        found[0][100:107, 0] = -800.0
        return found

    monkeypatch.setattr(proposal_draws, "_draws", with_few_far_out)
    model = gendsl.compile(CONJUGATE.replace("v ~ InverseGamma(3, 2e4)", "v ~ Uniform(0, 1e4)"))
    call = settings_of(model.program, "exact", {}).outer
    with posterior(model, DATA) as of:
        found = draw_positions(robust, of, call, 512, seed=3)
        log_v = with_few_far_out(robust, context_of(robust, of.bound), 512, 3)[0][:512, 0]
    is_beyond = log_v > np.log(1e4)
    assert 20 < is_beyond.sum() < 490
    np.testing.assert_array_equal(found.is_lost, log_v == -800)
    np.testing.assert_array_equal(np.isnan(found.log_q), is_beyond | (log_v == -800))


def test_shares_without_a_density_are_said_and_warned_of(robust: TrainedPfn) -> None:
    """The density is no number where beta[0] is negative, and 0 where the condition fails."""
    undefined = CONJUGATE.replace("  y[row] ~", "  factor 0 * log(beta[0])\n  y[row] ~")
    impossible = CONJUGATE.replace("  y[row] ~", "  factor if(beta[0] > 0, 0, -inf)\n  y[row] ~")
    shares = []
    for text in (undefined, impossible):
        model = gendsl.compile(text)
        with posterior(model, DATA) as of:
            said = draw_weighted(of, plan_of(model, "exact", robust), 3).said
            drawn = draw_positions(
                robust, of, settings_of(model.program, "exact", {}).outer, 1000, 3
            )
            beta = values_at_positions(of, drawn.positions, ("beta",)).values["beta"]
        assert said["share_without_position"] == 0.0
        shares.append((said["share_without_density"], float(np.mean(beta[:, 0] < 0))))
    assert 0.1 < shares[0][1] < 0.9
    assert shares[0][0] == pytest.approx(shares[0][1], abs=1e-9)
    assert shares[1][0] == 0.0


def test_more_than_a_hundredth_lost_is_a_warning() -> None:
    said = {"method": "the network robust, weighted", "pareto_k": 0.1, "checked_draws": 1000}
    few = {**said, "share_without_position": 0.004, "share_without_density": 0.005}
    assert not list(judge_approximation(few))
    (found,) = judge_approximation({**few, "share_without_density": 0.02})
    assert found.code == "G1046" and "2.4% of the network's draws" in found.message
    assert any("2.0% have a density" in note for note in found.notes)


def test_the_evidence_has_an_error_only_where_k_hat_is_good(robust: TrainedPfn) -> None:
    """Of 20 draws there is no k-hat, whatever they are."""
    for draws, has_error in ((20, False), (1000, True)):
        model = gendsl.compile(CONJUGATE.replace("draws = 1000", f"draws = {draws}"))
        with posterior(model, DATA) as of:
            drawn = draw_weighted(of, plan_of(model, "exact", robust), 3)
        assert ("log_evidence_sd" in drawn.said) == has_error
        assert (drawn.said["pareto_k"] <= largest_good_k(draws)) == has_error
        assert (drawn.said["pareto_k"] < 0.5) == has_error
