"""The cost of a recurrence's gradient against the same model written by hand with `lax.scan`.

`python benchmarks/recurrences.py` prints the ratio for each model; 1.00 is as fast as by hand, and
1.10 is the most that we allow ourselves. Timing is that of `gradient.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from gradient import Comparison, ratio
from jax import lax

AUTOREGRESSION = """model autoregression {
  dim time : ordered
  dim lag = 5
  data y[time] : real
  mu ~ Normal(0, 1)
  beta[lag] ~ Normal(0, 1)
  sigma ~ HalfNormal(1)
  y[time] ~ Normal(mu + sum[k = 1..5](beta[lag = k - 1] * y[time - k]), sigma)
}
"""
GARCH = """model garch {
  dim time : ordered
  data y[time] : real
  mu ~ Normal(0, 1)
  omega ~ HalfNormal(1)
  alpha ~ Uniform(0, 1)
  beta ~ Uniform(0, 1)
  v[time = first] = 1
  v[time] = omega + alpha * (y[time - 1] - mu)^2 + beta * v[time - 1]
  y[time] ~ Normal(mu, sqrt(v))
}
"""
LATENT = """model latent {
  dim time : ordered
  data y[time] : real
  phi ~ Uniform(-1, 1)
  q ~ HalfNormal(1)
  x[time = first] ~ Normal(0, 1)
  x[time] ~ Normal(phi * x[time - 1], q) as centred
  y[time] ~ Normal(x, 1)
}
"""
TREND = """model trend {
  dim time : ordered
  data y[time] : real
  q_level ~ HalfNormal(1)
  q_slope ~ HalfNormal(1)
  level[time = first] ~ Normal(0, 1)
  slope[time = first] ~ Normal(0, 1)
  level[time] ~ Normal(level[time - 1] + slope[time - 1], q_level) as centred
  slope[time] ~ Normal(slope[time - 1], q_slope) as centred
  y[time] ~ Normal(level, 1)
}
"""
RENEWAL = """model renewal {
  dim time : ordered
  dim country
  data g[time] : real >= 0
  data covered[time, country] : real
  data cases[time, country] : int >= 0
  seeds[country] ~ Exponential(0.03)
  R0[country] ~ Exponential(0.3)
  effect[country] ~ Normal(0, 1)
  infections[time < 6, country] = seeds
  infections[time, country] = R0 * exp(-effect * covered) * convolve[time](infections, g)
  cases[time, country] ~ Poisson(infections + 0.001)
}
"""


def autoregression(*, time: int, lag: int, y: Any) -> None:
    """AR(5), its last five values carried."""
    mu = numpyro.sample("mu", dist.Normal(0, 1))
    with numpyro.plate("lag", lag):
        beta = numpyro.sample("beta", dist.Normal(0, 1))
    sigma = numpyro.sample("sigma", dist.HalfNormal(1))

    def step(past: jax.Array, now: jax.Array) -> tuple[jax.Array, jax.Array]:
        return jnp.concatenate([now[None], past[:-1]]), mu + beta @ past

    _, mean = lax.scan(step, y[4::-1], y[5:])
    with numpyro.plate("time", time - 5):
        numpyro.sample("y", dist.Normal(mean, sigma), obs=y[5:])


def garch(*, time: int, y: Any) -> None:
    """GARCH(1, 1), its variance carried."""
    mu = numpyro.sample("mu", dist.Normal(0, 1))
    omega = numpyro.sample("omega", dist.HalfNormal(1))
    alpha = numpyro.sample("alpha", dist.Uniform(0, 1))
    beta = numpyro.sample("beta", dist.Uniform(0, 1))

    def step(v: jax.Array, y_prev: jax.Array) -> tuple[jax.Array, jax.Array]:
        v = omega + alpha * (y_prev - mu) ** 2 + beta * v
        return v, v

    _, v = lax.scan(step, jnp.ones(()), y[:-1])
    v = jnp.concatenate([jnp.ones(1), v])
    with numpyro.plate("time", time):
        numpyro.sample("y", dist.Normal(mu, jnp.sqrt(v)), obs=y)


def latent(*, time: int, y: Any) -> None:
    """A latent AR(1): its density is summed by a scan."""
    phi = numpyro.sample("phi", dist.Uniform(-1, 1))
    q = numpyro.sample("q", dist.HalfNormal(1))
    x = numpyro.sample("x", dist.ImproperUniform(dist.constraints.real, (), (time,)))

    def step(previous: jax.Array, now: jax.Array) -> tuple[jax.Array, jax.Array]:
        return now, dist.Normal(phi * previous, q).log_prob(now)

    _, terms = lax.scan(step, x[0], x[1:])
    numpyro.factor("steps", terms.sum() + dist.Normal(0, 1).log_prob(x[0]))
    with numpyro.plate("time", time):
        numpyro.sample("y", dist.Normal(x, 1), obs=y)


def trend(*, time: int, y: Any) -> None:
    """A level and its slope, both latent: their density is summed by a scan."""
    q_level = numpyro.sample("q_level", dist.HalfNormal(1))
    q_slope = numpyro.sample("q_slope", dist.HalfNormal(1))
    real = dist.constraints.real
    level = numpyro.sample("level", dist.ImproperUniform(real, (), (time,)))
    slope = numpyro.sample("slope", dist.ImproperUniform(real, (), (time,)))

    def step(carry: Any, now: Any) -> tuple[Any, jax.Array]:
        level_prev, slope_prev = carry
        level_now, slope_now = now
        term = dist.Normal(level_prev + slope_prev, q_level).log_prob(level_now)
        return now, term + dist.Normal(slope_prev, q_slope).log_prob(slope_now)

    _, terms = lax.scan(step, (level[0], slope[0]), (level[1:], slope[1:]))
    first = dist.Normal(0, 1).log_prob(level[0]) + dist.Normal(0, 1).log_prob(slope[0])
    numpyro.factor("steps", terms.sum() + first)
    with numpyro.plate("time", time):
        numpyro.sample("y", dist.Normal(level, 1), obs=y)


def renewal(*, time: int, country: int, g: Any, covered: Any, cases: Any) -> None:
    """Infections that renew themselves, the past carried and weighted by a product."""
    with numpyro.plate("country", country):
        seeds = numpyro.sample("seeds", dist.Exponential(0.03))
        R0 = numpyro.sample("R0", dist.Exponential(0.3))
        effect = numpyro.sample("effect", dist.Normal(0, 1))
    R = R0 * jnp.exp(-effect * covered)
    start = jnp.broadcast_to(seeds, (6, country))

    def step(past: jax.Array, R_now: jax.Array) -> tuple[jax.Array, jax.Array]:
        now = R_now * (g[1:] @ past)
        return jnp.concatenate([now[None], past[:-1]]), now

    past = jnp.concatenate([start, jnp.zeros((time - 7, country))])
    _, later = lax.scan(step, past, R[6:])
    infections = jnp.concatenate([start, later])
    with numpyro.plate("t", time, dim=-2), numpyro.plate("c", country, dim=-1):
        numpyro.sample("cases", dist.Poisson(infections + 0.001), obs=cases)


def comparisons() -> Iterator[Comparison]:
    """The models with made-up data."""
    random = np.random.default_rng(0)
    y = random.normal(size=2000)
    sizes = {"time": 2000}
    yield Comparison(
        "AR(5) observed", AUTOREGRESSION, autoregression, {"y": y}, {**sizes, "lag": 5}
    )
    yield Comparison("GARCH(1, 1)", GARCH, garch, {"y": y}, sizes)
    yield Comparison("latent AR(1)", LATENT, latent, {"y": y}, sizes)
    yield Comparison("local linear trend", TREND, trend, {"y": y}, sizes)
    days, countries = 100, 14
    weights = np.exp(-((np.arange(days) - 6) ** 2) / 18)
    epidemics = {
        "g": weights / weights.sum(),
        "covered": random.uniform(size=(days, countries)),
        "cases": random.poisson(50, (days, countries)),
    }
    sizes = {"time": days, "country": countries}
    yield Comparison("renewal, 100 x 14", RENEWAL, renewal, epidemics, sizes)


def main() -> None:
    """Print a line for each model."""
    jax.config.update("jax_enable_x64", True)
    for case in comparisons():
        ours, theirs, quotient = ratio(case, repeats=50)
        print(f"{case.name:22} {ours * 1e6:9.1f} us {theirs * 1e6:9.1f} us  ratio {quotient:.3f}")


if __name__ == "__main__":
    main()
