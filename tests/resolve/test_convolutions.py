"""Convolutions and pools: the sites and dimensions that they become."""

import pytest

import gendsl
from gendsl.ir.expr import ArrayCall
from gendsl.ir.printer import print_expr
from gendsl.ir.program import Equation, Sample
from gendsl.ir.walk import node_exprs, walk

HEADER = """\
dim row, time, height, width, color
dim time2 like time
dim other
data A[row, time] : real
data Z[other, time2] : real
data P[row, height, width, color] : real
data y[row] : real
"""


@pytest.fixture
def written(program):
    """The program of some statements."""

    def make(statements):
        return program(statements, header=HEADER)

    return make


def sites(program):
    """The dimensions of every latent site by name."""
    return {n.name: n.dims for n in program.nodes if isinstance(n, Sample) and n.value is None}


IMAGES = """\
net f = Conv[height, width](4, kernel = [3, 2], padding = same, weight ~ Normal(fan_in, fan_out))
  |> relu
  |> MaxPool[height, width](2)
  |> Residual(Conv[width, height](kernel = 3, padding = same, weight ~ Normal(0, 1)) |> tanh)
  |> Conv[width](2, kernel = 3, stride = 2, weight ~ Normal(0, fan_in), bias ~ Normal(0, 1))
  |> Flatten |> Dense(1, weight ~ Normal(0, 1))
y[row] ~ Normal(f(P), 1)
"""


def test_weights_are_sites_over_places_and_channels(written):
    assert sites(written(IMAGES)) == {
        "f.layer1.weight": (
            "f.layer1.kernel.height", "f.layer1.kernel.width", "color", "f.layer1.unit",
        ),
        "f.layer2.weight": (
            "f.layer2.kernel.width", "f.layer2.kernel.height", "f.layer2.input", "f.layer1.unit",
        ),
        "f.layer3.weight": (
            "f.layer3.kernel.width", "f.layer1.unit", "f.pool1.height", "f.layer3.unit",
        ),
        "f.layer3.bias": ("f.layer3.unit",),
        "f.layer4.weight": ("f.layer3.unit", "f.layer3.width"),
    }  # fmt: skip


def test_fans_are_those_of_a_window(written):
    nodes = {n.name: n for n in written(IMAGES).nodes}

    def argument(site, name):
        return print_expr(dict(nodes[site].distribution.arguments)[name])

    assert argument("f.layer1.weight", "loc") == "(6 * size(color))"
    assert argument("f.layer1.weight", "scale") == "24"
    assert argument("f.layer3.weight", "scale") == "(12 * size(f.pool1.height))"


def test_sizes_follow_from_those_of_the_data(written):
    found = written(IMAGES)
    layer = found.networks[0]
    assert layer.inputs == ("height", "width", "color") and not layer.is_chain
    assert [(w.layer, w.along, w.into, w.size) for w in layer.windows][:3] == [
        ("f.layer1", "height", "height", 3),
        ("f.layer1", "width", "width", 2),
        ("f.pool1", "height", "f.pool1.height", 2),
    ]
    assert found.dimension("f.layer3.width").size is not None
    assert found.dimension("f.layer1.kernel.height").size.value == 3


def test_each_layer_is_windows_and_a_sum(written):
    found = written(IMAGES)
    calls = [
        part.name
        for node in found.nodes
        if isinstance(node, Equation)
        for expr in node_exprs(node)
        for part in walk(expr)
        if isinstance(part, ArrayCall)
    ]
    assert calls == ["padded_image_windows", "image_windows", "padded_image_windows", "windows"]


def test_weights_may_be_data_and_points_along_a_twin(written):
    found = written(
        "data K[f.layer1.kernel.time, f.layer1.unit] : real\n"
        "net f = Conv[time](2, kernel = 3, weight = K) |> Dense(1, weight ~ Normal(0, 1))\n"
        "y[row] ~ Normal(f(A), 1)\npredict at[other] = f(Z)"
    )
    assert sites(found)["f.layer2.weight"] == ("f.layer1.unit", "f.layer1.time")
    assert found.networks[0].layers[0].weight == "K"


def test_programs_are_read_as_what_they_are():
    text = (
        "model m {\n  dim row, time\n  data A[row, time] : real\n  data y[row] : real\n"
        "  net f = Conv[time](2, kernel = 3, weight ~ Normal(0, 1), bias ~ Normal(0, 1)) |> relu\n"
        "    |> MaxPool[time](2) |> Dense(1, weight ~ Normal(0, 1))\n"
        "  y[row] ~ Normal(f(A), 1)\n}\n"
    )
    model = gendsl.compile(text)
    assert "windows_A = windows(A, (3,), (1,))" in model.source()
    assert "windows(f_A_layer1, (2,), (2,))" in model.source()
    assert "torch.amax(windows(f_A_layer1, (2,), (2,))" in model.source("pyro")
    rows = {row.name: row for row in model.info().dimensions}
    assert rows["f.pool1.time"].size == "windows along f.layer1.time"
