"""The generated Pyro programs, as a reader would see them."""

from pathlib import Path

import pytest
from backend_cases.compiled import resolved
from backend_cases.texts import CASES, Case
from test_golden_discrete import MODELS

import gendsl
from gendsl.backends.pyro import source_of
from gendsl.models import library
from gendsl.transforms.non_centred import non_centre
from gendsl.transforms.sum_out import sum_out

FOLDER = Path(__file__).with_name("golden") / "pyro"
OF_LIBRARY = {
    "accel_splines",
    "ar5",
    "bones",
    "bym2",
    "capture_varying",
    "covid19imperial",
    "dogs",
    "garch",
    "glmm_poisson",
    "gp_regression",
    "grid",
    "hmm_two",
    "horseshoe_logistic",
    "lsat",
    "one_layer",
    "partial_credit",
    "radon_intercept",
    "seeds",
    "stochastic_volatility",
    "two_normals",
}
"""Models of the library, of each kind some."""
MARK = "# --- "


def shown(source: str) -> str:
    """The program without the text of our own distributions and functions."""
    return source.partition(MARK)[0].rstrip("\n") + "\n"


def compared(name: str, source: str, update_golden: bool) -> None:
    """Hold a program against the file of its name."""
    text, path = shown(source), FOLDER / f"{name}.py"
    if update_golden:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_source_is_the_golden_one(case: Case, update_golden: bool) -> None:
    program = resolved(case.text, f"{case.name}.gen")
    program = non_centre(program) if case.is_non_centred else program
    compared(case.name, source_of(program), update_golden)


@pytest.mark.parametrize("name", MODELS)
def test_source_with_discrete_latents_is_the_golden_one(name: str, update_golden: bool) -> None:
    program = sum_out(resolved(MODELS[name], f"{name}.gen"))
    compared(name, source_of(program), update_golden)


@pytest.mark.parametrize("name", sorted(OF_LIBRARY))
def test_source_of_a_model_of_the_library_is_the_golden_one(name: str, update_golden: bool) -> None:
    (model,) = (model for model in library() if model.name == name)
    source = gendsl.compile(model.path).source("pyro")
    compared(f"library/{name}", source, update_golden)
