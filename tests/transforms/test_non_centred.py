"""The non-centred form: what it makes of a program; that it keeps the density is a property."""

import pytest

from gendsl.diagnostics.source import Source
from gendsl.ir.printer import print_program
from gendsl.ir.verify import verify
from gendsl.pipeline import front
from gendsl.transforms.non_centred import non_centre

HEAD = "m ~ Normal(0, 1)\ns ~ HalfNormal(1)\n"


def transformed(statements, before=""):
    text = f"{before}model m {{\ndim row\ndata y[row] : real\n{statements}\n}}\n"
    return verify(non_centre(front(Source("t.gen", text))[0]))


def lines(program):
    return [line.strip() for line in print_program(program).splitlines()]


def test_a_site_becomes_a_standard_one_and_an_equation():
    found = lines(transformed(f"{HEAD}a[row] ~ Normal(m, s)\ny[row] ~ Normal(a, 1)"))
    assert "auxiliary a.raw[row] : real in real ~ Normal(loc = 0.0, scale = 1.0)" in found
    assert "saved a[row] : real = (m + (s * a.raw))" in found


@pytest.mark.parametrize(
    ("distribution", "value"),
    [
        ("Normal(0, s)", "(s * a.raw)"),
        ("StudentT(4, 0, s)", "(s * a.raw)"),
        ("Cauchy(m, 2 * s)", "(m + ((2 * s) * a.raw))"),
        ("Normal(y, s)", "(y + (s * a.raw))"),
    ],
)
def test_values(distribution, value):
    found = lines(transformed(f"{HEAD}a[row] ~ {distribution}\ny[row] ~ Normal(a + m, 1)"))
    assert f"saved a[row] : real = {value}" in found


def test_other_sites_stay():
    text = "m ~ Normal(0, 1)\na[row] ~ Normal(m, 1)\ny[row] ~ Normal(a, 1)"
    source = Source("t.gen", f"model m {{\ndim row\ndata y[row] : real\n{text}\n}}\n")
    program = front(source)[0]
    assert non_centre(program) == program


def test_a_name_that_is_taken_is_not_taken_again():
    before = (
        "submodel nested(m)[k] {\n  s ~ HalfNormal(1)\n  raw[k] ~ Normal(0, 1)\n"
        "  nested[k] ~ Normal(m + raw, s)\n}\n"
    )
    found = transformed("a[row] ~ nested(0)\ny[row] ~ Normal(a, 1)", before)
    assert [n.name for n in found.nodes] == ["a.s", "a.raw", "a.raw_", "a", "y"]


def test_it_is_done_once():
    text = "s ~ HalfNormal(1)\na[row] ~ Normal(0, s)\ny[row] ~ Normal(a, 1)"
    once = transformed(text)
    assert non_centre(once) == once
