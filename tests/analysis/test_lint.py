"""The linter: each rule finds what it is for, and is silent beside it."""

import pytest

DATA = "dim row\ndata x[row] : real\ndata y[row] : real\n"


@pytest.mark.parametrize(
    ("statements", "codes"),
    [
        ("mu ~ Normal(0, 1)\ny[row] ~ Normal(mu + x, 1)", ""),
        ("mu ~ Normal(0, 1)\nq ~ Normal(0, 1)\ny[row] ~ Normal(mu + x, 1)", "G0501"),
        ("mu ~ Normal(0, 1)\nq ~ Normal(0, 1)\nr = 2 * q\ny[row] ~ Normal(mu + x, 1)", ""),
        ("mu ~ Normal(0, 1)\nq ~ Normal(0, 1)\nlet r = 2 * q\ny[row] ~ Normal(mu + x, 1)", "G0501"),
        ("mu ~ Normal(0, 1)\nq ~ Normal(0, 1)\npredict r = q\ny[row] ~ Normal(mu + x, 1)", ""),
        ("mu ~ Normal(0, 1)\ny[row] ~ Normal(mu, 1)", "G0502"),
        ("mu ~ Normal(0, 1)\ny[row] ~ Normal(mu, 1) where x > 0", ""),
        ("s ~ Normal(0, 1)\ny[row] ~ Normal(x, s)", "G0503"),
        ("s : real > 0 ~ Normal(0, 1)\ny[row] ~ Normal(x, s)", ""),
        ("s ~ Normal(0, 1)\ny[row] ~ Normal(x, exp(s))", ""),
        ("y[row] ~ Normal(0, x)", "G0503"),
        ("y[row] ~ Normal(0, abs(x) + 1)", ""),
        ("y[row] ~ Gamma(2, exp(x))", "G0504"),
        ("s ~ Uniform(0, 1)\ny[row] ~ Normal(x, s)", ""),
        ("s ~ Uniform(0, 50)\ny[row] ~ Normal(x, s)", "G0505"),
        ("s : real > 3 ~ HalfNormal(1)\ny[row] ~ Normal(x, s)", "G0505"),
        ("s ~ Flat()\ny[row] ~ Normal(x, 1)", "G0506"),
        ("s ~ Flat()\ny[row] ~ Normal(x + s, 1)", ""),
        ("s ~ Normal(0, 1)\nq[row] = x + y + s", "G0507"),
        ("s ~ Normal(0, 1)\nfactor sum[row](x * y) * s", ""),
        ("s ~ HalfNormal(1)\nobserve log(s) ~ Normal(0, 1)\ny[row] ~ Normal(x, s)", "G0508"),
        ("s ~ HalfNormal(1)\nobserve 2 * s - 1 ~ Normal(0, 1)\ny[row] ~ Normal(x, s)", ""),
        ("s : 3 < real < 2 ~ Normal(0, 1)\ny[row] ~ Normal(x + s, 1)", "G0509"),
        ("s : real < 0 ~ HalfNormal(1)\ny[row] ~ Normal(x + s, 1)", "G0509"),
        ("y[row] ~ Normal(x, 1)\nn[row] ~ Normal(0, 1)\ndata n[row] : real > 0", "G0510"),
        ("y[row] ~ Normal(x, 1)\nn[row] : real > 0 ~ Normal(0, 1)\ndata n[row] : real > 0", ""),
        ("dim spare\ny[row] ~ Normal(x, 1)", "G0511"),
        ("dim spare\ny[row] ~ Normal(x, size(spare))", ""),
        ("dim spare\ndata s_of[row] : spare\nq[row] = s_of\ny[row] ~ Normal(x, 1)", ""),
        ("s ~ HalfNormal(1)\ny[row] ~ Normal(x, s^2)", "G0512"),
        ("s ~ HalfNormal(1)\ny[row] ~ Normal(x, s * s)", "G0512"),
        ("s ~ HalfNormal(1)\ny[row] ~ Gamma(s^2, exp(x))", "G0504"),
    ],
)
def test_rules(found, statements, codes):
    assert found(DATA + statements) == codes.split()


def test_data_used_where_a_statement_holds_are_used(found):
    text = (
        "dim t : ordered\ndata k : int > 0\ndata z[t] : real\n"
        "s[t < k] = 0\ns[t] = s[t - 1] + z[t - 1]\nz[t] ~ Normal(s, 1)"
    )
    assert found(text) == []


def test_noise_at_points_of_several_calls_is_a_scale(found):
    """A chain of states goes on with the points of each call, and so does its noise."""
    text = (
        "dim grid\ndata g[grid] : real\ndata n[row] : int >= 0\na ~ HalfNormal(1)\n"
        "f ~ GP(kernel = a^2 * Matern32(2), approx = state_space)\n"
        "n[row] ~ Poisson(log_rate = f(x))\n"
        "predict r[grid] = f(g)\npredict q = f(0) - f(1)\ny[row] ~ Normal(x, 1)"
    )
    assert found(DATA + text) == []


def test_a_recurrence_that_stays_positive_is_a_scale(found):
    text = (
        "dim t : ordered\ndata z[t] : real\na ~ HalfNormal(1)\nv[t = first] = 1\n"
        "v[t] = a + 0.5 * v[t - 1] + 0.1 * z[t - 1]^2\nz[t] ~ Normal(0, sqrt(v))"
    )
    assert found(text) == []
