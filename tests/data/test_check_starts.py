"""Starts of series against the sizes and numbers in the data."""

import pytest

from gendsl.data import bind
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.diagnostics.source import Source
from gendsl.pipeline import front

MODEL = """model m {
  dim time : ordered
  data n : int
  data y[time] : real
  s ~ HalfNormal(1)
  x[time < n] ~ Normal(0, 1)
  x[time] ~ Normal(sum[k = 1..3](x[time - k]), s)
  y[time] ~ Normal(x + 0.5 * y[time - 2], 1)
}
"""


@pytest.mark.parametrize(
    ("n", "size", "messages"),
    [
        (3, 5, []),
        (5, 5, []),
        (2, 5, ["`x` looks back 3 positions, its start covers 2"]),
        (6, 5, ["`time` has 5 members, and `x` begins after 6"]),
        (
            3,
            1,
            [
                "`time` has 1 member, and `x` begins after 3",
                "`time` has 1 member, and `y` begins after 2",
            ],
        ),
    ],
)
def test_a_start_must_fit_the_data(n: int, size: int, messages: list[str]) -> None:
    program, _ = front(Source("m.gen", MODEL))
    data = {"n": n, "y": [0.5] * size}
    if not messages:
        assert bind(program, data).sizes["time"] == size
        return
    with pytest.raises(DiagnosticError) as caught:
        bind(program, data)
    found = caught.value.diagnostics
    assert {d.code for d in found} == {"G0628"}
    assert sorted(d.message for d in found) == messages
