"""What a module of a program refuses, and what it says."""

import subprocess
import sys

import numpy as np
import pyro
import pytest
import torch
from backend_cases.regression_module import GROUPS, ROWS, TEXT, data, tensors
from pyro.infer import Predictive

import gendsl
from gendsl.diagnostics.diagnostic import DiagnosticError


@pytest.fixture(scope="module")
def model() -> gendsl.Model:
    return gendsl.compile(TEXT)


@pytest.fixture(autouse=True)
def _no_parameters_left():
    pyro.clear_param_store()
    torch.manual_seed(0)
    yield
    pyro.clear_param_store()


WRONG_MODULES = {
    "a dimension": ({"minibatch": {"rows": 4}}, "G0766", "did you mean `row`?"),
    "a size": ({"sizes": {"grup": 4}}, "G0766", "did you mean `group`?"),
    "a minibatch": ({"minibatch": {"row": 0}}, "G0766", "at least one member"),
    "a count": ({"minibatch": {"row": "many"}}, "G0766", "at least one member, not 'many'"),
    "a name": ({"parameters": ["bta"]}, "G0767", "did you mean `beta`?"),
    "data": ({"parameters": ["y"]}, "G0767", "it is data"),
    "an equation": ({"parameters": ["mu"]}, "G0767", "it follows from other quantities"),
    "a prediction": ({"parameters": ["y_new"]}, "G0767", "it is not a latent quantity"),
    "a start": ({"parameters": {"sigma": -1.0}}, "G0767", "outside of its support"),
    "a shape": ({"parameters": {"beta": [1.0, 2.0, 3.0]}}, "G0767", "the shape [3], not [2]"),
}


@pytest.mark.parametrize("case", WRONG_MODULES)
def test_wrong_modules_are_refused(model, case) -> None:
    options, code, said = WRONG_MODULES[case]
    with pytest.raises(DiagnosticError) as caught:
        model.as_module(data(), **options)
    assert caught.value.diagnostics[0].code == code
    assert said in str(caught.value)


LATENTS = """\
model latents {
  dim time : ordered
  dim row
  data y[time] : real
  data x[row] : real
  is_high : bool ~ Bernoulli(0.3)
  lower ~ Normal(0, 1)
  upper : real > lower ~ Normal(0, 5)
  level[time = 0] ~ Normal(0, 1)
  level[time] ~ Normal(level[time - 1], 1)
  theta[row] ~ Normal(0, 1)
  x[row] ~ Normal(theta + upper + if(is_high, 1, 0), 1)
  y[time] ~ Normal(level, 1)
}
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("is_high", "it is discrete"),
        ("upper", "its bounds move with `lower`"),
        ("level", "it runs along `time`"),
        ("theta", "it varies along `row`"),
    ],
)
def test_latents_that_can_t_be_parameters(name, said) -> None:
    with pytest.raises(DiagnosticError) as caught:
        gendsl.compile(LATENTS).as_module(parameters=[name], minibatch="row")
    assert caught.value.diagnostics[0].code == "G0767"
    assert said in str(caught.value)


WRONG_CALLS = {
    "a name": ({"yy": torch.zeros(ROWS)}, "G0768", "did you mean `y`?"),
    "none": ({"X": None}, "G0768", "`X` can't be `None`"),
    "axes": ({"y": torch.zeros(ROWS, 1)}, "G0769", "`y` wants 1 axis, `row`"),
    "a length": ({"y": torch.zeros(5)}, "G0769", "give `X` too"),
    "reals": ({"group_of": torch.zeros(ROWS)}, "G0769", "wants whole numbers"),
    "labels": ({"group_of": ["a"] * ROWS}, "G0769", "labels are for `as_module(data)`"),
    "positions": (
        {"group_of": torch.full((ROWS,), 9)}, "G0769", "has the position 9, and those along",
    ),
    "a position": ({"group_of": [-1] * ROWS}, "G0769", "are from 0 to 2"),
    "features": ({"X": torch.zeros(ROWS, 3)}, "G0769", "has 2, one for each entry of `beta`"),
    "ragged": ({"y": [[1.0, 2.0], [3.0]]}, "G0769", "wants an array of numbers"),
    "an object": ({"y": object()}, "G0769", "which this `object` is not"),
    "complex": ({"y": torch.zeros(ROWS, dtype=torch.cfloat)}, "G0769", "wants real numbers"),
    "none of them": ({k: v[:0] for k, v in data().items()}, "G0769", "was given no members"),
    "two lengths": (
        {"y": torch.zeros(5), "exposure": torch.ones(6)}, "G0769", "has 6 members along `row`",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_CALLS)
def test_wrong_calls_are_refused(model, case) -> None:
    given, code, said = WRONG_CALLS[case]
    with pytest.raises(DiagnosticError) as caught:
        model.as_module(data())(**given)
    assert caught.value.diagnostics[0].code == code
    assert said in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_minibatches_change_in_size_alone(model) -> None:
    module = model.as_module(data(), minibatch={"row": 4})
    module.minibatch["row"] = 100
    drawn = pyro.poutine.trace(module).get_trace().nodes["row"]["value"]
    assert sorted(drawn.tolist()) == list(range(ROWS))
    for dim, count in {"rwo": 3, "group": 2, "row": 0}.items():
        with pytest.raises(DiagnosticError, match="G0766"):
            module.minibatch[dim] = count
    with pytest.raises(DiagnosticError, match="G0766"):
        del module.minibatch["row"]
    with pytest.raises(AttributeError):
        module.minibatch = {"row": 2}
    assert dict(module.minibatch) == {"row": 100}
    with pytest.raises(DiagnosticError, match="G0766"):
        model.as_module(data()).minibatch["row"] = 3


def test_a_minibatch_is_not_more_than_all(model) -> None:
    module = model.as_module(data(), minibatch={"row": 4})
    with pytest.raises(DiagnosticError, match="13 members along `row`, more than the 12 in all"):
        module(**tensors(data(ROWS + 1)))


def test_observations_may_be_others(model) -> None:
    module = model.as_module(data())
    found = Predictive(module, num_samples=1)(**tensors(data(5)) | {"y": None})
    assert found["y"].shape == (1, 5)


def test_half_precision_is_refused(model) -> None:
    with pytest.raises(DiagnosticError, match="computes in float32 and float64"):
        model.as_module(data()).half()()


def test_wrong_positions_are_refused(model) -> None:
    module = model.as_module(data(), minibatch={"row": 4})
    for row in (torch.tensor([0, ROWS]), torch.tensor([0.5]), torch.tensor([], dtype=torch.int64)):
        with pytest.raises(DiagnosticError, match="G0769"):
            module(row=row)
    with pytest.raises(DiagnosticError, match="is a minibatch by itself"):
        module(row=torch.tensor([0]), **{k: v[:3] for k, v in tensors(data()).items()})


def test_data_that_lack_are_named(model) -> None:
    with pytest.raises(DiagnosticError, match=r"G0768.*is not given"):
        model.as_module()()
    few = {name: value[:3] for name, value in tensors(data()).items()}
    with pytest.raises(DiagnosticError, match="how many members `row` has in all is not known"):
        model.as_module(sizes={"group": GROUPS}, minibatch="row")(**few)


def test_a_minibatch_by_itself_has_no_positions() -> None:
    text = """model positions {
      dim row
      data y[row] : real
      slope ~ Normal(0, 1)
      y[row] ~ Normal(slope * pos(row), 1)
    }"""
    module = gendsl.compile(text).as_module({"y": np.zeros(6)}, minibatch={"row": 3})
    module(row=torch.tensor([5, 1]))
    with pytest.raises(DiagnosticError, match="`y` reads positions along `row`"):
        module(y=torch.zeros(3))


def test_what_is_of_all_data_is_not_of_a_minibatch() -> None:
    text = """model centred_data {
      dim row
      data x[row] : real
      data y[row] : real
      slope ~ Normal(0, 1)
      y[row] ~ Normal(slope * (x - mean[row](x)), 1)
    }"""
    given = {"x": np.arange(6.0), "y": np.zeros(6)}
    module = gendsl.compile(text).as_module(given, minibatch={"row": 3})
    module()
    with pytest.raises(DiagnosticError, match="is of all data: `mean` takes all members"):
        module(x=torch.zeros(3), y=torch.zeros(3))


def test_without_torch_the_message_says_how_to_get_it() -> None:
    code = (
        "import sys, importlib.util\n"
        "real = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *r: None if name == 'torch' else real(name, *r)\n"
        "import gendsl\n"
        "model = gendsl.compile('model m {\\n  x ~ Normal(0, 1)\\n}\\n')\n"
        "try:\n    model.as_module()\nexcept gendsl.DiagnosticError as error:\n    print(error)\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "G0709" in done.stdout and "pip install 'gendsl[pyro]'" in done.stdout
