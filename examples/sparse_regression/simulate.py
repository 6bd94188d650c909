"""Writes data/X.csv and data/y.csv, simulated with a fixed seed: `python simulate.py`."""

import csv
from pathlib import Path

import numpy as np

SEED = 7
ROWS, PREDICTORS = 100, 30
LARGE = {"x02": 2.0, "x11": -1.5, "x23": 1.0}
NAMES = tuple(f"x{i:02d}" for i in range(PREDICTORS))
TRUTH = {"intercept": 0.5, "sigma": 1.0} | {
    f"beta[predictor={name}]": LARGE.get(name, 0.0) for name in NAMES
}


def simulate() -> dict[str, list[dict[str, object]]]:
    """The rows of both tables."""
    rng = np.random.default_rng(SEED)
    X = np.round(rng.standard_normal((ROWS, PREDICTORS)), 3)
    mean = TRUTH["intercept"] + X @ np.array([LARGE.get(name, 0.0) for name in NAMES])
    y = np.round(rng.normal(mean, TRUTH["sigma"]), 3)
    return {
        "X": [dict(zip(NAMES, map(float, row), strict=True)) for row in X],
        "y": [{"y": float(value)} for value in y],
    }


if __name__ == "__main__":
    folder = Path(__file__).parent / "data"
    folder.mkdir(exist_ok=True)
    for name, rows in simulate().items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
