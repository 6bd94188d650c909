"""Writes households.csv, simulated with a fixed seed: `python simulate.py`."""

import csv
from pathlib import Path

import numpy as np

SEED = 3
TRUTH = {
    "intercept": -0.2,
    "beta[predictor=distance]": -0.9,
    "beta[predictor=arsenic]": 0.5,
    "beta[predictor=education]": 0.2,
}
HOUSEHOLDS = 600


def simulate() -> list[dict[str, object]]:
    """One row for each household, one column for each predictor."""
    rng = np.random.default_rng(SEED)
    distance = np.round(rng.gamma(1.5, 0.35, HOUSEHOLDS), 2)  # 100 m to the nearest safe well
    arsenic = np.round(0.5 + rng.gamma(1.3, 0.9, HOUSEHOLDS), 2)  # 100 micrograms a litre
    education = rng.integers(0, 4, HOUSEHOLDS)  # stages of schooling
    logit = (
        TRUTH["intercept"]
        + TRUTH["beta[predictor=distance]"] * distance
        + TRUTH["beta[predictor=arsenic]"] * arsenic
        + TRUTH["beta[predictor=education]"] * education
    )
    switched = rng.random(HOUSEHOLDS) < 1 / (1 + np.exp(-logit))
    return [
        {
            "distance": float(distance[i]),
            "arsenic": float(arsenic[i]),
            "education": int(education[i]),
            "switched": int(switched[i]),
        }
        for i in range(HOUSEHOLDS)
    ]


if __name__ == "__main__":
    rows = simulate()
    with (Path(__file__).parent / "households.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
