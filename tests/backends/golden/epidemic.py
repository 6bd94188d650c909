"""The model epidemic, from epidemic.gen."""

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from jax.scipy import special
from numpyro.distributions.util import validate_sample


def model(*, n_time: int, cases=None):
    beta = numpyro.sample("beta", dist.HalfNormal(1.0))  # beta ~ HalfNormal(1)   epidemic.gen:4
    S_start = jnp.full(1, 990.0)  # S[time = first] = 990   epidemic.gen:5
    I_start = jnp.full(1, 10.0)  # I[time = first] = 10   epidemic.gen:6

    def step(carry, _):
        S_prev, I_prev = carry
        # S[time] = S[time - 1] - beta * S[time - 1] * I[time - 1] / 1000   epidemic.gen:7
        S_now = S_prev - beta * S_prev * I_prev / 1000
        # I[time] = I[time - 1] + beta * S[time - 1] * I[time - 1] / 1000 - 0.1 * …   epidemic.gen:8
        I_now = I_prev + beta * S_prev * I_prev / 1000 - 0.1 * I_prev
        return (S_now, I_now), (S_now, I_now)

    _, (S, I) = jax.lax.scan(step, (S_start[-1], I_start[-1]), None, length=n_time - 1)
    S = numpyro.deterministic("S", jnp.concatenate([S_start, S]))
    I = numpyro.deterministic("I", jnp.concatenate([I_start, I]))
    with numpyro.plate("time", n_time):
        numpyro.sample("cases", Poisson(I), obs=cases)  # cases[time] ~ Poisson(I)   epidemic.gen:9


# --- distributions that NumPyro lacks ---
