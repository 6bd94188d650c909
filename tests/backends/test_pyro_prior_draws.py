"""Draws from the prior of every program that has one: of both backends, in distribution.

`backend_cases/two_samples.py` says what is compared. The chance that any of the programs here is
called off by accident is `FALSE_ALARM_RATE`; keys are fixed, so that each passes always or never.
"""

from functools import cache

import numpy as np
import pytest
from backend_cases.agreement import transformed
from backend_cases.compiled import resolved
from backend_cases.made_up import made_up
from backend_cases.texts import BY_NAME, CASES, Case
from backend_cases.two_samples import Draws, of_numpyro, of_pyro, p_values
from test_golden_discrete import MODELS
from test_pyro_agreement import GIVEN

import gendsl
from gendsl.backends import numpyro, pyro
from gendsl.backends.failures import CannotSimulate
from gendsl.ir.bound import BoundData
from gendsl.ir.program import Program
from gendsl.models import LibraryModel, library

FALSE_ALARM_RATE = 1e-3
COUNT = 500
"""Draws of each backend: a difference of 0.16 between two distribution functions is seen."""

SIMULATED = [case for case in CASES if case.can_simulate]
IN_LIBRARY = list(library())
NUM_PROGRAMS = len(SIMULATED) + len(IN_LIBRARY) + len(MODELS)
UNDERFLOWING = ("Gamma(0.001, 0.001)",)
"""Priors half of whose draws are below the least number: 0 by one library, that number by the
other. These programs are compared with another shape and rate."""

QUICK = {"eight_schools_non_centred"}
"""Programs that run by default."""


def off(ours: Draws, theirs: Draws) -> dict[str, float]:
    """The numbers by which two samples are not of one distribution."""
    found = p_values(ours, theirs)
    return {n: p for n, p in found.items() if p < FALSE_ALARM_RATE / NUM_PROGRAMS / len(found)}


def check(program: Program, bound: BoundData) -> None:
    """Assert that the backends draw alike, or refuse alike."""
    program = transformed(program, bound)
    ours, theirs = pyro.lower(program).bind(bound), numpyro.lower(program).bind(bound)
    try:
        expected = of_numpyro(theirs, COUNT)
    except CannotSimulate as refusal:
        with pytest.raises(CannotSimulate) as caught:
            of_pyro(ours, 1)
        assert str(caught.value) == str(refusal)
        return
    found = off(of_pyro(ours, COUNT), expected)
    assert not found, found


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(c, id=c.name, marks=() if c.name in QUICK else (pytest.mark.slow,))
        for c in SIMULATED
    ],
)
def test_cases_draw_alike(case: Case) -> None:
    check(resolved(case.text, f"{case.name}.gen"), case.bound)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_programs_with_discrete_latents_draw_alike(name: str) -> None:
    program = resolved(MODELS[name], f"{name}.gen")
    check(program, made_up(program, GIVEN.get(name)))


@pytest.mark.slow
@pytest.mark.parametrize("model", IN_LIBRARY, ids=lambda model: model.name)
def test_models_of_the_library_draw_alike(model: LibraryModel) -> None:
    text = model.path.read_text()
    for prior in UNDERFLOWING:
        text = text.replace(prior, prior.replace("0.001", "1"))
    program = gendsl.compile(text).program
    check(program, made_up(program, GIVEN.get(model.name)))


@cache
def of_schools() -> Draws:
    case = BY_NAME["eight_schools_non_centred"]
    return of_numpyro(numpyro.lower(resolved(case.text)).bind(case.bound), COUNT)


def test_another_prior_is_caught() -> None:
    case = BY_NAME["eight_schools_non_centred"]
    program = resolved(case.text.replace("Normal(0, 5)", "Normal(0, 10)"))
    found = off(of_pyro(pyro.lower(program).bind(case.bound), COUNT), of_schools())
    assert "mu, last" in found


def test_draws_that_depend_on_each_other_otherwise_are_caught() -> None:
    draws = of_schools()
    turned = {**draws, "theta": np.roll(draws["theta"], 1, axis=0)}
    found = off(turned, draws)
    assert found
    assert all(" with " in name for name in found)
