"""NUTS over the hyperparameters of a Gaussian process: effective draws a second, beside peers.

`python benchmarks/gp_nuts.py [--sizes 200 500] [--warmup 300] [--draws 300]` infers length,
amplitude and noise of the Matérn 3/2 process of `gaussian_processes.py` by four chains, by our
`nuts()` and by NumPyro's on the model as one writes it by hand and on tinygp's density, chains
vectorised and one after another. Printed are the least bulk ESS of the three logarithms,
the seconds by the wall with compilation and without, and effective draws a second, ours to each
peer's: above 1 is faster. The posterior means have to agree to 5 of their Monte Carlo errors.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import arviz_stats as stats
import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from gaussian_processes import MODEL, points
from numpyro import distributions as dist
from numpyro.infer import MCMC, NUTS
from peers.gaussian_processes import by_hand

import gendsl

NAMES = ("len", "amp", "sigma")
CHAINS = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """Logarithms [name, chain, draw], seconds with compilation and without."""

    logs: Any
    cold: float
    warm: float

    @property
    def ess(self) -> float:
        """The least of the bulk effective sample sizes."""
        return min(float(stats.ess(values, method="bulk")) for values in self.logs)


def with_tinygp(x: Any, y: Any) -> None:
    """The same model with tinygp's density."""
    from tinygp import GaussianProcess, kernels

    length = numpyro.sample("len", dist.LogNormal(0, 1))
    amplitude = numpyro.sample("amp", dist.LogNormal(0, 1))
    noise = numpyro.sample("sigma", dist.LogNormal(0, 1))
    process = GaussianProcess(amplitude**2 * kernels.Matern32(length), x, diag=noise**2)
    numpyro.sample("y", process.numpyro_dist(), obs=y)


def twice(run: Callable[[int], Any]) -> tuple[Any, float, float]:
    """What a second run finds, and the seconds of the first and the second."""
    seconds = []
    for seed in (1, 2):
        begun = time.perf_counter()
        found = run(seed)
        seconds.append(time.perf_counter() - begun)
    return found, seconds[0], seconds[1]


def ours(data: dict[str, Any], warmup: int, draws: int) -> Outcome:
    """By `nuts()`."""
    text = MODEL.format(way="") + (
        f"infer main = nuts(chains = {CHAINS}, warmup = {warmup}, draws = {draws})\n"
    )
    model = gendsl.compile(text)
    fit, cold, warm = twice(lambda seed: model.infer(data, seed=seed))
    return Outcome(np.log([fit.posterior[name].values for name in NAMES]), cold, warm)


def numpyros(model: Any, method: str, data: dict[str, Any], warmup: int, draws: int) -> Outcome:
    """By NumPyro's NUTS, whose second run has all that the first compiled."""
    mcmc = MCMC(
        NUTS(model), num_warmup=warmup, num_samples=draws, num_chains=CHAINS,
        chain_method=method, progress_bar=False,
    )  # fmt: skip
    arrays = {name: jnp.asarray(value) for name, value in data.items()}

    def run(seed: int) -> Any:
        mcmc.run(jax.random.key(seed), **arrays)
        return {k: np.asarray(v) for k, v in mcmc.get_samples(group_by_chain=True).items()}

    found, cold, warm = twice(run)
    return Outcome(np.log([found[name] for name in NAMES]), cold, warm)


def apart(one: Outcome, other: Outcome) -> float:
    """How many errors of their difference the means lie apart, the farthest of them."""

    def moments(outcome: Outcome) -> tuple[Any, Any]:
        errors = [float(stats.mcse(values, method="mean")) for values in outcome.logs]
        return outcome.logs.mean((1, 2)), np.square(errors)

    (mean, square), (its_mean, its_square) = moments(one), moments(other)
    return float(np.max(np.abs(mean - its_mean) / np.sqrt(square + its_square)))


def main() -> None:
    """Print a line for each sampler."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=[200, 500])
    parser.add_argument("--warmup", type=int, default=300)
    parser.add_argument("--draws", type=int, default=300)
    asked = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    peers: dict[str, tuple[Any, str]] = {
        "NumPyro, vectorised": (by_hand, "vectorized"),
        "NumPyro, in turn": (by_hand, "sequential"),
    }
    if find_spec("tinygp") is not None:
        peers["tinygp in NumPyro, in turn"] = (with_tinygp, "sequential")
    for size in asked.sizes:
        data = points(size)
        reference = ours(data, asked.warmup, asked.draws)
        report(size, "gendsl", reference, reference)
        for name, (model, method) in peers.items():
            report(size, name, numpyros(model, method, data, asked.warmup, asked.draws), reference)


def report(size: int, name: str, outcome: Outcome, reference: Outcome) -> None:
    """Print a line."""
    rates = [outcome.ess / seconds for seconds in (outcome.cold, outcome.warm)]
    ratios = [reference.ess / reference.cold / rates[0], reference.ess / reference.warm / rates[1]]
    print(
        f"{size:6d}  {name:28} ESS {outcome.ess:6.0f}  {outcome.cold:7.1f} s {outcome.warm:7.1f} s"
        f"  ESS/s {rates[0]:7.1f} {rates[1]:7.1f}  ours to it {ratios[0]:5.2f} {ratios[1]:5.2f}"
        f"  apart {apart(outcome, reference):4.1f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
