"""Dimensions and data: sizes, twins, bounds and what they may be made of."""

import pytest

from gendsl.ir.printer import print_program


def test_sizes_are_numbers_data_or_other_sizes(program):
    found = program(
        "",
        "dim a = 3\ndim b = K + 1\ndim c = size(b) - 1\ndata K : int > 0\ndata y[a, b, c] : real",
    )
    assert [line.strip() for line in print_program(found).splitlines()[1:4]] == [
        "dim a = 3",
        "dim b = (K + 1)",
        "dim c = (size(b) - 1)",
    ]


def test_a_twin_is_ordered_with_its_original(program):
    found = program("", "dim other like time\ndim time : ordered")
    assert [(d.name, d.is_ordered) for d in found.dimensions] == [("other", True), ("time", True)]


def test_bounds_may_be_expressions_of_other_data(program):
    text = (
        "dim row\ndata y[row] : lo <= real <= 2 * hi\n"
        "data lo : real\ndata hi[row] : real\ndata n : int > 3"
    )
    by_name = {d.name: d.range for d in program("", text).data}
    assert by_name["y"].upper.dims == ("row",)
    assert (by_name["n"].lower.value, by_name["n"].is_lower_strict) == (4, False)


def test_codes_and_members(program):
    found = program("", 'dim a : from 1\ndim b = {x, "two words"}')
    assert found.dimensions[0].first_code == 1
    assert found.dimensions[1].labels == ("x", "two words")


@pytest.mark.parametrize(
    ("text", "codes_found"),
    [
        ("dim a, a", "G0204"),
        ("dim a = {x, x}", "G0204"),
        ("dim real", "G0204"),
        ("dim a\ndata a : real", "G0204"),
        ("data y : real\ndata y : real", "G0204"),
        ("data y[a] : real", "G0202"),
        ("data y : nope", "G0202"),
        ("data y : positive", "G0202"),
        ("dim a like b", "G0202"),
        ("dim a like a", "G0403"),
        ("dim a like b\ndim b like a", "G0403"),
        ("dim a = size(b)\ndim b = size(a)", "G0403"),
        ("dim a = size(a)", "G0403"),
        ("dim a = 1.5", "G0303"),
        ("dim a = 0", "G0303"),
        ("dim a = r\ndata r : real", "G0303"),
        ("dim a = n\nn ~ Poisson(2)", "G0222"),
        ("data y : real > mu\nmu ~ Normal(0, 1)", "G0222"),
        ("data y : real > z\ndata z : real > y", "G0403"),
        ("data y : real > y", "G0403"),
        ("dim a\ndata y : real > z\ndata z[a] : real", "G0203"),
        ("dim t : ordered\ndata y[t = first] : real", "G0202"),
        ("dim a\ndata y[a, a] : real", "G0214"),
        ("data y[1] : real", "G0202"),
        ("data n : int\ndata y[n] : real", "G0202"),
    ],
)
def test_what_may_not_be(codes, text, codes_found):
    assert codes(text, header="") == [codes_found]


def test_an_undeclared_dimension_is_reported_once(errors):
    found = errors("data x[n] : real\ndata y[n] : real\ny[n] ~ Normal(x, 1)", header="")
    assert [(d.code, d.span.line) for d in found] == [("G0202", 4)]


def test_data_that_could_not_be_read_are_known_all_the_same(codes):
    text = "data x[nope] : real\na ~ Normal(0, 1)\nm = a * x\nx[nope] ~ Normal(a, sigm)"
    assert codes(text, header="") == ["G0202"]
