"""Values, terms and draws of Pyro programs against those of NumPyro's."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from backend_cases.compiled import resolved
from backend_cases.made_up import made_up
from backend_cases.texts import BY_NAME, CASES, Case
from test_golden_discrete import MODELS

from gendsl.backends import numpyro, pyro
from gendsl.backends.failures import CannotPredict, CannotSimulate
from gendsl.transforms.sum_out import sum_out

SIMULATED = [case for case in CASES if case.can_simulate]


def bound_in_both(case: Case) -> tuple[Any, Any, np.ndarray]:
    """The densities of both backends, and a position."""
    program = resolved(case.text, f"{case.name}.gen")
    ours, theirs = pyro.lower(program).bind(case.bound), numpyro.lower(program).bind(case.bound)
    return ours, theirs, 0.5 * np.random.default_rng(5).normal(size=ours.size)


def same(found: dict[str, torch.Tensor], expected: dict[str, jax.Array]) -> None:
    """Assert that names, shapes and numbers are the same."""
    assert found.keys() == expected.keys()
    for name, value in found.items():
        given = np.asarray(expected[name])
        assert tuple(value.shape) == given.shape, name
        np.testing.assert_allclose(value.detach().numpy(), given, rtol=1e-9, atol=1e-12)


@pytest.mark.sweep(3)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_values_and_terms_are_the_same(case: Case) -> None:
    ours, theirs, point = bound_in_both(case)
    same(ours.constrain(ours.data, point), theirs.constrain(theirs.data, jnp.asarray(point)))
    same(
        ours.pointwise_log_likelihood(ours.data, point),
        theirs.pointwise_log_likelihood(theirs.data, jnp.asarray(point)),
    )
    assert ours.observations == theirs.observations
    assert ours.sum_dims == theirs.sum_dims


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_values_lead_back_to_their_position(case: Case) -> None:
    ours, _, point = bound_in_both(case)
    values = ours.constrain(ours.data, point)
    given = {site.of: values[site.of] for site in ours.sites if site.of in values}
    missing = {name: value for name, value in values.items() if name.endswith(".missing")}
    found = ours.unconstrain(ours.data, {**given, **missing}, default=point)
    np.testing.assert_allclose(found.numpy(), point, rtol=1e-6, atol=1e-8)


def test_a_value_outside_its_support_is_refused() -> None:
    ours, _, _ = bound_in_both(BY_NAME["eight_schools"])
    with pytest.raises(ValueError, match="`tau` is outside its support: it must be at least 0"):
        ours.unconstrain(ours.data, {"tau": -1.0})
    with pytest.raises(ValueError, match="no latent or saved quantity is called nobody"):
        ours.unconstrain(ours.data, {"nobody": 1.0})


@pytest.mark.parametrize("case", SIMULATED, ids=lambda case: case.name)
def test_draws_have_the_same_names_and_shapes(case: Case) -> None:
    ours, theirs, point = bound_in_both(case)
    key, data = jax.random.key(0), theirs.data
    for found, expected in (
        (
            ours.simulate(0, ours.data),
            jax.eval_shape(lambda: theirs.simulate(key, data)),
        ),
        (
            ours.generate(0, ours.data, point),
            jax.eval_shape(lambda: theirs.generate(key, data, jnp.asarray(point))),
        ),
    ):
        assert {n: tuple(v.shape) for n, v in found.items()} == {
            n: v.shape for n, v in expected.items()
        }
    again = ours.simulate(0, ours.data)
    assert all(torch.equal(x, again[n]) for n, x in ours.simulate(0, ours.data).items())
    if case.name != "missing":  # missing entries have no prior of their own
        assert len(ours.draw_prior(0, ours.data)) == ours.size


def test_an_improper_prior_has_no_draw() -> None:
    ours, _, _ = bound_in_both(BY_NAME["logistic"])
    with pytest.raises(CannotSimulate, match="`alpha` can't be simulated: its prior is improper"):
        ours.simulate(0, ours.data)


def test_known_members_keep_their_values_when_predicting() -> None:
    ours, _, point = bound_in_both(BY_NAME["eight_schools"])
    values = ours.latent_values(ours.data, point)
    known = np.arange(8) < 5
    found = ours.predict(3, ours.data, values, {"theta": known})
    assert torch.equal(found["theta"][:5], values["theta"][:5])
    assert not torch.isclose(found["theta"][5:], values["theta"][5:]).any()
    assert found["y"].shape == (8,)


@pytest.mark.parametrize("name", ["eight_schools", "random_walk", "missing"])
def test_scores_are_the_same(name: str) -> None:
    ours, theirs, point = bound_in_both(BY_NAME[name])
    of = next(iter(ours.roles.observations.values())).data
    known = ours.latent_values(ours.data, point)
    found = ours.log_scores(3, ours.data, known, {}, {}, of)
    given = {name: value.numpy() for name, value in known.items()}
    assert found
    same(found, theirs.log_scores(jax.random.key(3), theirs.data, given, {}, {}, of))


def test_members_that_are_drawn_together_are_not_predicted_in_part() -> None:
    ours, _, point = bound_in_both(BY_NAME["supports"])
    values = ours.latent_values(ours.data, point)
    with pytest.raises(CannotPredict, match="`w` can't be drawn: its members are drawn jointly"):
        ours.predict(3, ours.data, values, {"w": np.array([True, False, True])})


@pytest.mark.parametrize("name", ["mixture", "hidden_markov"])
def test_discrete_latents_are_recovered(name: str) -> None:
    program = resolved(MODELS[name], f"{name}.gen")
    bound = made_up(program)
    summed = sum_out(program)
    ours, theirs = pyro.lower(summed).bind(bound), numpyro.lower(summed).bind(bound)
    point = 0.5 * np.random.default_rng(5).normal(size=ours.size)
    values = ours.latent_values(ours.data, point)
    given = {n: jnp.asarray(v.numpy()) for n, v in values.items()}
    found = ours.probabilities(ours.data, values)
    same(found, theirs.probabilities(theirs.data, given))
    same(ours.most_probable(ours.data, values), theirs.most_probable(theirs.data, given))
    same(
        ours.pointwise_log_likelihood(ours.data, point),
        theirs.pointwise_log_likelihood(theirs.data, jnp.asarray(point)),
    )
    draws = torch.stack([ours.recover(key, ours.data, point)["z"] for key in range(200)])
    for state in range(found["z"].shape[-1]):
        share = (draws == state).double().mean(0)
        error = torch.sqrt(found["z"][..., state] * (1 - found["z"][..., state]) / 200)
        assert ((share - found["z"][..., state]).abs() <= 5 * error + 1e-9).all()
    shown = ours.constrain(ours.data, point, ours.recover(0, ours.data, point))
    assert "z" in shown
