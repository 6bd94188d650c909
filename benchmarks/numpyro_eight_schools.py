"""The peer of `gendsl infer` on eight schools: a plain NumPyro script that does the same job.

Usage: python numpyro_eight_schools.py DATA.json OUT.nc [CACHE]

It reads the data, draws 4 x (1000 + 1000), adds replicated data and the pointwise log-likelihood,
prints a summary and saves NetCDF. With CACHE it uses JAX's persistent compilation cache.
"""

import json
import sys

import jax
import numpy as np
import numpyro
import numpyro.distributions as dist
from arviz_base import from_dict
from arviz_stats import summary
from numpyro.infer import MCMC, NUTS, Predictive, log_likelihood


def model(sigma, y=None):
    mu = numpyro.sample("mu", dist.Normal(0.0, 5.0))
    tau = numpyro.sample("tau", dist.HalfCauchy(5.0))
    with numpyro.plate("school", len(sigma)):
        raw = numpyro.sample("raw", dist.Normal(0.0, 1.0))
        theta = numpyro.deterministic("theta", mu + tau * raw)
        numpyro.sample("y", dist.Normal(theta, sigma), obs=y)


def main() -> None:
    data_path, out, *cache = sys.argv[1:]
    jax.config.update("jax_enable_x64", True)
    if cache:
        jax.config.update("jax_compilation_cache_dir", cache[0])
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    with open(data_path) as file:
        data = json.load(file)
    sigma, y = np.array(data["sigma"], float), np.array(data["y"], float)
    mcmc = MCMC(
        NUTS(model),
        num_warmup=1000,
        num_samples=1000,
        num_chains=4,
        chain_method="vectorized",
        progress_bar=False,
    )
    mcmc.run(jax.random.PRNGKey(1), sigma, y, extra_fields=("diverging", "num_steps", "energy"))
    draws = mcmc.get_samples(group_by_chain=True)
    flat = mcmc.get_samples()
    predictive = Predictive(model, flat)(jax.random.PRNGKey(2), sigma)["y"]
    pointwise = log_likelihood(model, flat, sigma, y)["y"]
    shape = draws["mu"].shape
    tree = from_dict(
        {
            "posterior": {name: np.asarray(draws[name]) for name in ("mu", "tau", "theta")},
            "posterior_predictive": {"y": np.asarray(predictive).reshape(*shape, -1)},
            "log_likelihood": {"y": np.asarray(pointwise).reshape(*shape, -1)},
            "sample_stats": {
                "diverging": np.asarray(mcmc.get_extra_fields(group_by_chain=True)["diverging"])
            },
            "observed_data": {"y": y},
        }
    )
    print(summary(tree))
    tree.to_netcdf(out, engine="h5netcdf")


if __name__ == "__main__":
    main()
