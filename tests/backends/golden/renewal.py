"""The model renewal, from renewal.gen."""

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from jax import lax
from jax.scipy import special
from numpyro.contrib.control_flow import scan
from numpyro.distributions.util import validate_sample


def model(*, n_time: int, n_area: int, n_seed: int, g, w, cases=None):
    with numpyro.plate("area", n_area):
        # seed[area] ~ Exponential(0.1)   renewal.gen:9
        seed = numpyro.sample("seed", dist.Exponential(0.1))
        # R[area] ~ LogNormal(0, 1)   renewal.gen:10
        R = numpyro.sample("R", dist.LogNormal(0.0, 1.0))
    # infections[time < n_seed, area] = seed   renewal.gen:11
    infections_start = jnp.broadcast_to(seed, (n_seed, n_area))

    def step(infections_past, _):
        # infections[time, area] = R * convolve[time](infections, g[time - 1])   renewal.gen:12
        infections_now = R * (g @ infections_past)
        return jnp.concatenate([infections_now[None], infections_past[:-1]]), infections_now

    _, infections = jax.lax.scan(
        step,
        latest(infections_start[:n_seed], n_time),
        None,
        length=n_time - n_seed,
    )
    infections = numpyro.deterministic(
        "infections",
        jnp.concatenate([infections_start, infections]),
    )
    # x[time < 3] ~ Normal(0, 1)   renewal.gen:13
    x_start = numpyro.sample("x.start", dist.Normal(0.0, 1.0).expand([3]))

    def step_(x_past, _):
        # x[time] ~ Normal(sum[k = 1..3](w[lag = k] * x[time - k]), 1)   renewal.gen:14
        x_now = numpyro.sample("x.rest", dist.Normal(w[1:4] @ x_past[:3], 1.0))
        return jnp.concatenate([x_now[None], x_past[:-1]]), x_now

    _, x = scan(step_, latest(x_start[:3], 3), None, length=n_time - 3)
    x = numpyro.deterministic("x", jnp.concatenate([x_start, x]))
    with numpyro.plate("time", n_time, dim=-2), numpyro.plate("area", n_area, dim=-1):
        # cases[time, area] ~ Poisson(1 + infections + convolve[time](infections, …   renewal.gen:15
        numpyro.sample(
            "cases",
            Poisson(1 + infections + convolve(infections, w[1:]) * jnp.exp(x)[:, None]),
            obs=cases,
        )


# --- distributions that NumPyro lacks ---
