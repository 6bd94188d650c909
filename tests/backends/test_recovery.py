"""Discrete latents that were summed out, drawn back: against every configuration enumerated."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from backend_cases.compiled import bound, position_of, resolved
from numpy.typing import NDArray
from scipy import stats

from gendsl.backends.numpyro import lower
from gendsl.backends.numpyro.density import Density
from gendsl.backends.places import JOINT
from gendsl.transforms.non_centred import non_centre
from gendsl.transforms.sum_out import sum_out

FALSE_ALARM = 1e-6
"""Of each chi-square test."""
DRAWS = 20_000


@dataclass(frozen=True)
class Case:
    name: str
    text: str
    data: dict[str, list[float] | list[list[float]]]
    sizes: dict[str, int]
    states: dict[str, tuple[int, int]]  # of each site the least value and how many there are
    starts: dict[str, int] = field(default_factory=dict)  # known values at the first time


CASES = (
    Case(
        "mixture",
        """\
model mixture {
  dim row
  dim k = 3
  data y[row] : real
  w[k] ~ Dirichlet(2)
  mu[k] ~ Normal(0, 2)
  z[row] ~ Categorical(w)
  y[row] ~ Normal(mu[z], 1.5)
  twice[row] = 2 * mu[z]
}
""",
        {"y": [-1.0, 0.3, 2.0, 0.1]},
        {"row": 4, "k": 3},
        {"z": (0, 3)},
    ),
    Case(
        "shared",
        """\
model shared {
  dim row
  data y[row] : real
  p ~ Uniform(0, 1)
  b[row] ~ Bernoulli(p)
  c ~ DiscreteUniform(2, 5)
  y[row] ~ Normal(b * 3 + c, 1)
}
""",
        {"y": [3.5, 5.9, 4.4]},
        {"row": 3},
        {"b": (0, 2), "c": (2, 4)},
    ),
    Case(
        "chain",
        """\
model chain {
  dim time : ordered
  dim state = 2
  dim next like state
  data y[time] : real
  P[state, next] ~ Dirichlet(2)
  start[state] ~ Dirichlet(1)
  mu[state] ~ Normal(0, 1)
  z[time = first] ~ Categorical(start)
  z[time] ~ Categorical(P[z[time - 1]])
  y[time] ~ Normal(mu[z], 1)
}
""",
        {"y": [0.5, 0.2, -1.0, -2.0, 0.7]},
        {"time": 5, "state": 2, "next": 2},
        {"z": (0, 2)},
    ),
    Case(
        "coupled",
        """\
model coupled {
  dim time : ordered
  data y[time] : real
  s ~ HalfNormal(1)
  a[time = first] ~ Bernoulli(0.5)
  a[time] ~ Bernoulli(0.2 + 0.6 * a[time - 1] * (1 - b[time - 1]))
  b[time = first] ~ Bernoulli(0.4)
  b[time] ~ Bernoulli(0.3 + 0.5 * a[time - 1])
  y[time] ~ Normal(a + 2 * b, s)
}
""",
        {"y": [0.5, 1.2, 2.8]},
        {"time": 3},
        {"a": (0, 2), "b": (0, 2)},
    ),
    Case(
        "known start",
        """\
model known {
  dim series
  dim time : ordered
  dim state = {calm, wild, odd}
  dim next like state
  data y[series, time] : real
  P[state, next] ~ Dirichlet(2)
  mu[state] ~ Normal(0, 1)
  z[series, time = first] = "wild"
  z[series, time] ~ Categorical(P[z[time - 1]])
  y[series, time] ~ Normal(mu[z], 1)
}
""",
        {"y": [[0.5, 0.2, -1.0], [-2.0, 0.7, 1.1]]},
        {"series": 2, "time": 3, "state": 3, "next": 3},
        {"z": (0, 3)},
        {"z": 1},
    ),
    Case(
        "alive",
        """\
model alive {
  dim time : ordered
  data y[time] : real
  phi ~ Beta(4, 2)
  z[time = first] = 1
  z[time] ~ Bernoulli(phi * z[time - 1])
  y[time] ~ Normal(2 * z, 1)
}
""",
        {"y": [0.5, 1.2, 2.8, 0.3, 0.1]},
        {"time": 5},
        {"z": (0, 2)},
        {"z": 1},
    ),
)

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def density_of(case: Case, data: dict[str, list[float]] | None = None) -> Density:
    program = sum_out(non_centre(resolved(case.text, f"{case.name}.gen")))
    return lower(program).bind(bound(data or case.data, case.sizes))


def position_in(joint: Density, density: Density, position: jax.Array) -> jax.Array:
    """The coordinates that the joint program has at a position, in its own order."""
    parts = [density.structure.read(position, site.name).ravel() for site in joint.sites]
    return jnp.concatenate(parts)


@dataclass(frozen=True)
class Enumeration:
    """Every configuration of the discrete sites, and the log of its joint density."""

    configurations: dict[str, NDArray[np.int64]]  # [configuration, ...]
    log_joint: NDArray[np.float64]

    @property
    def probabilities(self) -> NDArray[np.float64]:
        weights = np.exp(self.log_joint - self.log_joint.max())
        return np.asarray(weights / weights.sum())


def enumerate_joint(case: Case, density: Density, position: jax.Array) -> Enumeration:
    structure = density.structure.joint
    assert structure is not None
    joint = Density(structure, density.data[JOINT])
    shapes = {
        name: array.shape
        for name, array in jax.eval_shape(
            density.recover, jax.random.key(0), density.data, position
        ).items()
    }
    assert shapes.keys() == case.states.keys()
    ranges = [
        range(case.states[name][0], sum(case.states[name]))
        for name in case.states
        for _ in range(int(np.prod(shapes[name])))
    ]
    flat = np.array(list(product(*ranges)))
    found, start = {}, 0
    for name in case.states:
        stop = start + int(np.prod(shapes[name]))
        found[name] = flat[:, start:stop].reshape(-1, *shapes[name])
        start = stop

    is_so = np.ones(len(flat), bool)
    for name, value in case.starts.items():
        is_so &= (found[name][..., 0] == value).reshape(len(flat), -1).all(axis=1)
    found = {name: values[is_so] for name, values in found.items()}

    def log_density(discrete: dict[str, jax.Array]) -> jax.Array:
        run = structure.evaluate(joint.data, position_in(joint, density, position), discrete)
        terms = (*run.priors.values(), *run.jacobians.values(), *run.likelihoods.values())
        return sum((jnp.sum(term) for term in terms), start=jnp.zeros(()))

    return Enumeration(found, np.asarray(jax.jit(jax.vmap(log_density))(found)))


def draws_of(density: Density, position: jax.Array, seed: int = 3) -> dict[str, NDArray[np.int64]]:
    keys = jax.random.split(jax.random.key(seed), DRAWS)
    draw = jax.jit(jax.vmap(lambda key: density.recover(key, density.data, position)))
    return {name: np.asarray(value) for name, value in draw(keys).items()}


def p_value(draws: dict[str, NDArray[np.int64]], exact: Enumeration) -> float:
    """Of the chi-square test of configurations, rare ones (fewer than 8 expected) together."""

    def rows(values: dict[str, NDArray[np.int64]]) -> list[bytes]:
        flat = [values[name].reshape(len(values[name]), -1) for name in exact.configurations]
        return [row.tobytes() for row in np.concatenate(flat, axis=1).astype(np.int64)]

    place = {row: i for i, row in enumerate(rows(exact.configurations))}
    observed = np.bincount([place[row] for row in rows(draws)], minlength=len(place))
    expected = exact.probabilities * DRAWS
    is_common = expected >= 8
    observed = np.append(observed[is_common], observed[~is_common].sum())
    expected = np.append(expected[is_common], expected[~is_common].sum())
    if expected[-1] < 8:
        observed, expected = (
            observed[:-1],
            expected[:-1] * observed[:-1].sum() / expected[:-1].sum(),
        )
    return float(stats.chisquare(observed, expected).pvalue)


@pytest.mark.sweep(2)
@every_case
def test_the_marginal_density_is_the_sum_of_the_joint(case: Case) -> None:
    density = density_of(case)
    for seed in range(2):
        position = position_of(density, seed)
        exact = enumerate_joint(case, density, position)
        expected = np.logaddexp.reduce(exact.log_joint)
        assert float(density.log_density(density.data, position)) == pytest.approx(
            expected, rel=1e-10
        )


@pytest.mark.sweep(2)
@every_case
def test_draws_have_the_posterior_that_enumeration_gives(case: Case) -> None:
    density = density_of(case)
    position = position_of(density, 1)
    exact = enumerate_joint(case, density, position)
    assert p_value(draws_of(density, position), exact) > FALSE_ALARM
    # the same test must catch draws that know nothing of the data
    blind = density_of(
        case, {name: np.zeros(np.shape(values)).tolist() for name, values in case.data.items()}
    )
    assert p_value(draws_of(blind, position), exact) < FALSE_ALARM


@every_case
def test_probabilities_and_the_best_configuration_are_those_of_enumeration(case: Case) -> None:
    density = density_of(case)
    position = position_of(density, 2)
    exact = enumerate_joint(case, density, position)
    values = density.latent_values(density.data, position)
    found = jax.jit(density.probabilities)(density.data, values)
    best = jax.jit(density.most_probable)(density.data, values)
    for name, (least, count) in case.states.items():
        configurations = exact.configurations[name]
        expected = np.stack(
            [
                np.tensordot(exact.probabilities, configurations == least + state, axes=1)
                for state in range(count)
            ],
            axis=-1,
        )
        np.testing.assert_allclose(found[name], expected, atol=1e-10)
        np.testing.assert_array_equal(best[name], configurations[np.argmax(exact.log_joint)])


@pytest.mark.slow
@every_case
def test_a_draw_depends_on_its_key_alone(case: Case) -> None:
    density = density_of(case)
    position = position_of(density)
    one, again, other = (
        density.recover(jax.random.key(seed), density.data, position) for seed in (1, 1, 2)
    )
    many = jax.vmap(lambda key: density.recover(key, density.data, position))(
        jax.random.split(jax.random.key(5), 50)
    )
    for name in case.states:
        np.testing.assert_array_equal(one[name], again[name])
        assert jnp.issubdtype(other[name].dtype, jnp.integer)
        assert len(np.unique(np.asarray(many[name]), axis=0)) > 1


def test_what_depends_on_a_discrete_latent_is_computed_from_its_draw() -> None:
    density = density_of(CASES[0])
    position = position_of(density)
    discrete = density.recover(jax.random.key(0), density.data, position)
    values = density.constrain(density.data, position, discrete)
    np.testing.assert_array_equal(values["z"], discrete["z"])
    np.testing.assert_allclose(values["twice"], 2 * values["mu"][discrete["z"]])
    assert "twice" not in density.constrain(density.data, position)


def test_replicates_follow_the_states_that_are_given() -> None:
    case = CASES[0]
    density = density_of(case)
    far = {"w": [0.2, 0.3, 0.5], "mu": [-100.0, 0.0, 100.0]}
    position = density.unconstrain(density.data, far)
    z = jnp.array([0, 1, 2, 2])
    replicate = density.generate(jax.random.key(1), density.data, position, {"z": z})["y"]
    np.testing.assert_array_equal(np.round(replicate, -2), [-100, 0, 100, 100])


def test_the_joint_density_takes_the_states_as_values() -> None:
    case = CASES[2]
    program = resolved(case.text, "chain.gen")
    joint = lower(program).bind(bound(case.data, case.sizes))
    assert joint.discrete == {"z"}
    values = {
        "P": [[0.9, 0.1], [0.2, 0.8]],
        "start": [0.5, 0.5],
        "mu": [-1.0, 1.0],
        "z": [0, 0, 1, 1, 0],
    }
    position = joint.unconstrain(joint.data, values)
    z = {"z": jnp.asarray(values["z"])}
    parts = joint.site_log_densities(joint.data, position, z)
    expected = np.log(0.5 * 0.9 * 0.1 * 0.8 * 0.2)
    assert float(jnp.sum(parts["z"])) == pytest.approx(expected, rel=1e-12)
    means = np.array([-1.0, -1.0, 1.0, 1.0, -1.0])
    np.testing.assert_allclose(
        np.ravel(parts["y"]), stats.norm.logpdf(case.data["y"], means, 1.0), rtol=1e-12
    )


def test_a_term_of_the_likelihood_leaves_the_densities_of_latents_out() -> None:
    """log p(y | x), where the sum over z is p(x, y)."""
    text = """\
model both {
  dim row
  data y[row] : real
  z[row] ~ Bernoulli(0.3)
  x[row] ~ Normal(2 * z, 1)
  y[row] ~ Normal(x + z, 1)
}
"""
    y, x = np.array([0.5, 2.0, -1.0]), np.array([0.1, 1.7, 0.4])
    density = lower(sum_out(resolved(text))).bind(bound({"y": y}, {"row": 3}))
    found = density.pointwise_log_likelihood(density.data, jnp.asarray(x))["y"]
    prior = [p * stats.norm.pdf(x, 2 * z, 1) for z, p in enumerate((0.7, 0.3))]
    both = [prior[z] * stats.norm.pdf(y, x + z, 1) for z in (0, 1)]
    np.testing.assert_allclose(found, np.log(sum(both) / sum(prior)), rtol=1e-10)
    whole = float(density.log_density(density.data, jnp.asarray(x)))
    assert whole == pytest.approx(np.log(sum(both)).sum(), rel=1e-10)


def test_missing_values_that_others_read_keep_their_density_in_the_sum() -> None:
    text = """\
model gaps {
  dim row
  data y[row] : real?
  data w[row] : real
  z[row] ~ Bernoulli(0.3)
  y[row] ~ Normal(2 * z, 1)
  w[row] ~ Normal(y, 1)
}
"""
    y, w = np.array([1.0, 0.0, 0.2]), np.array([0.5, 2.0, 1.0])
    data = {"y": np.where([False, True, False], np.nan, y), "w": w}
    gaps = {"y": np.array([False, True, False])}
    program = lower(sum_out(resolved(text)))
    density = program.bind(bound(data, {"row": 3}, missing=gaps))
    for at in (-0.5, 1.5):
        y[1] = at
        mixed = 0.7 * stats.norm.pdf(y, 0, 1) + 0.3 * stats.norm.pdf(y, 2, 1)
        expected = np.log(mixed).sum() + stats.norm.logpdf(w, y, 1).sum()
        found = density.log_density(density.data, jnp.array([at]))
        assert float(found) == pytest.approx(expected, rel=1e-10)
    terms = density.pointwise_log_likelihood(density.data, jnp.array([1.5]))["y"]
    np.testing.assert_array_equal(np.isnan(terms), gaps["y"])
