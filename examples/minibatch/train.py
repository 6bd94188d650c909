"""Trains a regression on 100 000 rows, 1 000 at a time, and holds it against all rows at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyro
import torch
from pyro.infer import SVI, Trace_ELBO
from pyro.infer.autoguide import AutoNormal

import gendsl

ROWS, BATCH, STEPS = 100_000, 1_000, 600
TRUTH = {"alpha": 0.7, "beta": [1.5, -0.8, 0.3], "sigma": 0.5}


def simulate(seed: int = 1) -> dict[str, np.ndarray]:
    """Return rows drawn from the truth."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(ROWS, 3))
    mean = TRUTH["alpha"] + X @ np.array(TRUTH["beta"])
    return {"X": X, "y": mean + TRUTH["sigma"] * rng.normal(size=ROWS)}


def train(data: dict[str, np.ndarray], seed: int = 1) -> AutoNormal:
    """Return a mean-field guide, trained on minibatches."""
    pyro.clear_param_store()
    pyro.set_rng_seed(seed)
    model = gendsl.compile(Path(__file__).with_name("regression.gen"))
    module = model.as_module(data, minibatch={"row": BATCH})
    guide = AutoNormal(module, init_scale=ROWS**-0.5)
    rate = {"lr": 0.05, "lrd": 0.001 ** (1 / STEPS)}  # each step's rate is lrd times the last's
    svi = SVI(module, guide, pyro.optim.ClippedAdam(rate), Trace_ELBO())
    for _ in range(STEPS):
        svi.step()
    return guide


def all_rows_at_once(data: dict[str, np.ndarray]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return means and standard deviations of the posterior: so many rows outweigh the prior."""
    design = np.column_stack([np.ones(ROWS), data["X"]])
    precision = design.T @ design
    mean = np.linalg.solve(precision, design.T @ data["y"])
    sigma = np.std(data["y"] - design @ mean, ddof=4)
    sd = sigma * np.sqrt(np.diag(np.linalg.inv(precision)))
    return {
        "alpha": (mean[0], sd[0]),
        "beta": (mean[1:], sd[1:]),
        "sigma": (sigma, sigma / np.sqrt(2 * ROWS)),
    }


def main() -> None:
    """Print both answers."""
    data = simulate()
    medians = train(data).median()
    for name, (mean, sd) in all_rows_at_once(data).items():
        ours = np.round(medians[name].numpy(), 4)
        print(f"{name}: minibatches {ours}, all rows {np.round(mean, 4)} ± {np.round(sd, 4)}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
