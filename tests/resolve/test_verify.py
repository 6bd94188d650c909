"""The verifier: each invariant is broken by hand, and it says which."""

from dataclasses import replace

import pytest

from gendsl.diagnostics.diagnostic import InternalError
from gendsl.distributions.support import SupportKind
from gendsl.ir.expr import Const, Gather, Op, Pick, Reduce, Ref, Shift
from gendsl.ir.program import Data, Equation, Factor, Range, Recurrence, Sample
from gendsl.ir.types import INT, REAL, index_into
from gendsl.ir.verify import verify

TEXT = """\
m = 2 * mu
s[time = first] ~ Normal(0, 1)
s[time] ~ Normal(mu * s[time - 1], 1)
w[k] ~ Dirichlet(1)
q = sum[row](x)
g[row] = alpha[county_of]
h[county] = xi[pair = slope]
c[row] = X @ beta
u[time] = cumsum[time](z)
y[row] ~ Normal(mu, sigma)
predict p ~ Normal(m, 1)
factor -mu
"""


@pytest.fixture
def whole(program):
    return program(TEXT)


def node(program, name):
    return next(n for n in program.nodes if not isinstance(n, Recurrence) and n.name == name)


def with_node(program, name, **changes):
    """The program with one of its nodes changed."""
    old = node(program, name)
    nodes = tuple(replace(n, **changes) if n is old else n for n in program.nodes)
    return replace(program, nodes=nodes)


def with_value(program, name, **changes):
    """The program with the value of an equation changed."""
    return with_node(program, name, value=replace(node(program, name).value, **changes))


def fails(program, what):
    with pytest.raises(InternalError, match=what):
        verify(program)


def test_it_returns_a_program_that_holds(whole):
    assert verify(whole) is whole


def test_dimensions_are_unique_and_their_originals_exist(whole):
    fails(replace(whole, dimensions=(*whole.dimensions, whole.dimensions[0])), "declared twice")
    dims = tuple(replace(d, like="nope") if d.name == "peer" else d for d in whole.dimensions)
    fails(replace(whole, dimensions=dims), "no dimension nope")


def test_data_and_quantities_are_unique(whole):
    fails(replace(whole, data=(*whole.data, whole.data[0])), "x is declared twice")
    fails(replace(whole, nodes=(*whole.nodes, node(whole, "m"))), "m is defined twice")
    fails(replace(whole, nodes=(*whole.nodes, node(whole, "y"))), "y is two sites")
    shadow = Data("m", (), REAL, Range(), SupportKind.REAL, False, whole.data[0].span)
    fails(replace(whole, data=(*whole.data, shadow)), "m is defined twice")


def test_what_is_used_stands_before(whole):
    fails(replace(whole, nodes=whole.nodes[::-1]), "before it is defined")
    fails(with_value(whole, "m", arguments=(Const(2, INT), Ref("m", (), REAL))), "before it is")


def test_a_series_is_not_needed_by_itself_at_the_same_position(whole):
    old = next(n for n in whole.nodes if isinstance(n, Recurrence))
    series = old.series[0]
    own = Ref("s", ("time",), REAL)
    arguments = (("loc", own), ("scale", Const(1, INT)))
    step = replace(series.step, distribution=replace(series.step.distribution, arguments=arguments))
    new = replace(old, series=(replace(series, step=step),))
    nodes = tuple(new if n is old else n for n in whole.nodes)
    fails(replace(whole, nodes=nodes), "needs its own value")


def test_a_series_runs_along_its_dimension(whole):
    old = next(n for n in whole.nodes if isinstance(n, Recurrence))
    nodes = tuple(replace(old, dim="row") if n is old else n for n in whole.nodes)
    fails(replace(whole, nodes=nodes), "does not run along row")


def test_dimensions_of_expressions_follow_from_their_parts(whole):
    fails(with_value(whole, "m", dims=("row",)), "not its arguments' dimensions")
    fails(with_value(whole, "m", dims=("nope",)), "unknown dimension")
    fails(with_value(whole, "c", dims=("row", "row")), "repeats a dimension")
    fails(
        with_node(whole, "q", value=replace(node(whole, "q").value, dims=("row",))), "keeps a dim"
    )
    fails(with_value(whole, "q", over=("row", "col")), "over what is not there")
    fails(with_value(whole, "u", along="row"), "changes shape")
    fails(with_value(whole, "c", dims=("row", "col")), "product of matrices has wrong")
    fails(with_value(whole, "c", over="row", dims=("col",)), "not shared")
    fails(with_value(whole, "g", dims=("county",)), "gather has wrong")
    fails(with_value(whole, "h", dims=("county", "pair")), "pick has wrong")
    moved = Ref("county_of", ("county",), index_into("county"))
    fails(
        with_value(whole, "g", indices=(("county", moved),), dims=("county",)), "other dimensions"
    )
    fails(with_value(whole, "g", indices=(("col", Ref("n", ("row",), INT)),)), "along what is not")


def test_an_index_gathers_where_it_points(whole):
    index = Ref("twin_of", ("row",), index_into("peer"))
    fails(with_value(whole, "g", indices=(("county", index),)), "into peer gathers along county")


def test_values_and_arguments_fit_the_left_side(whole):
    wide = Ref("alpha", ("county",), REAL)
    fails(with_node(whole, "m", value=wide), "m has too many dimensions")
    old = node(whole, "y").distribution
    arguments = (("loc", wide), ("scale", Const(1, INT)))
    wrong = with_node(whole, "y", distribution=replace(old, arguments=arguments))
    fails(wrong, "loc of y has too many dimensions")


def test_event_dimensions_are_last(whole):
    old = node(whole, "w").distribution
    fails(with_node(whole, "w", distribution=replace(old, event_dims=("row",))), "not last")


def test_only_observations_have_a_value(whole):
    fails(with_node(whole, "y", value=None), "a value goes with observing")
    fails(with_node(whole, "p", value=Const(1, INT)), "a value goes with observing")


def test_shifts_are_along_an_order_and_inside(whole):
    z = Ref("z", ("time",), REAL)
    x = Ref("x", ("row",), REAL)
    fails(with_node(whole, "u", value=Shift(x, "row", 1, ("row",), REAL)), "has no order")
    fails(with_node(whole, "u", value=Shift(z, "time", 0, ("time",), REAL)), "changes shape")
    late = Shift(z, "time", 1, ("time",), REAL)
    fails(with_node(whole, "u", value=late), "u shifts without a slice")
    fails(with_node(whole, "factor", value=late), "factor shifts")
    total = Reduce("sum", ("time",), late, (), REAL)
    fails(with_node(whole, "q", value=total), "reduced over")


def test_predictions_do_not_condition(whole):
    p = Ref("p", (), REAL)
    late = Factor("late", p, None, node(whole, "factor").span)
    fails(replace(whole, nodes=(*whole.nodes, late)), "late uses a prediction")


def test_the_classes_that_are_broken_above_are_those_of_the_program(whole):
    assert isinstance(node(whole, "m"), Equation)
    assert isinstance(node(whole, "m").value, Op)
    assert isinstance(node(whole, "y"), Sample)
    assert isinstance(node(whole, "g").value, Gather)
    assert isinstance(node(whole, "h").value, Pick)
