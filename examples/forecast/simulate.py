"""Writes series.csv, simulated with a fixed seed: `python simulate.py`."""

import csv
from pathlib import Path

import numpy as np

SEED = 5
TRUTH = {"level": 3.0, "phi1": 1.1, "phi2": -0.4, "sigma": 0.8}
MONTHS = 120
BURN_IN = 200


def simulate() -> list[dict[str, object]]:
    """One row for each month, in their order."""
    rng = np.random.default_rng(SEED)
    level, phi1, phi2 = TRUTH["level"], TRUTH["phi1"], TRUTH["phi2"]
    y = [level, level]
    for _ in range(BURN_IN + MONTHS):
        mean = level + phi1 * (y[-1] - level) + phi2 * (y[-2] - level)
        y.append(rng.normal(mean, TRUTH["sigma"]))
    return [
        {"month": f"{2015 + i // 12}-{i % 12 + 1:02d}", "y": round(float(value), 3)}
        for i, value in enumerate(y[-MONTHS:])
    ]


if __name__ == "__main__":
    rows = simulate()
    with (Path(__file__).parent / "series.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
