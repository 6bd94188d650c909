"""What keeps networks from being linear is said by `check`, at the call that wants them so."""

from __future__ import annotations

import pytest

from gendsl.diagnostics.source import Source
from gendsl.pipeline import front

NET = "net f = Dense(2, weight ~ Normal(0, 1)) |> tanh |> Dense(1, weight ~ Normal(0, 1))"
PLAIN = "mu ~ Normal(0, 1)\n  y[row] ~ Normal(mu, 1)"
MIXED = NET + "\n  z[row] ~ Bernoulli(0.5)\n  y[row] ~ Normal(f(x) + z, 1)"
STEPS = (
    "dim t : ordered\n  data u[t] : real\n  " + NET + "\n  g[t = 0] = 0\n  g[t] = f(g[t - 1])\n"
    "  u[t] ~ Normal(g, 1)\n  y[row] ~ Normal(x, 1)"
)
FLOW = (
    NET + "\n  ode decay {\n    d/ds(z) = -z\n    z(0) = 1\n  }\n  y[row] ~ Normal(f(x) + z(1), 1)"
)


def _codes(body: str, call: str) -> list[str]:
    text = f"model m {{\n  dim row\n  data x[row] : real\n  data y[row] : real\n  {body}\n}}\n"
    program, _ = front(Source("m.gen", f"{text}infer main = {call}\n"))
    return [f"{d.code} {d.message}" for d in program.inference[0].problems]


@pytest.mark.parametrize("setting", ["networks = linear", "covariance = gauss_newton"])
@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (PLAIN, "G0790 `laplace({})` takes networks as linear, and `m` has none"),
        (MIXED, "G0791 `laplace({})` can't take networks as linear beside `z`, which is discrete"),
        (
            STEPS,
            "G0791 `laplace({})` can't take networks as linear beside a recurrence that calls them"
            " step by step",
        ),
        (FLOW, "G0791 `laplace({})` can't take networks as linear beside differential equations"),
    ],
)
def test_what_can_not_be_linear(body: str, wanted: str, setting: str) -> None:
    assert _codes(body, f"laplace({setting})") == [wanted.format(setting)]
    assert _codes(body, "laplace()") == []


def test_outputs_by_any_name_are_known() -> None:
    """`g[row] = f(X)` holds the outputs itself; elsewhere they have a name of their own."""
    text = f"model m {{\n  dim row\n  data x[row] : real\n  data y[row] : real\n  {NET}\n"
    text += "  let g[row] = f(x)\n  predict h[row] = f(2 * x) + f(3 * x)\n"
    text += "  y[row] ~ Normal(g, 1)\n}\n"
    program, _ = front(Source("m.gen", text))
    names = ["g", "f(2 * x)", "f(3 * x)"]
    assert [call.holder for call in program.networks[0].calls] == names
