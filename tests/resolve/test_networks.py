"""Networks: the sites and equations that they become, and what is known of them afterwards."""

import pytest

import gendsl
from gendsl.diagnostics.source import Source
from gendsl.frontend.format import format_source
from gendsl.ir.program import Equation, EquationRole, Sample, SampleRole

HEADER = """\
dim row, grid, col, class, county
dim col2 like col
dim time : ordered
dim head = {mean, spread}
data x[row] : real
data n[row] : int
data X[row, col] : real
data Z[grid, col2] : real
data W[col, h] : real
dim h
data county_of[row] : county
data y[row] : real
s ~ HalfNormal(1)
"""
TWO = "net f = Dense(5, weight ~ Normal(0, 1)) |> tanh |> Dense(1, weight ~ Normal(0, 1))\n"


@pytest.fixture
def written(program):
    """The program of some statements."""

    def make(statements):
        return program(statements, header=HEADER)

    return make


def sites(program):
    """The dimensions of every latent site by name."""
    return {n.name: n.dims for n in program.nodes if isinstance(n, Sample) and n.value is None}


def equations(program):
    return {n.name: n for n in program.nodes if isinstance(n, Equation)}


def test_weights_are_sites_over_inputs_and_units(written):
    found = written(
        "f ~ BNN(layers = [5, 4], activation = tanh, weight = Normal(0, 1 / sqrt(fan_in)), bias ="
        " Normal(0, 1))\ny[row] ~ Normal(f(X), s)"
    )
    assert sites(found) == {
        "s": (),
        "f.layer1.weight": ("col", "f.layer1.unit"),
        "f.layer1.bias": ("f.layer1.unit",),
        "f.layer2.weight": ("f.layer1.unit", "f.layer2.unit"),
        "f.layer2.bias": ("f.layer2.unit",),
        "f.layer3.weight": ("f.layer2.unit",),
        "f.layer3.bias": (),
    }
    (network,) = found.networks
    assert [layer.units for layer in network.layers] == ["f.layer1.unit", "f.layer2.unit", None]
    assert [layer.activation for layer in network.layers] == [("tanh",), ("tanh",), ()]
    assert network.inputs == ("col",) and network.units is None and network.is_chain
    (call,) = network.calls
    assert call.values == "f(X)" and call.hidden == ("f(X).layer1", "f(X).layer2")
    assert {call.values, *call.hidden} == set(equations(found))


def test_calls_share_the_weights_and_only_predictions_are_internal(written):
    found = written(f"{TWO}y[row] ~ Normal(f(X) + 2 * f(X), s)\npredict g[grid] = f(Z)")
    made = equations(found)
    assert {n: e.role for n, e in made.items()} == {
        "f(X).layer1": EquationRole.LET,
        "f(X)": EquationRole.LET,
        "f(Z).layer1": EquationRole.INTERNAL,
        "g": EquationRole.PREDICTED,
    }
    assert list(sites(found)) == ["s", "f.layer1.weight", "f.layer2.weight"]
    assert made["g"].dims == ("grid",)


def test_what_a_prediction_is_made_of_is_inferred_where_a_process_needs_it(written):
    found = written(
        "net g[h] = Dense(5, weight ~ Normal(0, 1)) |> tanh |> Dense(weight ~ Normal(0, 1))\n"
        "f ~ GP(kernel = RBF(1))\ny[row] ~ Normal(f(g(X)), s)\npredict q[grid] = f(g(Z))"
    )
    roles = {n: e.role for n, e in equations(found).items()}
    assert roles["g(X)"] is EquationRole.LET and roles["g(Z)"] is EquationRole.INTERNAL


@pytest.mark.parametrize(
    ("call", "inputs"),
    [
        ("y[row] ~ Normal(f(x), s)", ()),
        ("y[row] ~ Normal(f(n), s)", ()),
        ("y[row] ~ Normal(f(X), s)", ("col",)),
        ("e[row, col] = f(X) * X\ny[row] ~ Normal(f(X), s)", ("col",)),
        ("e[row, col] = f(X)", ()),
        ("let z[row, h] = X @ W\ny[row] ~ Normal(f(z), s)", ("h",)),
        ("a = sum[row](f(X))", ("col",)),
        ("v[time = first] = 0\nv[time] = f(v[time - 1])", ()),
        ("ode sys {\nd/dt(z) = f(z)\nz(0) = 1\n}\ny[row] ~ Normal(z(x), s)", ()),
    ],
)
def test_coordinates_are_what_the_left_side_lacks(written, call, inputs):
    (network,) = written(TWO + call).networks
    assert network.inputs == inputs


def test_fans_are_the_numbers_of_inputs_and_units(written):
    net = (
        "net f = Dense(5, weight ~ Normal(fan_in, fan_out)) |> Dense(1, weight ~ Normal(fan_in, 1))"
    )
    found = {n.name: n for n in written(f"{net}\ny[row] ~ Normal(f(X), s)").nodes}
    first = dict(found["f.layer1.weight"].distribution.arguments)
    assert first["loc"].dim == "col" and first["scale"].value == 5
    assert dict(found["f.layer2.weight"].distribution.arguments)["loc"].value == 5


def test_a_statement_replaces_one_prior(written):
    found = {
        n.name: n
        for n in written(
            f"{TWO}tau[col] ~ HalfNormal(1)\nf.layer1.weight ~ Laplace(0, tau) as centred\n"
            "y[row] ~ Normal(f(X), s)\nsize_of[f.layer1.unit] = norm[col](f.layer1.weight)"
        ).nodes
    }
    weight = found["f.layer1.weight"]
    assert weight.distribution.family.name == "Laplace" and weight.parameterisation == "centred"
    assert found["f.layer2.weight"].distribution.family.name == "Normal"
    assert found["size_of"].dims == ("f.layer1.unit",)


def test_priors_of_several_parts(written):
    found = written(
        "net f = Dense(5, weight ~ SpikeAndSlab(slab = 1, probability = 0.1, spike = 0.01))"
        " |> tanh |> Dense(1, weight ~ Horseshoe(1))\ny[row] ~ Normal(f(X), s)"
    )
    named = sites(found)
    assert named["f.layer2.weight.tau"] == () and named["f.layer2.weight.lambda"] == (
        "f.layer1.unit",
    )
    mixture = next(n for n in found.nodes if n.name == "f.layer1.weight").distribution
    assert mixture.family.name == "Mixture"


def test_given_weights_and_embeddings(written):
    found = written(
        "net f = Dense(weight = W) |> relu |> Dense(1, weight ~ Normal(0, 1))\n"
        "net e = Embedding(3, weight ~ Normal(0, 1)) |> Dense(1, weight ~ Normal(0, 1))\n"
        "y[row] ~ Normal(f(X) + e(county_of), s)"
    )
    assert sites(found)["f.layer2.weight"] == ("h",)
    assert sites(found)["e.layer1.weight"] == ("county", "e.layer1.unit")
    first, second = found.networks
    assert first.layers[0].weight == "W" and second.layers[0].kind == "Embedding"
    assert first.sites == ("W", "f.layer2.weight")


def test_a_residual_layer_has_a_twin_for_its_inputs(written):
    found = written(
        "net f = Dense(5, weight ~ Normal(0, 1))"
        " |> Residual(Dense(5, weight ~ Normal(0, 1)) |> relu) |> Dense(1, weight ~ Normal(0, 1))\n"
        "y[row] ~ Normal(f(X), s)"
    )
    assert sites(found)["f.layer2.weight"] == ("f.layer2.input", "f.layer1.unit")
    assert found.dimension("f.layer2.input").like == "f.layer1.unit"
    assert not found.networks[0].is_chain


def test_values_of_weights_are_set_by_their_names():
    model = gendsl.compile(
        f"model m {{\n{HEADER}{TWO}y[row] ~ Normal(f(X), s)\n}}\n"
        "infer main = cycle(nuts(f.layer1.weight, s), nuts(f.layer2.weight))\n"
    )
    assert not model.program.inference[0].problems
    known = model.condition({"f.layer2.weight": [1.0, 2.0, 3.0, 4.0, 5.0]}).program
    assert "f.layer2.weight" not in [
        n.name for n in known.nodes if isinstance(n, Sample) and n.role is SampleRole.LATENT
    ]
    with pytest.raises(Exception, match=r"no quantity `f\.layer3\.weight`"):
        model.do({"f.layer3.weight": 1.0})


def test_networks_are_described():
    text = f"model m {{\n{HEADER}{TWO}y[row] ~ Normal(f(X), s)\n}}\n"
    rows = {row.name: row for row in gendsl.compile(text).info().quantities}
    assert rows["f"].role == "network" and "tanh" in rows["f"].reason
    assert "f(X)" not in rows and "f.layer1.weight" in rows


def test_the_formatter_keeps_chains():
    text = (
        "model m {\n  net  f[k]=Dense( 5,weight~Normal(0,1),bias=none )  # first\n"
        "|>tanh\n    |> Dense(weight ~ Normal(0, 1))\n  net ~ Normal(0, 1)\n}\n"
    )
    assert format_source(Source("m.gen", text)) == (
        "model m {\n  net f[k] = Dense(5, weight ~ Normal(0, 1), bias = none)  # first\n"
        "    |> tanh\n    |> Dense(weight ~ Normal(0, 1))\n  net ~ Normal(0, 1)\n}\n"
    )
