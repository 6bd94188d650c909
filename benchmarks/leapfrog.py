"""Eight schools: the cost of a leapfrog step against NumPyro's, and of a repeated `infer`.

Usage: python benchmarks/leapfrog.py [--rounds N]

Both samplers draw 4 chains x 1000 from the non-centred model after warm-up, in one process, in
turns, nothing compiled in the times: the least time of each, divided by its leapfrog steps.
NumPyro's kernel runs in one compiled loop, without what its `MCMC` adds. Aim: a ratio of at most
0.35. Processor time is for a machine that others use, too.

A repeated `infer` has a seed of its own. What it takes beyond the sampling itself, that is beyond
the core's `run` with the same settings and seed, goes into data, predictions and attributes. Aim:
at most 0.3 s.
"""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
from gradient import schools
from numpyro.infer import MCMC, NUTS
from peers.clock import Seconds, listen, timed

import gendsl
from gendsl.api.lowering import lower, transform
from gendsl.inference import Nuts, NutsSampler, Site, Target, run
from gendsl.inference.compiler_flags import inline_small_loops

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "eight_schools"
CHAINS, WARMUP, DRAWS, TARGET = 4, 1000, 1000, 0.8
CLOCKS = ("wall", "cpu")


def ours(model: gendsl.Model, bound: Any) -> tuple[Callable[[int], Any], Callable[[], Any]]:
    """A whole run of the core for a seed, and a round: draws after warm-up, leapfrog steps."""
    density = lower(transform(model.program, sizes=bound.sizes)).bind(bound)
    sites = tuple(Site(site.name, site.start, site.stop) for site in density.sites)
    target = Target(density.log_prior, density.log_likelihood, density.size, sites)
    sampler = NutsSampler(Nuts(target), WARMUP, TARGET)

    def whole(seed: int) -> Any:
        return run(sampler, density.data, seed=seed, num_chains=CHAINS, num_draws=DRAWS)

    warm = run(sampler, density.data, seed=1, num_chains=CHAINS, num_draws=0).carry

    def draw() -> int:
        _, _, stats = sampler.chunk(density.data, warm, DRAWS)
        return int(np.sum(stats.num_gradients))

    return whole, draw


def theirs(bound: Any) -> Callable[[], int]:
    """A round of NumPyro's kernel, compiled once: draws after warm-up; returns leapfrog steps."""
    kernel = NUTS(schools, target_accept_prob=TARGET)
    mcmc = MCMC(
        kernel,
        num_warmup=WARMUP,
        num_samples=DRAWS,
        num_chains=CHAINS,
        chain_method="vectorized",
        progress_bar=False,
    )
    arguments = {"school": bound.sizes["school"], **bound.arrays}
    mcmc.warmup(jax.random.PRNGKey(1), **arguments)

    @jax.jit
    def chain(state: Any) -> Any:
        def step(state: Any, _: None) -> Any:
            state = kernel.sample(state, (), arguments)
            return state, (state.z, state.num_steps)

        return jax.lax.scan(step, state, None, length=DRAWS)[1]

    def draw() -> int:
        _, steps = chain(mcmc.post_warmup_state)
        return int(np.sum(steps))

    return draw


def main() -> None:
    """Print both comparisons."""
    parser = argparse.ArgumentParser(prog="benchmarks/leapfrog.py")
    parser.add_argument("--rounds", type=int, default=9, help="the least time of so many counts")
    rounds = parser.parse_args().rounds
    inline_small_loops(os.environ)  # as the command line does
    jax.config.update("jax_enable_x64", True)

    model = gendsl.compile(EXAMPLE / "eight_schools.gen")
    data = str(EXAMPLE / "eight_schools.json")
    bound = model.bind(data)
    whole, draw = ours(model, bound)
    samplers = {"gendsl": draw, "NumPyro": theirs(bound)}
    listen()
    least = dict.fromkeys(samplers, Seconds(math.inf, math.inf))
    for i in range(rounds + 1):
        for name, sample in samplers.items():
            steps, spent = timed(sample)
            if i:
                least[name] = smaller(least[name], spent * (1 / steps))
    print(f"eight schools, {CHAINS} chains x {DRAWS} draws, least of {rounds}: wall, processor")
    for name, value in least.items():
        print(f"  {name:14} {1e6 * value.wall:7.2f} {1e6 * value.cpu:7.2f}  us a leapfrog step")
    wall, cpu = (getattr(least["gendsl"], c) / getattr(least["NumPyro"], c) for c in CLOCKS)
    print(f"  {'ratio':14} {wall:7.2f} {cpu:7.2f}  aim: at most 0.35")

    infer = partial(
        model.infer, data, chains=CHAINS, warmup=WARMUP, draws=DRAWS, target_accept=TARGET
    )
    infer(seed=0)
    times = {"infer": Seconds(math.inf, math.inf), "sampling": Seconds(math.inf, math.inf)}
    for _ in range(rounds):
        for name, work in (("infer", partial(infer, seed=1)), ("sampling", partial(whole, 1))):
            _, spent = timed(work)
            times[name] = smaller(times[name], spent)
    print(f"infer again, with another seed, least of {rounds}: wall, processor")
    for name, value in times.items():
        print(f"  {name:14} {value.wall:7.2f} {value.cpu:7.2f}  s")
    wall, cpu = (getattr(times["infer"], c) - getattr(times["sampling"], c) for c in CLOCKS)
    print(f"  {'beyond':14} {wall:7.2f} {cpu:7.2f}  aim: at most 0.3 s")


def smaller(a: Seconds, b: Seconds) -> Seconds:
    """The smaller by each clock."""
    return Seconds(min(a.wall, b.wall), min(a.cpu, b.cpu))


if __name__ == "__main__":
    main()
