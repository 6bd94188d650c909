"""The cost of a generated program's gradient against NumPyro written by hand.

`python benchmarks/gradient.py` prints the ratio for each model; 1.00 is as fast as by hand.
Both gradients are of the log density of a flat unconstrained position, compiled, on one device; the
two are timed in turns, and the least time of each counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from jax.flatten_util import ravel_pytree
from numpyro.infer.util import initialize_model

from gendsl.backends.registry import BACKENDS
from gendsl.diagnostics.source import Source
from gendsl.ir.bound import BoundData
from gendsl.pipeline import compile

Gradient = Callable[[jax.Array], jax.Array]


@dataclass(frozen=True)
class Comparison:
    """A model twice: as `.gen` text, and as NumPyro by hand."""

    name: str
    text: str
    by_hand: Callable[..., None]
    data: dict[str, Any]
    sizes: dict[str, int]


def schools(*, school: int, sigma: Any, y: Any) -> None:
    """Eight schools, non-centred."""
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    tau = numpyro.sample("tau", dist.HalfCauchy(5))
    with numpyro.plate("school", school):
        raw = numpyro.sample("raw", dist.Normal(0, 1))
        numpyro.sample("y", dist.Normal(mu + tau * raw, sigma), obs=y)


def radon(*, house: int, county: int, county_of: Any, floor: Any, y: Any) -> None:
    """Varying intercepts, non-centred."""
    mu = numpyro.sample("mu", dist.Normal(0, 10))
    tau = numpyro.sample("tau", dist.HalfNormal(1))
    sigma = numpyro.sample("sigma", dist.HalfNormal(1))
    beta = numpyro.sample("beta", dist.Normal(0, 5))
    with numpyro.plate("county", county):
        raw = numpyro.sample("raw", dist.Normal(0, 1))
    alpha = mu + tau * raw
    with numpyro.plate("house", house):
        numpyro.sample("y", dist.Normal(alpha[county_of] + beta * floor, sigma), obs=y)


def logistic(*, row: int, feature: int, X: Any, y: Any) -> None:
    """Logistic regression."""
    alpha = numpyro.sample("alpha", dist.Normal(0, 5))
    with numpyro.plate("feature", feature):
        beta = numpyro.sample("beta", dist.Normal(0, 2.5))
    with numpyro.plate("row", row):
        numpyro.sample("y", dist.Bernoulli(logits=alpha + X @ beta), obs=y)


SCHOOLS = """model schools {
  dim school
  data y[school] : real
  data sigma[school] : real > 0
  mu ~ Normal(0, 5)
  tau ~ HalfCauchy(5)
  theta[school] ~ Normal(mu, tau) as non_centred
  y[school] ~ Normal(theta, sigma)
}
"""
RADON = """model radon {
  dim house, county
  data county_of[house] : county
  data floor[house] : real
  data y[house] : real
  mu ~ Normal(0, 10)
  tau ~ HalfNormal(1)
  sigma ~ HalfNormal(1)
  beta ~ Normal(0, 5)
  alpha[county] ~ Normal(mu, tau) as non_centred
  y[house] ~ Normal(alpha[county_of] + beta * floor, sigma)
}
"""
LOGISTIC = """model logistic {
  dim row, feature
  data X[row, feature] : real
  data y[row] : int
  alpha ~ Normal(0, 5)
  beta[feature] ~ Normal(0, 2.5)
  y[row] ~ Bernoulli(logit = alpha + X @ beta)
}
"""


def comparisons() -> Iterator[Comparison]:
    """The models with made-up data."""
    random = np.random.default_rng(0)
    y = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
    sigma = np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])
    yield Comparison("eight schools", SCHOOLS, schools, {"y": y, "sigma": sigma}, {"school": 8})
    rows = 10_000
    houses = {
        "county_of": random.integers(0, 85, rows),
        "floor": random.integers(0, 2, rows) * 1.0,
        "y": random.normal(size=rows),
    }
    yield Comparison("radon, 10^4 rows", RADON, radon, houses, {"house": rows, "county": 85})
    people = {"X": random.normal(size=(1000, 20)), "y": random.integers(0, 2, 1000)}
    sizes = {"row": 1000, "feature": 20}
    yield Comparison("logistic, 1000 x 20", LOGISTIC, logistic, people, sizes)


def generated_gradient(case: Comparison) -> tuple[Gradient, int]:
    """The generated program's compiled gradient, and how many coordinates it has."""
    program = compile(Source(f"{case.name}.gen", case.text), BACKENDS["numpyro"])
    labels = dict.fromkeys(case.sizes)
    density = program.bind(BoundData(case.data, case.sizes, labels, {}, frozenset()))
    compiled = jax.jit(jax.grad(density.log_density, argnums=1))
    return (lambda position: compiled(density.data, position)), density.size


def gradient_by_hand(case: Comparison) -> Gradient:
    """The compiled gradient of NumPyro's own potential energy, flattened."""
    arrays = {name: jnp.asarray(value) for name, value in case.data.items()}

    def arguments(data: dict[str, Any]) -> dict[str, Any]:
        return {**case.sizes, **data}

    start = initialize_model(
        jax.random.key(0), case.by_hand, model_kwargs=arguments(arrays), dynamic_args=True
    )
    _, unravel = ravel_pytree(start.param_info.z)

    def log_density(data: dict[str, Any], position: jax.Array) -> jax.Array:
        potential = start.potential_fn(**arguments(data))
        value: jax.Array = -potential(unravel(position))
        return value

    compiled = jax.jit(jax.grad(log_density, argnums=1))
    return lambda position: compiled(arrays, position)


def seconds(gradient: Gradient, position: jax.Array, repeats: int) -> float:
    """The mean time of one gradient."""
    begin = time.perf_counter()
    for _ in range(repeats):
        result = gradient(position)
    result.block_until_ready()
    return (time.perf_counter() - begin) / repeats


def ratio(case: Comparison, rounds: int = 15, repeats: int = 200) -> tuple[float, float, float]:
    """Seconds of the generated and the handwritten gradient, and their ratio."""
    ours, size = generated_gradient(case)
    theirs = gradient_by_hand(case)
    position = 0.1 * jax.random.normal(jax.random.key(1), (size,))
    times: list[list[float]] = [[], []]
    for i in range(rounds + 1):
        for function, record in zip((ours, theirs), times, strict=True):
            spent = seconds(function, position, repeats)
            if i:
                record.append(spent)
    least = [min(record) for record in times]
    return least[0], least[1], least[0] / least[1]


def main() -> None:
    """Print a line for each model."""
    jax.config.update("jax_enable_x64", True)
    for case in comparisons():
        ours, theirs, quotient = ratio(case)
        print(f"{case.name:22} {ours * 1e6:9.1f} us {theirs * 1e6:9.1f} us  ratio {quotient:.3f}")


if __name__ == "__main__":
    main()
