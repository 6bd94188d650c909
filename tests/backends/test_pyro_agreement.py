"""Programs of both backends have one log density: values and gradients at random positions.

They share coordinates, so that one position serves both. The tolerance is 1e-9, relative to the
log density (to 1 where it is smaller), and for gradients relative to the largest slope.
"""

import numpy as np
import pytest
import torch
from backend_cases.agreement import check_agreement, transformed
from backend_cases.compiled import resolved
from backend_cases.made_up import made_up
from backend_cases.texts import BY_NAME, CASES, Case
from backend_cases.words import TEXTS
from test_golden_discrete import MODELS

import gendsl
from gendsl.backends import pyro
from gendsl.models import LibraryModel, library

NUM_POINTS = 50
_RNG = np.random.default_rng(3)
GIVEN: dict[str, dict[str, object]] = {
    "covid19imperial": {
        "N0": 2,
        "N": np.full(5, 5),
        "EpidemicStart": np.full(5, 2),
        "f": _RNG.uniform(0.1, 0.5, (5, 5)),
        "SI": _RNG.uniform(0.1, 0.5, 5),
        "pop": np.full(5, 1e6),
    },
    "bones": {
        "grade": _RNG.integers(-1, 3, (4, 4)),
        "ncat": np.array([3, 2, 3, 3]),
        "gamma": np.sort(_RNG.normal(size=(4, 4))),
    },
    "capture_recapture": {"y": _RNG.integers(0, 2, (4, 4))},
}
"""Data that can't be just anything within their bounds."""

QUICK = {
    "eight_schools",
    "ar5",
    "bym2",
    "garch",
    "hmm_two",
    "lotka_volterra",
    "partial_credit",
    "rats",
    "stochastic_volatility",
    "topics",
}
"""Models that run by default: one of each kind."""

LIBRARY = [
    pytest.param(model, id=model.name, marks=() if model.name in QUICK else (pytest.mark.slow,))
    for model in library()
]


@pytest.mark.sweep(4)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_programs_of_every_kind_agree(case: Case) -> None:
    program = transformed(resolved(case.text, f"{case.name}.gen"), case.bound)
    check_agreement(program, case.bound, NUM_POINTS)


@pytest.mark.parametrize("name", MODELS)
def test_programs_with_discrete_latents_agree(name: str) -> None:
    program = resolved(MODELS[name], f"{name}.gen")
    bound = made_up(program, GIVEN.get(name))
    check_agreement(transformed(program, bound), bound, NUM_POINTS)


@pytest.mark.sweep(2)
@pytest.mark.parametrize("name", TEXTS)
def test_every_function_agrees(name: str) -> None:
    program = resolved(TEXTS[name], "words.gen")
    bound = made_up(program)
    check_agreement(transformed(program, bound), bound, NUM_POINTS)


@pytest.mark.sweep(2)
@pytest.mark.parametrize("model", LIBRARY)
def test_models_of_the_library_agree(model: LibraryModel) -> None:
    program = gendsl.compile(model.path).program
    bound = made_up(program, GIVEN.get(model.name))
    check_agreement(transformed(program, bound), bound, NUM_POINTS)


def test_a_density_that_differs_is_caught() -> None:
    case = BY_NAME["eight_schools"]
    program = transformed(resolved(case.text), case.bound)
    other = transformed(
        resolved(case.text.replace("Normal(0, 5)", "Normal(0, 5.0001)")), case.bound
    )
    ours, theirs = (pyro.lower(each).bind(case.bound) for each in (program, other))
    position = torch.ones(ours.size, dtype=torch.float64)
    found = ours.log_density(ours.data, position)
    expected = theirs.log_density(theirs.data, position)
    assert abs(float(found - expected)) > 1e-9 * abs(float(found))
