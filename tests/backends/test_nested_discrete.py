"""Discrete latents at several levels of a nest, class within school: against enumeration."""

from __future__ import annotations

import numpy as np
import pytest
from backend_cases.compiled import position_of, resolved
from test_recovery import Case, density_of, enumerate_joint

from gendsl.backends.numpyro import source_of
from gendsl.transforms.sum_out import sum_out

MODEL = """\
model nest {{
  dim school, class, pupil
  dim kind = 2
  dim kind2 like kind
  data school_of[class] : school
  data class_of[pupil] : class
  data y[pupil] : real
  w[kind] ~ Dirichlet(2)
  P[kind, kind2] ~ Dirichlet(2)
  mu[kind] ~ Normal(0, 2)
{statements}
}}
"""
DATA = {
    "school_of": [1, 0, 1],
    "class_of": [2, 0, 1, 2],
    "y": [0.3, -1.2, 2.0, 0.9],
}
SIZES = {"school": 2, "class": 3, "pupil": 4, "kind": 2, "kind2": 2}
S = "s[school] ~ Categorical(w)"
C = "c[class] ~ Categorical(P[s[school_of]])"
T = "t[pupil] ~ Categorical(P[c[class_of]])"
ALL = {"s": (0, 2), "c": (0, 2), "t": (0, 2)}


def case(name: str, states: dict[str, tuple[int, int]], *statements: str) -> Case:
    text = MODEL.format(statements="\n".join(f"  {line}" for line in statements))
    return Case(name, text, DATA, SIZES, states)


CASES = (
    case("three levels", ALL, S, C, T, "y[pupil] ~ Normal(mu[t], 1)"),
    case(
        "the top read from below",
        ALL,
        S,
        C,
        T,
        "y[pupil] ~ Normal(mu[t] + 2 * mu[s[school_of[class_of]]], 1)",
    ),
    case(
        "all levels read at once",
        ALL,
        S,
        "c[class] ~ Categorical(w)",
        "t[pupil] ~ Categorical(w)",
        "y[pupil] ~ Normal(mu[t] - mu[c[class_of]] + 2 * mu[s[school_of[class_of]]], 1)",
    ),
    case(
        "two levels above the data",
        {"s": (0, 2), "c": (0, 2)},
        S,
        "c[class] ~ Categorical(w)",
        "y[pupil] ~ Normal(mu[c[class_of]] + 2 * mu[s[school_of[class_of]]], 1)",
    ),
    case(
        "a level without a quantity",
        {"s": (0, 2), "t": (0, 2)},
        S,
        "t[pupil] ~ Categorical(P[s[school_of[class_of]]])",
        "y[pupil] ~ Normal(mu[t], 1)",
    ),
    case(
        "and one for all",
        {"g": (0, 2), **ALL},
        "g ~ Bernoulli(0.3)",
        S,
        C,
        T,
        "y[pupil] ~ Normal(mu[t] + g, 1)",
    ),
)


@pytest.mark.sweep(3)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_density_and_probabilities_are_those_of_enumeration(case: Case) -> None:
    density = density_of(case)
    position = position_of(density, 2)
    exact = enumerate_joint(case, density, position)
    found = float(density.log_density(density.data, position))
    assert found == pytest.approx(np.logaddexp.reduce(exact.log_joint), rel=1e-10)
    probabilities = density.probabilities(
        density.data, density.latent_values(density.data, position)
    )
    for name, (least, count) in case.states.items():
        is_so = exact.configurations[name][..., None] == np.arange(least, least + count)
        expected = np.tensordot(exact.probabilities, is_so, axes=1)
        np.testing.assert_allclose(probabilities[name], expected, atol=1e-10)


def test_another_nest_is_another_density() -> None:
    position = position_of(density_of(CASES[1]), 2)
    values = []
    for class_of in (DATA["class_of"], [2, 1, 1, 0]):
        density = density_of(CASES[1], {**DATA, "class_of": class_of})
        values.append(float(density.log_density(density.data, position)))
    assert values[0] != pytest.approx(values[1], rel=1e-6)


def test_the_program_says_what_lies_within_what() -> None:
    text = source_of(sum_out(resolved(CASES[0].text)))
    assert '("pupil", "class", class_of, n_class)' in text
    assert '("class", "school", school_of, n_school)' in text
