"""Random functions: what they are written out to, how that is chosen, and where they are called."""

import pytest

import gendsl
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.ir.program import Equation, EquationRole, Sample, SampleRole

HEADER = """\
dim row, grid, region, col
data x[row] : real
data X[row, col] : real
data y[row] : real
data n[row] : int >= 0
data gx[grid] : real
data region_of[row] : region
s ~ HalfNormal(1)
len[col] ~ Gamma(5, 1)
amp[region] ~ HalfNormal(1)
"""


@pytest.fixture
def written(program):
    """The program of some statements."""

    def make(statements):
        return program(statements, header=HEADER)

    return make


def choice(program):
    (found,) = program.functions
    return found.form, found.reason


def node(program, name):
    return next(n for n in program.nodes if n.name == name)


def test_a_function_is_integrated_out_of_a_gaussian_observation(written):
    found = written("f ~ GP(kernel = RBF(1))\ny[row] ~ Normal(f(x), s)\npredict g[grid] = f(gx)")
    assert choice(found)[0] == "collapsed"
    assert node(found, "y").distribution.family.name == "CovarianceNormal"
    assert not [n for n in found.nodes if n.name.startswith("f(x)")]
    drawn = node(found, "g")
    assert isinstance(drawn, Sample) and drawn.role is SampleRole.PREDICTED
    hidden = [n for n in found.nodes if isinstance(n, Equation) and n.role is EquationRole.INTERNAL]
    assert {n.name for n in hidden} <= found.functions[0].made


@pytest.mark.parametrize("scored", ["sqrt(y)", "y", "log(y + s)", "y * gx[grid = first]"])
def test_it_is_integrated_out_of_an_expression_too(written, scored):
    found = written(f"f ~ GP(kernel = RBF(1))\nobserve {scored} ~ Normal(2 * f(x) + s, s)")
    assert choice(found)[0] == "collapsed"
    assert node(found, "observe").distribution.family.name == "CovarianceNormal"


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        ("n[row] ~ Poisson(log_rate = f(x))", "`n` is Poisson, not Normal"),
        ("y[row] ~ Normal(f(x)^2, s)", "`y` is not linear in it"),
        ("y[row] ~ Normal(f(x), exp(f(x)))", "the scale of `y` depends on it"),
        ("let m[row] = exp(f(x))\ny[row] ~ Normal(m, s)", "`y` is not linear in it"),
        ("let m[row] = f(x)\ny[row] ~ Normal(m, exp(m))", "the scale of `y` depends on it"),
        ("m[row] = f(x)\nobserve m ~ Normal(0, 1)\ny[row] ~ Normal(m, s)", "2 statements"),
        ("z[row] ~ Normal(f(x), 1)\ny[row] ~ Normal(z + f(x), s)", "`z` reads its values"),
        ("y[row] ~ Normal(f(x) + f(x + 1), s)", "called at 2 places"),
        ("let m[row] = f(x)\nobserve y * m ~ Normal(m, s)", "what is scored reads its values"),
        ("y[row] ~ Normal(f(x), s) where x > 0", "only a part of `y` is scored"),
        ("y[row] ~ Normal(f(x), s)\nn[row] ~ Poisson(log_rate = f(x))", "2 statements"),
    ],
)
def test_elsewhere_its_values_are_inferred(written, statements, reason):
    found = written(f"f ~ GP(kernel = RBF(1))\n{statements}")
    form, said = choice(found)
    assert form == "latent" and reason in said
    whites = [n for n in found.nodes if isinstance(n, Sample) and n.name in found.functions[0].made]
    assert whites and all(n.name.endswith(".white") for n in whites)
    assert all(n.role is SampleRole.LATENT for n in whites)


def test_the_source_may_say_so(written):
    kept = "f ~ GP(kernel = RBF(1), approx = exact(collapse = false))\ny[row] ~ Normal(f(x), s)"
    assert choice(written(kept)) == ("latent", "as the source says")


def test_linear_uses_are_integrated_out_too(written):
    found = written("f ~ GP(kernel = RBF(1))\ny[row] ~ Normal(3 - 2 * (x - f(x)) / s, s)")
    assert choice(found)[0] == "collapsed"


def test_equations_between_it_and_the_data_are_computed_afterwards(written):
    found = written(
        "f ~ GP(kernel = RBF(1))\nlet m[row] = 2 * f(x)\nlet unread[row] = f(x) + 1\n"
        "mu[row] = s + m\ny[row] ~ Normal(mu, s)\npredict q[row] = m / 2"
    )
    assert choice(found)[0] == "collapsed"
    assert node(found, "mu").role is EquationRole.PREDICTED
    assert node(found, "m").role is EquationRole.INTERNAL
    assert not [n for n in found.nodes if n.name == "unread"]
    y = [n.name for n in found.nodes].index("y")
    assert [n.name for n in found.nodes].index("mu") > y


@pytest.mark.parametrize(
    ("observed", "reason"),
    [
        (
            "y[row] ~ Normal(f(x) + g(x), s)",
            "`f` is integrated out of `y` already: write one function with the sum of both kernels",
        ),
        ("y[row] ~ MultiNormal(f(x) + g(x), C)", "`y` is MultiNormal, not Normal"),
        ("y[row] ~ StudentT(4, f(x) + g(x), s)", "`y` is StudentT, not Normal"),
    ],
)
def test_why_a_function_is_inferred(written, observed, reason):
    found = written(
        "dim twin like row\ndata C[row, twin] : cov\n"
        f"f ~ GP(kernel = RBF(1))\ng ~ GP(kernel = Periodic(1, 1))\n{observed}"
    )
    second = next(f for f in found.functions if f.name == "g")
    assert (second.form, second.reason) == ("latent", reason)


def test_a_second_function_is_told_how_to_be_integrated_out(written):
    with pytest.raises(DiagnosticError) as caught:
        written(
            "f ~ GP(kernel = RBF(1))\n"
            "g ~ GP(kernel = Constant(1), approx = exact(collapse = true))\n"
            "y[row] ~ Normal(f(x) + g(x), s)"
        )
    (found,) = caught.value.diagnostics
    assert (found.code, found.help) == ("G0467", "write one function with the sum of both kernels")


@pytest.mark.parametrize("name", ["Matern", "matern", "Matern72"])
def test_a_family_of_kernels_is_named_whole(written, name):
    with pytest.raises(DiagnosticError) as caught:
        written(f"f ~ GP(kernel = {name}(1))\ny[row] ~ Normal(f(x), s)")
    (found,) = caught.value.diagnostics
    assert (found.code, found.help) == ("G0461", "there are `Matern12`, `Matern32`, `Matern52`")


def test_coordinates_and_members(written):
    found = written(
        "f ~ GP(kernel = Matern32(len))\nh[region] ~ GP(kernel = amp^2 * RBF(1))\n"
        "n[row] ~ Poisson(log_rate = f(X) + h[region_of](x))\npredict one[region] = h(0.5)"
    )
    assert node(found, "f(X)").dims == ("row",)
    assert node(found, "h(x)").dims == ("region", "row")
    assert node(found, "one").dims == ("region",)


def test_one_request_is_answered_once(written):
    found = written(
        "f ~ GP(kernel = RBF(1))\nn[row] ~ Poisson(log_rate = f(x) + x * f(x))\n"
        "predict a[grid] = f(gx)\npredict b[grid] = 2 * f(gx)"
    )
    names = [n.name for n in found.nodes if isinstance(n, Sample)]
    assert names.count("f(x).white") == 1 and names.count("a") == 1 and "f(gx)" not in names


def test_kernel_is_a_name_everywhere_else(program):
    found = program("kernel ~ Normal(0, 1)\ny[row] ~ Normal(kernel, s)", header=HEADER)
    assert node(found, "kernel").role is SampleRole.LATENT


def test_info_says_how_a_function_is_solved_and_shows_nothing_that_was_made():
    text = f"model m {{\n{HEADER}f ~ GP(kernel = RBF(1))\ny[row] ~ Normal(f(x), s)\n}}\n"
    shown = gendsl.compile(text).info()
    (row,) = [q for q in shown.quantities if q.role == "random function"]
    assert (row.name, row.sampled_as) == ("f", "exact, collapsed")
    assert row.reason == "integrated out: y is Gaussian around it"
    assert not any("." in q.name for q in shown.quantities)
    assert not any("." in d.name for d in shown.dimensions)


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        ("f ~ GP(kernel = s * RBF(x^2 + 1))", "varies over [row], as the left side does"),
        ("kernel k(a, b) = exp(-abs(a - b)) * x^2\nf ~ GP(kernel = k)", "not one number for two"),
    ],
)
def test_a_kernel_does_not_vary_over_the_points(written, statements, message):
    """`row` would be the coordinates of one point, and all of `y` would have its one value."""
    with pytest.raises(DiagnosticError) as failure:
        written(f"{statements}\ny[row] ~ Normal(f(x), s)")
    (found,) = failure.value.diagnostics
    assert found.code == "G0464" and message in found.message and found.span.text == "x"


def test_new_points_may_have_the_coordinates_by_another_name(written):
    found = written(
        "dim col2 like col\ndata G[grid, col2] : real\nf ~ GP(kernel = RBF(len))\n"
        "y[row] ~ Normal(f(X), s)\npredict g[grid] = f(G)"
    )
    assert node(found, "g").dims == ("grid",)
    assert not any("col2" in d for n in found.nodes for d in n.dims)


@pytest.mark.parametrize(
    ("kernel", "what"),
    [("RBF(c)", "`len` of `RBF`"), ("c * RBF(1)", "scale of a kernel"), ("c^2 * RBF(1)", None)],
)
def test_parameters_that_may_be_negative_are_warned_of(kernel, what):
    statements = f"data c : real\nf ~ GP(kernel = {kernel})\ny[row] ~ Normal(f(x), s)"
    text = f"model m {{\n{HEADER}{statements}\n}}\n"
    for bound, expected in (("", what), (" > 0", None)):
        model = gendsl.compile(text.replace("c : real", f"c : real{bound}"))
        found = [w for w in model.warnings if w.code == "G0503"]
        assert [w.span.text for w in found] == (["c"] if expected else [])
        assert all(expected in w.message for w in found)


@pytest.mark.parametrize("approx", ["hilbert(m = 9)", "inducing(m = 9)"])
def test_approximate_solvers_are_chosen_and_read_the_same_points_twice(written, approx):
    found = written(
        f"f ~ GP(kernel = RBF(1), approx = {approx})\ny[row] ~ Normal(2 * f(x), s)\n"
        "predict g[row] = f(x)\npredict h = f(0.5)\npredict l[grid] = f(gx)"
    )
    (function,) = found.functions
    assert (function.solver, function.form) == (approx.split("(")[0], "collapsed")
    assert [p.name for p in node(found, "y").distribution.form.parameters][1:] == [
        "factor", "noise", "capacitance",
    ]  # fmt: skip
    assert isinstance(node(found, "g"), Equation) and node(found, "h").dims == ()
    hidden = {n.name for n in found.nodes if getattr(n, "role", None) is EquationRole.INTERNAL}
    assert hidden <= function.made


def test_parts_with_weights_of_their_own_are_inferred(written):
    found = written(
        "f ~ GP(kernel = RBF(1) + Constant(2), approx = hilbert(m = 9))\ny[row] ~ Normal(f(x), s)"
    )
    form, said = choice(found)
    assert form == "latent" and "`Constant` has basis functions of its own" in said
    drawn = {n.name: n.dims for n in found.nodes if isinstance(n, Sample)}
    assert drawn["f.weights"] == ("f.basis",) and drawn["f.constant"] == ()
