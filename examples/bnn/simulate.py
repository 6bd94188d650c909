"""Writes points.csv, simulated with a fixed seed: `python simulate.py`."""

import csv
from pathlib import Path

import numpy as np

SEED = 4
ROWS = 80


def curve(x: np.ndarray) -> np.ndarray:
    """The mean that the points are drawn around."""
    return np.sin(1.5 * x)


def noise(x: np.ndarray) -> np.ndarray:
    """The standard deviation around it."""
    return 0.05 + 0.45 / (1 + np.exp(-2 * x))


def simulate() -> list[dict[str, object]]:
    """One row for each point: none of them between 0.5 and 1.5."""
    rng = np.random.default_rng(SEED)
    x = rng.uniform(-2.5, 1.5, ROWS)
    x = np.where(x > 0.5, x + 1.0, x)
    y = rng.normal(curve(x), noise(x))
    return [{"x": round(float(a), 3), "y": round(float(b), 3)} for a, b in zip(x, y, strict=True)]


if __name__ == "__main__":
    rows = simulate()
    with (Path(__file__).parent / "points.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
