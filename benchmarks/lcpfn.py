"""Learning curves continued from their first epochs, as in Adriaensen et al. (2023), Table 3.

`python benchmarks/lcpfn.py --out build/curves.pfn [--block published] [--minutes 8]` trains a block
of `pfns/curves.gen`, unless the file is there, on curves whose context are their first epochs, and
draws 1,000 curves of the prior at the epochs 1 to 100. It prints the mean log density of what comes
after 10, 20, 40 and 80 of them, beside the published ones, the curves that a sampler draws in a
second and those that training takes. `--judged 10` adds what `nuts()` says of as many of them.

The published network P2 is `--block published`: 3 layers of width 256, 1,000 bars, 10 million
curves. Rows of the block's own tasks stand in any order: `--any-order` trains on these.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

import gendsl
from gendsl.api.pfn_reference import Reference, long_nuts
from gendsl.api.pfn_sampler import TaskSampler
from gendsl.api.pfn_trained import TrainedPfn
from gendsl.api.pfn_training import Plan, begun, scored
from gendsl.api.pfns import PfnBlock
from gendsl.inference.amortised import Tasks, Trained, train
from gendsl.inference.devices import devices_for
from gendsl.inference.milestones import Milestone

Floats = NDArray[np.float64]

PRIOR = Path(__file__).parent / "pfns" / "curves.gen"
EPOCHS = 100
PUBLISHED = {10: (1.65, "1.628 to 1.642"), 20: (2.04, "1.939 to 1.956"),
             40: (2.35, "2.265 to 2.285"), 80: (2.49, "2.469 to 2.486")}  # fmt: skip
"""By the epochs that are known: the network P2, and runs of MCMC at 54 to 103 s a curve."""
QUERIES = 5
"""Of a curve, that NUTS judges."""


@dataclass(frozen=True)
class Forwards(TaskSampler):
    """Tasks whose rows stand in the order of their input: the context are the first epochs.

    Epochs are what the block draws, each by itself: of a hundred draws about 63 differ, where the
    published curves have each epoch once. The rows of a task can't be exchanged any more.
    """

    def __call__(self, key: Any) -> Tasks:
        """Return the tasks of a key."""
        tasks = super().__call__(key)
        order = jnp.argsort(tasks.x[:, :, 0], axis=1)
        x = jnp.take_along_axis(tasks.x, order[:, :, None], axis=1)
        return tasks._replace(x=x, y=jnp.take_along_axis(tasks.y, order, axis=1))


def trained_on(
    block: PfnBlock, out: Path, plan: Plan, kind: type[TaskSampler]
) -> tuple[TrainedPfn, float]:
    """Return a network, saved once a minute, and the seconds that its sampler takes for a batch.

    What data of the prior are like, parts of them and scores included, is said of rows in any
    order, as data are held against it.
    """
    with jax.enable_x64(False):
        sampler = kind(block.pfn, int(block.training["batch"]), block.pfn.rows[1])
        any_order = TaskSampler(sampler.pfn, sampler.batch, sampler.rows)
        start = begun(block.block, plan, any_order)

        def save(trained: Trained) -> None:
            TrainedPfn(start.prior, trained, start.about).write(out)

        devices = devices_for(sampler.batch, jax.local_devices())
        trained = train(start.trained, sampler.draw, progress=tell, save=save, devices=devices)
        found = scored(TrainedPfn(start.prior, trained, start.about), any_order)
        found.write(out)
        return found, seconds_of(jax.jit(sampler.draw))


def tell(milestone: Milestone) -> None:
    """Show how far training is."""
    print(f"\r{milestone.done}/{milestone.total}  {milestone.note}  ", end="", flush=True)


def seconds_of(draw: Callable[[Any], Tasks], count: int = 20) -> float:
    """Return the median seconds of a batch."""
    jax.block_until_ready(draw(jax.random.key(0)))
    clocks = []
    for i in range(count):
        start = time.perf_counter()
        jax.block_until_ready(draw(jax.random.key(i)))
        clocks.append(time.perf_counter() - start)
    return float(np.median(clocks))


def curves(count: int, seed: int) -> Floats:
    """Return `count` curves [curve, epoch] of the prior at each epoch, noise and all."""
    model = gendsl.compile(PRIOR)
    found: list[Floats] = []
    while sum(map(len, found)) < count:
        drawn = model.simulate({"x": np.arange(1, EPOCHS + 1)}, draws=10 * count, seed=seed)
        level = drawn["prior"]["level"].values.reshape(-1, EPOCHS)
        y = drawn["prior_predictive"]["y"].values.reshape(-1, EPOCHS)
        is_one = (level >= 0).all(axis=1) & (level <= 1).all(axis=1) & (level[:, -1] > level[:, 0])
        found.append(y[is_one])
        seed += 1
    return np.concatenate(found)[:count]


def log_densities(network: TrainedPfn, y: Floats, known: int) -> Floats:
    """Return the network's log densities [curve, epoch] behind the epochs that are known."""
    x = np.broadcast_to(np.arange(1.0, EPOCHS + 1)[:, None], (*y.shape, 1))
    parts = [
        network.predictor.predict(x[rows, :known], y[rows, :known], x[rows, known:])
        .log_density(y[rows, known:])
        for rows in np.array_split(np.arange(len(y)), max(1, len(y) // 100))
    ]  # fmt: skip
    return np.concatenate(parts).astype(np.float64)


def judged(network: TrainedPfn, y: Floats, known: int) -> tuple[float, float, float, float]:
    """Return the mean gap to NUTS at some later epochs, its errors, and seconds of a curve."""
    reference = Reference(network.prior.pfn, network.inputs, long_nuts())
    later = np.linspace(known, EPOCHS - 1, QUERIES).astype(int)
    rows = [*range(known), *later]
    x = np.arange(1.0, EPOCHS + 1)[rows, None]
    own = log_densities(network, y, known)[:, later - known]
    found = [reference.judge(x, curve[rows], known, 1, i) for i, curve in enumerate(y)]
    gaps = np.array([each.log_density.mean() - own[i].mean() for i, each in enumerate(found)])
    noise = np.sqrt(sum(np.mean(each.error**2) for each in found)) / len(found)
    seconds = np.median([each.seconds_of_draws for each in found])
    error = gaps.std(ddof=1) / np.sqrt(len(gaps)) if len(gaps) > 1 else np.nan
    return float(gaps.mean()), float(error), float(noise), float(seconds)


def main(arguments: list[str] | None = None) -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--block", choices=("main", "published"), default="main")
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--any-order", action="store_true")
    parser.add_argument("--curves", type=int, default=1000)
    parser.add_argument("--judged", type=int, default=0)
    given = parser.parse_args(arguments)
    if given.out.exists():
        network = gendsl.load_pfn(given.out)
    else:
        block = gendsl.compile(PRIOR).pfns[given.block]
        plan = Plan(given.out, False, given.steps, given.minutes)
        kind = TaskSampler if given.any_order else Forwards
        network, seconds = trained_on(block, given.out, plan, kind)
        batch = int(block.training["batch"])
        step = network.trained.seconds / network.num_steps
        print(
            f"\n{network.num_steps:,} steps of {batch} curves: {batch / step:,.0f} curves a second,"
            f" of which the sampler alone draws {batch / seconds:,.0f}"
        )
    y = curves(given.curves, 1)
    titles = "known", "log density", "of P2", "of MCMC", "gap to NUTS", "its noise", "its seconds"
    print(f"| {' | '.join(titles)} |\n|{' ---: |' * len(titles)}")
    for known, (best, runs) in PUBLISHED.items():
        means = log_densities(network, y, known).mean(axis=1)
        cells = [str(known), f"{means.mean():.3f} ± {means.std() / np.sqrt(len(means)):.3f}"]
        cells += [str(best), runs]
        if given.judged:
            gap, error, noise, seconds = judged(network, y[: given.judged], known)
            cells += [f"{gap:.3f} ± {error:.3f}", f"{noise:.3f}", f"{seconds:.1f}"]
        else:
            cells += ["", "", ""]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
