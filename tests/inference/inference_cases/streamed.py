"""A run that streams to the folder given, killed after so many seconds of sampling (0: never).

python streamed.py FOLDER SECONDS
"""

import os
import signal
import sys
import threading
from pathlib import Path

import jax
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))
from gendsl.inference import Chains, Nuts, NutsSampler, record, run, zarr_rows
from inference_cases import densities

DATA = {"mean": np.zeros(2), "sd": np.array([1.0, 3.0])}
NUM_DRAWS = 5_000


def stream(folder: Path | None) -> Chains:
    """A run of many short chunks of warm-up and draws, saved after each."""
    sampler = NutsSampler(Nuts(densities.normal(2)), 1500)
    return run(sampler, DATA, seed=11, num_chains=2, num_draws=NUM_DRAWS, folder=folder)


def main(folder: str, seconds: str) -> None:
    jax.config.update("jax_enable_x64", True)
    record._SECONDS_BETWEEN_SAVES = 0.0
    zarr_rows._MOST_ROWS_OF_A_CHUNK = 50
    record._SHARE = 1e9
    if float(seconds):
        NutsSampler.init = _then_killed(NutsSampler.init, float(seconds))
    stream(Path(folder))


def _then_killed(init, seconds):
    """The sampler's `init`, after which the clock runs; compiling comes first."""

    def started(sampler, data, seed, positions):
        carry = init(sampler, data, seed, positions)
        sampler.chunk(data, carry, 1)
        threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return carry

    return started


if __name__ == "__main__":
    main(*sys.argv[1:])
