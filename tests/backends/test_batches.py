"""Programs for NumPyro read in minibatches: the estimates of a partition average to the density."""

from typing import Any

import jax
import numpy as np
import pytest

import gendsl
from gendsl.api.inference_posterior import posterior_of
from gendsl.api.inference_rows import rows_of
from gendsl.api.lowering import lower, transform
from gendsl.api.runtime import computing
from gendsl.backends.failures import NeedsWhole
from gendsl.diagnostics.diagnostic import DiagnosticError

ROWS = 12
_RNG = np.random.default_rng(3)

LATENT = """\
model latent {
  dim row, group
  dim kind = 3
  data y[row] : real
  data x[row] : real
  data g[row] : group
  mu[group] ~ Normal(0, 5)
  slope ~ Normal(0, 5)
  sigma ~ HalfNormal(2)
  e[row] ~ Normal(0, 1)
  w[row, kind] ~ Normal(0, 1)
  line[row] = slope * x
  y[row] ~ Normal(line + mu[g] + slope * (x - mean[row](x)) + e + mean[kind](w), sigma)
  factor 0.1 * square(y - slope)
}
infer main = sgld(batch = 3)
"""

MIXTURE = """\
model mixture {
  dim row, item
  dim group = 2
  data y[row, item] : real
  m[group] : ordered ~ Normal(0, 3)
  z[row] : group ~ Categorical([0.4, 0.6])
  y[row, item] ~ Normal(m[z], 1)
}
infer main = sgld(batch = 4, over = row)
"""


def _data(names: str) -> dict[str, Any]:
    made = {
        "y": _RNG.normal(size=ROWS),
        "x": _RNG.normal(size=ROWS),
        "g": [f"g{i % 3}" for i in range(ROWS)],
    }
    return {name: made[name] for name in names.split()}


def _averaged(text: str, data: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
    """Value and gradient of the whole log density, and their means over minibatches."""
    model = gendsl.compile(text)
    bound = model.bind(data)
    program = transform(model.program, sizes=bound.sizes)
    with computing("double", "cpu"):
        density = lower(program).bind(bound)
        posterior = posterior_of(program, density, bound)
        rows, (whole, arrays) = rows_of(posterior, model.program.inference[0].pieces[0])
        assert rows.part is not None
        at = _RNG.normal(size=density.size)
        value, slope = jax.jit(jax.value_and_grad(rows.whole.log_density, 1))(whole, at)
        found = jax.jit(jax.value_and_grad(rows.part.target.log_density, 1))
        blocks = np.random.default_rng(1).permutation(ROWS).reshape(-1, rows.part.batch)
        parts = [found((block, arrays), at) for block in blocks]
    return value, slope, *(np.mean([np.asarray(p[i]) for p in parts], axis=0) for i in (0, 1))


@pytest.mark.parametrize(
    ("text", "data"),
    [
        pytest.param(LATENT, _data("y x g"), id="latents along the rows"),
        pytest.param(
            MIXTURE,
            {"y": _RNG.normal(size=(ROWS, 2))},
            id="states summed out",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_partition_averages_to_the_density(text: str, data: dict[str, Any]) -> None:
    """Value and gradient, to rounding; of latents along the dimension too."""
    value, slope, mean_value, mean_slope = _averaged(text, data)
    assert mean_value == pytest.approx(float(value), rel=1e-10)
    np.testing.assert_allclose(mean_slope, slope, rtol=1e-9, atol=1e-9)


def test_a_sum_over_rows_is_refused() -> None:
    """With the statement, and the way out in terms of the inference program."""
    text = """\
model m {
  dim row
  data y[row] : real
  mu ~ Normal(0, 1)
  y[row] ~ Normal(mu, 1)
  factor -0.5 * sum[row](square(y - mu))
}
infer main = sgld(batch = 2)
"""
    with pytest.raises(DiagnosticError) as caught:
        _averaged(text, _data("y"))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == NeedsWhole.code and diagnostic.span is not None
    assert diagnostic.help == "leave `batch` out: `sgld()` reads all of `row`"


def test_a_batch_of_all_rows_reads_the_whole_program() -> None:
    model = gendsl.compile(LATENT.replace("batch = 3", f"batch = {ROWS + 1}"))
    bound = model.bind(_data("y x g"))
    program = transform(model.program, sizes=bound.sizes)
    with computing("double", "cpu"):
        posterior = posterior_of(program, lower(program).bind(bound), bound)
        rows, _ = rows_of(posterior, model.program.inference[0].pieces[0])
    assert rows.part is None
