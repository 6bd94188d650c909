"""Errors of latent sites that only the whole program shows, and the choice of their forms."""

import pytest

from gendsl.analysis.dependence import ancestors, conditioned, depends_on_latents
from gendsl.analysis.parameterisation import parameterisations

HEAD = """\
dim row
dim k = 3
data y[row] : real
m ~ Normal(0, 1)
s ~ HalfNormal(1)
k0[k] = [1, 2, 3]
"""
TAIL = "y[row] ~ Normal(m, s)\n"


@pytest.mark.parametrize(
    ("statements", "codes"),
    [
        ("n ~ Poisson(3)\nq = n + 1", "G0418"),
        ("n : 0 <= int <= 9 ~ Poisson(3)\nq = n + 1", ""),
        ("n[k] ~ Multinomial(3, k0 / 6)\nq = sum[k](n)", "G0406"),
        (
            "n[row] : k ~ Categorical(w)\nw[k] ~ Dirichlet(1)\nq[row] = w[n]",
            "",
        ),
        ("predict n ~ Poisson(3)", ""),
        ("c[k] : ordered ~ Normal(0, 1)\nq = sum[k](c)", ""),
        ("c[k] : ordered ~ Normal(m, s)\nq = sum[k](c)", ""),
        ("c[k] : ordered ~ Normal(v, s)\nv[k] ~ Normal(0, 1)\nq = sum[k](c)", "G0306"),
        ("c[k] : ordered ~ Normal(v, 1)\nv[k] = [1, 2, 3]\nq = sum[k](c)", ""),
        ("c[k] : positive_ordered ~ Gamma(s, 1)\nq = sum[k](c)", ""),
        ("c[k] : positive_ordered ~ Normal(0, 1)\nq = sum[k](c)", ""),
        ("c[k] : positive_ordered ~ Normal(0, s)\nq = sum[k](c)", "G0306"),
        ("c[k] : sum_to_zero ~ Normal(0, s)\nq = sum[k](c)", ""),
        ("c[k] : sum_to_zero ~ Cauchy(0, s)\nq = sum[k](c)", "G0306"),
        ("c[k] : simplex ~ Gamma(s, 1)\nq = sum[k](c)", "G0306"),
        ("c[k] : simplex ~ Gamma(2, 1)\nq = sum[k](c)", ""),
        ("c[k] : unit_vector ~ Normal(0, s)\nq = sum[k](c)", "G0306"),
        ("c ~ Gamma(2, 1) as non_centred\nq = c", "G0414"),
        ("c ~ HalfNormal(s) as non_centred\nq = c", "G0414"),
        ("c : real > 0 ~ Normal(0, s) as non_centred\nq = c", "G0414"),
        ("c ~ Normal(0, s) as non_centred\nq = c", ""),
    ],
)
def test_errors(found, statements, codes):
    assert found(HEAD + statements + "\n" + TAIL) == codes.split()


def test_a_series_without_innovations_has_no_non_centred_form(found):
    text = (
        "dim t : ordered\ndata z[t] : real\ns ~ HalfNormal(1)\nx[t = first] ~ Gamma(1, 1)\n"
        "x[t] ~ {} as non_centred\nz[t] ~ Normal(x, 1)"
    )
    assert found(text.format("Gamma(s, 1 / x[t - 1])")) == ["G0414"]
    assert found(text.format("StudentT(2 + x[t - 1]^2, 0, s)")) == ["G0414"]
    assert found(text.format("Normal(x[t - 1], s)")) == []


@pytest.mark.parametrize(
    ("statement", "form"),
    [
        ("a[row] ~ Normal(m, s)", "non_centred"),
        ("a[row] ~ Normal(m, s) as centred", "centred"),
        ("a[row] ~ Normal(m, 1)", None),
        ("a ~ Normal(m, s)", None),
        ("a ~ Normal(m, s) as non_centred", "non_centred"),
        ("a[row] ~ StudentT(3, m, s)", "non_centred"),
        ("a[row] ~ Gamma(2, s)", None),
        ("a[row] : real > 0 ~ Normal(m, s)", None),
        ("a[k] : ordered ~ Normal(m, s)", None),
    ],
)
def test_forms(program, statement, form):
    choice = parameterisations(program(f"{HEAD}{statement}\nq = 1\n{TAIL}")).get("a")
    assert (choice.form if choice is not None else None) == form


@pytest.mark.parametrize(("rows", "form"), [(40, "centred"), (4, "non_centred")])
def test_much_data_of_each_member_keep_it_centred(program, rows, form):
    text = (
        "dim row\ndim group\ndata of[row] : group\ndata y[row] : real\ns ~ HalfNormal(1)\n"
        "a[group] ~ Normal(0, s)\nm[row] = 2 * a[of]\ny[row] ~ Normal(m, 1)"
    )
    found = parameterisations(program(text), sizes={"row": rows, "group": 2})
    assert found["a"].form == form


def test_dependence(program):
    found = program(
        "dim t : ordered\ndata z[t] : real\na ~ Normal(0, 1)\nb = 2 * a\nc = mean[t](z)\n"
        "x[t = first] = c\nx[t] = x[t - 1] * 0.5\nw[t = first] = b\nw[t] = w[t - 1] + x\n"
        "d ~ Normal(0, 1)\nq = d\nz[t] ~ Normal(w, 1)"
    )
    assert depends_on_latents(found) == {"a", "b", "w", "d", "q"}
    assert ancestors(found, frozenset({"b"})) == {"a", "b"}
    assert "d" not in conditioned(found)
    assert {"a", "b", "x", "w", "c"} <= conditioned(found)
