"""The joint log density of one Gaussian process, as each peer has it.

    log N(log len, log amp, log sigma | 0, I) + log N(y | 0, amp^2 K + sigma^2 I),

K a Matérn 3/2. Each is a function of [log len, log amp, log sigma]; `None` where it is absent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

import jax
import jax.numpy as jnp
import numpyro
from jax.scipy.stats import norm
from numpyro import distributions as dist
from numpyro.infer.util import initialize_model

Evidence = Callable[[jax.Array], jax.Array]
Data = Mapping[str, Any]


def _with_prior(evidence: Callable[[jax.Array], jax.Array]) -> Evidence:
    return lambda logs: evidence(jnp.exp(logs)) + norm.logpdf(logs).sum()


def tinygp_exact(data: Data) -> Evidence | None:
    """By a dense Cholesky factor."""
    if find_spec("tinygp") is None:
        return None
    from tinygp import GaussianProcess, kernels

    def evidence(values: jax.Array) -> jax.Array:
        length, amplitude, noise = values
        kernel = amplitude**2 * kernels.Matern32(length)
        process = GaussianProcess(kernel, jnp.asarray(data["x"]), diag=noise**2)
        value: jax.Array = process.log_probability(jnp.asarray(data["y"]))
        return value

    return _with_prior(evidence)


def gpjax_exact(data: Data) -> Evidence | None:
    """By its conjugate posterior, without jitter."""
    if find_spec("gpjax") is None:
        return None
    import gpjax

    rows = gpjax.Dataset(X=jnp.asarray(data["x"])[:, None], y=jnp.asarray(data["y"])[:, None])

    def evidence(values: jax.Array) -> jax.Array:
        length, amplitude, noise = values
        kernel = gpjax.kernels.Matern32(lengthscale=length, variance=amplitude**2)
        prior = gpjax.gps.Prior(
            mean_function=gpjax.mean_functions.Zero(), kernel=kernel, jitter=0.0
        )
        model = prior * gpjax.likelihoods.Gaussian(obs_stddev=noise)
        value: jax.Array = gpjax.objectives.conjugate_mll(model, rows)
        return value

    return _with_prior(evidence)


def by_hand(x: Any, y: Any) -> None:
    """The model as one writes it in NumPyro."""
    length = numpyro.sample("len", dist.LogNormal(0, 1))
    amplitude = numpyro.sample("amp", dist.LogNormal(0, 1))
    noise = numpyro.sample("sigma", dist.LogNormal(0, 1))
    r = jnp.sqrt(3.0) * jnp.abs(x[:, None] - x[None, :]) / length
    k = amplitude**2 * (1 + r) * jnp.exp(-r) + noise**2 * jnp.eye(len(x))
    numpyro.sample("y", dist.MultivariateNormal(0.0, covariance_matrix=k), obs=y)


def numpyro_exact(data: Data) -> Evidence:
    """Of the potential energy that its NUTS would be given."""
    arrays = {name: jnp.asarray(value) for name, value in data.items()}
    start = initialize_model(jax.random.key(0), by_hand, model_kwargs=arrays)
    names = ("len", "amp", "sigma")

    def log_density(logs: jax.Array) -> jax.Array:
        value: jax.Array = -start.potential_fn(dict(zip(names, logs, strict=True)))
        return value

    return log_density


PEERS: Mapping[str, Callable[[Data], Evidence | None]] = {
    "tinygp": tinygp_exact,
    "gpjax": gpjax_exact,
    "numpyro": numpyro_exact,
}
