"""A network's prediction against NumPyro's own NUTS on the same program.

`python benchmarks/network_speed.py --networks build/networks [--tasks 20] [--sizes 8,20]` takes the
networks that `triangle.py` trained for the lines with outliers and for the linear mixed model. On
new data sets of these priors it draws 4 x 500 posterior draws after 500 of warm-up, by the NUTS of
NumPyro on the program that `gendsl compile` writes and by `nuts()`, and takes the log density of
five further rows by all three: of draws the mean density. Seconds are medians over data sets, and
those of NUTS of its draws alone. Nothing is compiled while a clock runs: NumPyro's run stands in
one `jax.jit` of the data, as `MCMC.run` by itself compiles anew for each data set.
"""

from __future__ import annotations

import argparse
import os
import time
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from jax.scipy.special import logsumexp
from numpy.typing import NDArray
from numpyro.infer import MCMC, NUTS, log_likelihood
from triangle import BATCH, HERE, LONG, QUERIES, RUNS, judge_by, judge_of

import gendsl
from gendsl.api.pfn_ranges import draws_of
from gendsl.api.pfn_reference import Reference
from gendsl.api.pfn_sampler import TaskSampler
from gendsl.api.settings import plan_of_text
from gendsl.backends.load import load

Floats = NDArray[np.float64]

PRIORS = {"robust": ("x",), "mixed": ("x", "of")}
"""Inputs by the names that programs have, in the order of the network's columns."""
FIXED = {"robust": {}, "mixed": {"n_group": 5}}
WHOLE = {"of"}


class Numpyro:
    """NumPyro's sampler for data sets of so many rows."""

    def __init__(self, prior: str, rows: int) -> None:
        self._names = PRIORS[prior]
        program = load(gendsl.compile(HERE / f"{prior}.gen").source("numpyro"))
        self._model = partial(program.model, **FIXED[prior])
        self._draw = jax.jit(partial(self._drawn, rows))

    def _drawn(self, rows: int, key: jax.Array, data: dict[str, jax.Array]) -> Any:
        kernel = NUTS(partial(self._model, n_row=rows))
        sampler = MCMC(
            kernel, num_warmup=500, num_samples=500, num_chains=4, chain_method="vectorized",
            progress_bar=False,
        )  # fmt: skip
        sampler.run(key, **data)
        return sampler.get_samples()

    def judge(self, x: Floats, y: Floats, n: int, seed: int) -> tuple[float, float]:
        """Return the mean log density of the rows behind the first `n`, and seconds of draws."""
        start = time.perf_counter()
        draws = jax.block_until_ready(self._draw(jax.random.key(seed), self._data(x[:n], y[:n])))
        seconds = time.perf_counter() - start
        model = partial(self._model, n_row=len(y) - n)
        heights = log_likelihood(model, draws, **self._data(x[n:], y[n:]))["y"]
        return float(jnp.mean(logsumexp(heights, axis=0) - np.log(len(heights)))), seconds

    def _data(self, x: Floats, y: Floats) -> dict[str, Any]:
        columns = {
            name: jnp.asarray(x[:, i], int if name in WHOLE else float)
            for i, name in enumerate(self._names)
        }
        return {**columns, "y": jnp.asarray(y)}


def line_of(prior: str, n: int, tasks: int, folder: Path) -> str:
    """Return a line of the table."""
    network = gendsl.load_pfn(folder / f"{prior}.pfn")
    pfn = network.prior.pfn
    sampler = TaskSampler(pfn, BATCH, pfn.rows[1])
    drawn = draws_of(sampler.draw, 3 * 10**6, max(BATCH, tasks + 1))
    x, y = (np.asarray(each, np.float64)[:, : n + QUERIES] for each in (drawn.x, drawn.y))
    numpyros = Numpyro(prior, n)
    own = judge_by(Reference(pfn, network.inputs, plan_of_text(f"main = {RUNS[LONG]}")))
    read = judge_of(network)
    found = []
    for i in range(tasks + 1):  # the first compiles
        theirs = numpyros.judge(x[i], y[i], n, i)
        ours, ahead = own(x[i], y[i], n, i), read(x[i], y[i], n, i)
        found.append((*theirs, ours[0], ours[2], ahead[0], ahead[2]))
    logs_theirs, theirs, logs_ours, ours, logs, seconds = np.array(found[1:]).T
    gap = logs_theirs - logs
    cells = [
        prior, str(n), str(tasks), f"{logs_theirs.mean():.3f}",
        f"{gap.mean():.3f} ± {gap.std(ddof=1) / np.sqrt(tasks):.3f}",
        f"{(logs_theirs - logs_ours).mean():.3f}", f"{np.median(theirs):.2g}",
        f"{np.median(ours):.2g}", f"{1e3 * np.median(seconds):.2g}",
        f"{np.median(theirs) / np.median(seconds):,.0f}",
        f"{np.median(ours) / np.median(seconds):,.0f}",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=Path, required=True)
    parser.add_argument("--tasks", type=int, default=20)
    parser.add_argument("--sizes", default="8,20")
    given = parser.parse_args()
    numpyro.enable_x64()
    print(
        "| prior | rows | data sets | log density of NumPyro's NUTS | the network's gap to it"
        " | that of `nuts()` | NumPyro's seconds | those of `nuts()` | ms of the network"
        " | NumPyro to the network | `nuts()` to the network |\n"
        f"| --- {'| ---: ' * 10}|"
    )
    for prior in PRIORS:
        for n in map(int, given.sizes.split(",")):
            print(line_of(prior, n, given.tasks, given.networks), flush=True)
    print(f"load of the machine: {os.getloadavg()[1]:.1f} over {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
