"""Entries of discrete latents that are read together: sums, products, all and any over them."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from backend_cases.compiled import bound, position_of, resolved
from test_recovery import (
    FALSE_ALARM,
    Case,
    density_of,
    draws_of,
    enumerate_joint,
    p_value,
)  # fmt: skip

from gendsl.backends.numpyro import lower, source_of
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.transforms.sum_out import sum_out

RANDOM = np.random.default_rng(1)
CASES = (
    Case(
        "dina",
        """\
model dina {
  dim person, item, attribute
  data Q[item, attribute] : bool
  data y[person, item] : bool
  p[attribute] ~ Beta(2, 2)
  slip[item] ~ Beta(2, 8)
  guess[item] ~ Beta(2, 8)
  skill[person, attribute] ~ Bernoulli(p)
  eta[person, item] = all[attribute](skill or not Q)
  y[person, item] ~ Bernoulli(if(eta, 1 - slip, guess))
}
""",
        {"Q": [[1, 0, 0], [1, 1, 0], [0, 1, 1]], "y": [[1, 0, 1], [0, 1, 1]]},
        {"person": 2, "item": 3, "attribute": 3},
        {"skill": (0, 2)},
    ),
    Case(
        "noisy or",
        """\
model noisy {
  dim patient, symptom
  dim disease = 2
  data y[patient, symptom] : bool
  w[disease, symptom] ~ Beta(1, 1)
  leak ~ Beta(1, 9)
  q[disease] ~ Beta(2, 4)
  d[disease, patient] ~ Bernoulli(q)
  y[patient, symptom] ~ Bernoulli(1 - (1 - leak) * prod[disease](1 - w * d))
}
""",
        {"y": [[1, 0, 1], [0, 0, 1]]},
        {"patient": 2, "symptom": 3, "disease": 2},
        {"d": (0, 2)},
    ),
    Case(
        "answers",
        """\
model answers {
  dim person, attribute, answer
  data person_of[answer] : person
  data attribute_of[answer] : attribute
  data y[answer] : real
  p ~ Beta(2, 2)
  skill[person, attribute] ~ Bernoulli(p)
  let count[person] = sum[attribute](skill)
  y[answer] ~ Normal(count[person_of] + 2 * skill[person_of, attribute_of], 1)
}
""",
        {"y": [0.1, 2.0, 3.1], "person_of": [0, 1, 1], "attribute_of": [1, 0, 1]},
        {"person": 2, "attribute": 2, "answer": 3},
        {"skill": (0, 2)},
    ),
    Case(
        "categories",
        """\
model categories {
  dim row, part
  dim kind = 3
  data y[row] : real
  w[kind] ~ Dirichlet(2)
  mu[kind] ~ Normal(0, 2)
  z[part, row] ~ Categorical(w)
  y[row] ~ Normal(sum[part](mu[z]), 1)
}
""",
        {"y": [0.3, -2.0]},
        {"row": 2, "part": 2, "kind": 3},
        {"z": (0, 3)},
    ),
    Case(
        "two dimensions",
        """\
model total {
  dim plot
  dim side = 2
  data y : real
  s ~ Gamma(40, 40)
  n[plot, side] ~ DiscreteUniform(2, 3)
  b ~ Bernoulli(0.4)
  y ~ Normal(sum[plot, side](n) + b, s)
}
""",
        {"y": 14.2},
        {"plot": 3, "side": 2},
        {"n": (2, 2), "b": (0, 2)},
    ),
    Case(
        "chain",
        """\
model learning {
  dim attribute
  dim time : ordered
  data y[time] : real
  rate ~ Beta(2, 4)
  skill[attribute, time = first] = 0
  skill[attribute, time] ~ Bernoulli(
    if(skill[time - 1], 0.9, rate * (1 + any[attribute](skill[time - 1])) / 2)
  )
  y[time] ~ Normal(2 * all[attribute](skill) + sum[attribute](skill), 1)
}
""",
        {"y": [0.1, 0.9, 3.2, 4.1]},
        {"attribute": 2, "time": 4},
        {"skill": (0, 2)},
        {"skill": 0},
    ),
)

LONG = {"noisy or", "dina"}
"""Cases that take tens of seconds."""

every_case = pytest.mark.parametrize(
    "case",
    [
        pytest.param(c, id=c.name, marks=(pytest.mark.slow,) if c.name in LONG else ())
        for c in CASES
    ],
)


@pytest.mark.sweep(2)
@every_case
def test_density_and_recovery_are_those_of_enumeration(case: Case) -> None:
    density = density_of(case)
    position = position_of(density, 1)
    exact = enumerate_joint(case, density, position)
    whole = np.logaddexp.reduce(exact.log_joint)
    found = jax.jit(jax.value_and_grad(lambda p: density.log_density(density.data, p)))(position)
    assert float(found[0]) == pytest.approx(whole, rel=1e-10)
    assert np.isfinite(found[1]).all()
    values = density.latent_values(density.data, position)
    probabilities = jax.jit(density.probabilities)(density.data, values)
    best = jax.jit(density.most_probable)(density.data, values)
    for name, (least, count) in case.states.items():
        states = np.arange(least, least + count)
        is_so = exact.configurations[name][..., None] == states
        expected = np.tensordot(exact.probabilities, is_so, axes=1)
        np.testing.assert_allclose(probabilities[name], expected, atol=1e-10)
    # several configurations may be as probable as each other
    is_best = np.ones(len(exact.log_joint), bool)
    for name, values in exact.configurations.items():
        is_best &= (values == np.asarray(best[name])).reshape(len(values), -1).all(axis=1)
    assert float(exact.log_joint[is_best][0]) == pytest.approx(exact.log_joint.max(), rel=1e-12)
    assert p_value(draws_of(density, position), exact) > FALSE_ALARM


def test_wrong_digits_are_caught() -> None:
    case = CASES[1]
    density = density_of(case)
    exact = enumerate_joint(case, density, position_of(density, 1))
    draws = draws_of(density, position_of(density, 1))
    swapped = {"d": draws["d"][:, ::-1]}
    assert p_value(draws, exact) > FALSE_ALARM > p_value(swapped, exact)


def test_the_program_shows_what_shares_a_state() -> None:
    text = source_of(sum_out(resolved(CASES[1].text)))
    assert (
        "d_values = jnp.arange(2 ** n_disease)[:, None] // 2 ** jnp.arange(n_disease) % 2" in text
    )
    assert 'Hidden("d", 2, "disease patient", [n_disease, n_patient], together="disease")' in text


def test_too_many_entries_are_refused_once_they_are_counted() -> None:
    program = resolved(CASES[0].text)
    sizes = {"person": 2, "item": 3}
    lower(sum_out(program, {**sizes, "attribute": 13})).bind(
        bound({"Q": np.ones((3, 13), bool), "y": np.ones((2, 3), bool)}, {**sizes, "attribute": 13})
    )
    with pytest.raises(DiagnosticError, match="16,384 joint states"):
        sum_out(program, {**sizes, "attribute": 14})
    with pytest.raises(DiagnosticError, match="about 10"):
        sum_out(program, {**sizes, "attribute": 10**6})
