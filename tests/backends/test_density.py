"""The density of every case: against NumPyro's own, its gradient, what is made of a position."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from backend_cases.compiled import bound, compiled, log_density, position_of
from backend_cases.texts import BY_NAME, CASES, Case
from numpyro.infer.util import log_density as numpyro_log_density

from gendsl.backends.failures import CannotSimulate
from gendsl.backends.numpyro.density import Density


def density_of(case: Case) -> Density:
    return compiled(case.text, f"{case.name}.gen", case.is_non_centred).bind(case.bound)


every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.mark.sweep(4)
@every_case
def test_density_is_numpyros_plus_the_jacobian(case: Case) -> None:
    density = density_of(case)
    structure = density.structure
    for seed in range(3):
        position = position_of(density, seed)
        run = structure.evaluate(density.data, position)
        arguments = {**structure.static, **density.data}
        theirs, _ = numpyro_log_density(structure.module.model, (), arguments, run.values)
        jacobian = sum(jnp.sum(term) for term in run.jacobians.values())
        expected = float(theirs + jacobian)
        assert float(log_density(density, position)) == pytest.approx(expected, rel=1e-10)
        assert float(density.log_density(density.data, position)) == pytest.approx(
            expected, rel=1e-10
        )


@pytest.mark.sweep(4)
@every_case
def test_gradient_is_finite_and_that_of_differences(case: Case) -> None:
    density = density_of(case)
    position = position_of(density)
    whole = jax.jit(lambda x: density.log_density(density.data, x))
    gradient = jax.grad(whole)(position)
    for direction in jnp.eye(density.size)[:: max(density.size // 5, 1)]:
        step = 1e-5 * direction
        slope = (whole(position + step) - whole(position - step)) / 2e-5
        assert float(gradient @ direction) == pytest.approx(float(slope), rel=1e-5, abs=1e-5)


@pytest.mark.sweep(4)
@every_case
def test_unconstrain_undoes_constrain(case: Case) -> None:
    density = density_of(case)
    position = position_of(density)
    values = density.constrain(density.data, position)
    names = {site.of for site in density.sites}
    given = {name: value for name, value in values.items() if name in names}
    found = density.unconstrain(density.data, given, default=position)
    np.testing.assert_allclose(found, position, atol=1e-9)


@every_case
def test_values_have_the_declared_shapes(case: Case) -> None:
    program = compiled(case.text, f"{case.name}.gen", case.is_non_centred)
    density = program.bind(case.bound)
    values = density.constrain(density.data, position_of(density))
    assert not any(name.endswith((".raw", ".start", ".rest")) for name in values)
    for node in program.program.nodes:
        parts = getattr(node, "series", (node,))
        for part in parts:
            if part.name in values:
                assert values[part.name].shape == tuple(case.sizes[d] for d in part.dims)


@pytest.mark.sweep(6)
@every_case
def test_simulation_maps_over_keys(case: Case) -> None:
    density = density_of(case)
    keys = jax.random.split(jax.random.key(0), 3)
    simulate = jax.vmap(lambda key: density.simulate(key, density.data))
    if not case.can_simulate:
        with pytest.raises(CannotSimulate):
            simulate(keys)
        return
    draws = jax.jit(simulate)(keys)
    for observation in density.structure.roles.observations.values():
        expected = np.shape(case.data[observation.data])
        assert draws[observation.data].shape == (3, *expected)
    assert all(bool(jnp.isfinite(value).all()) for value in draws.values())


@pytest.mark.sweep(3)
@every_case
def test_replicates_have_the_shape_of_the_data(case: Case) -> None:
    density = density_of(case)
    positions = jnp.stack([position_of(density, seed) for seed in range(3)])
    keys = jax.random.split(jax.random.key(0), 3)
    generate = jax.vmap(lambda key, x: density.generate(key, density.data, x))
    replicates = jax.jit(generate)(keys, positions)
    for observation in density.structure.roles.observations.values():
        expected = np.shape(case.data[observation.data])
        assert replicates[observation.data].shape == (3, *expected)


@every_case
def test_pointwise_terms_add_up(case: Case) -> None:
    density = density_of(case)
    position = position_of(density)
    pointwise = density.pointwise_log_likelihood(density.data, position)
    others = density.site_log_densities(density.data, position)
    # missing entries are no observations, though inferred ones are scored
    total = sum(
        float(jnp.sum(jnp.where(jnp.isnan(term), others[name], term)))
        for name, term in pointwise.items()
        if term.shape == others[name].shape
    )
    total += sum(
        float(jnp.sum(others[n])) for n, t in pointwise.items() if t.shape != others[n].shape
    )
    roles = density.structure.roles
    total += sum(
        float(jnp.sum(term))
        for name, term in others.items()
        if name not in roles.latents and name not in pointwise
    )
    assert total == pytest.approx(float(density.log_likelihood(density.data, position)), rel=1e-10)


@pytest.mark.sweep(3)
@every_case
def test_predicting_known_members_keeps_them(case: Case) -> None:
    density = density_of(case)
    position = position_of(density)
    stored = density.latent_values(density.data, position)
    outcome = density.predict(jax.random.key(1), density.data, stored, {})
    imputed = density.structure.roles.imputed
    for name, value in density.constrain(density.data, position).items():
        if name not in imputed:
            np.testing.assert_allclose(outcome[name], value, rtol=1e-12)


@pytest.mark.parametrize("name", ["eight_schools", "random_walk", "missing"])
def test_scores_where_all_is_known_are_the_pointwise_terms(name: str) -> None:
    density = density_of(BY_NAME[name])
    position = position_of(density)
    stored = density.latent_values(density.data, position)
    terms = density.pointwise_log_likelihood(density.data, position)
    assert terms
    for site, term in terms.items():
        of = density.structure.roles.observations[site].data
        found = density.log_scores(jax.random.key(1), density.data, stored, {}, {}, of)
        seen = ~np.isnan(term)
        np.testing.assert_allclose(found[site][seen], term[seen], rtol=1e-12)


@pytest.mark.parametrize("is_non_centred", [False, True])
def test_new_members_come_from_their_population(is_non_centred: bool) -> None:
    case = BY_NAME["eight_schools"]
    density = compiled(case.text, is_non_centred=is_non_centred).bind(case.bound)
    stored = density.latent_values(density.data, position_of(density))
    is_known = {"theta": np.arange(8) < 6}
    keys = jax.random.split(jax.random.key(2), 4000)
    draw = jax.vmap(lambda key: density.predict(key, density.data, stored, is_known))
    draws = jax.jit(draw)(keys)
    assert np.ptp(draws["theta"][:, :6], axis=0).max() == 0
    mu, tau = float(draws["mu"][0]), float(draws["tau"][0])
    new = np.asarray(draws["theta"][:, 6:])
    assert abs(new.mean() - mu) < 5 * tau / np.sqrt(new.size)
    assert new.std() == pytest.approx(tau, rel=0.05)


@pytest.mark.parametrize("name", ["random_walk", "walks", "coupled"])
def test_a_forecast_continues_the_series(name: str) -> None:
    case = BY_NAME[name]
    density = density_of(case)
    stored = density.latent_values(density.data, position_of(density))
    values = density.constrain(density.data, position_of(density))
    series = "u" if name == "coupled" else "x"
    axis = 1 if name == "walks" else 0
    shape = [1] * values[series].ndim
    shape[axis] = -1
    mask = np.broadcast_to((np.arange(7) < 4).reshape(shape), values[series].shape)
    is_known = {series: mask, "v": mask}
    outcome = density.predict(jax.random.key(1), density.data, stored, is_known)
    same = np.isclose(outcome[series], values[series])
    assert (same == mask).all()


def test_absent_data_can_be_simulated_but_not_scored() -> None:
    case = BY_NAME["eight_schools"]
    density = compiled(case.text).bind(bound(case.data, case.sizes, absent=("y",)))
    assert density.simulate(jax.random.key(0), density.data)["y"].shape == (8,)
    with pytest.raises(ValueError, match="`y`"):
        density.log_likelihood(density.data, position_of(density))
    with pytest.raises(CannotSimulate, match="`sigma`"):
        compiled(case.text).bind(bound(case.data, case.sizes, absent=("sigma",)))


def test_single_precision_stays_single() -> None:
    jax.config.update("jax_enable_x64", False)
    case = BY_NAME["radon"]
    density = density_of(case)
    position = position_of(density)
    assert position.dtype == jnp.float32
    assert density.log_density(density.data, position).dtype == jnp.float32
    draws = density.simulate(jax.random.key(0), density.data)
    assert all(value.dtype == jnp.float32 for value in draws.values())


def test_densities_of_one_shape_share_what_is_compiled() -> None:
    case = BY_NAME["eight_schools"]
    program = compiled(case.text)
    first = program.bind(case.bound)
    second = program.bind(case.bound)
    assert first.log_prior == second.log_prior
    assert hash(first.log_likelihood) == hash(second.log_likelihood)
