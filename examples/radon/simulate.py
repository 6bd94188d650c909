"""Writes houses.csv, simulated with a fixed seed: `python simulate.py`."""

import csv
from pathlib import Path

import numpy as np

SEED = 20
TRUTH = {
    "intercept": 1.3,
    "on_floor": -0.6,
    "on_uranium": 0.7,
    "sigma_county": 0.25,
    "sigma_house": 0.7,
}
COUNTIES = (
    "Alder", "Ash", "Aspen", "Beech", "Birch", "Cedar", "Cherry", "Elm", "Fir", "Hawthorn",
    "Hazel", "Hickory", "Holly", "Juniper", "Larch", "Linden", "Maple", "Oak", "Pine", "Poplar",
    "Rowan", "Spruce", "Willow", "Yew",
)  # fmt: skip


def simulate() -> list[dict[str, object]]:
    """One row for each house; counties have between 2 and 40 houses."""
    rng = np.random.default_rng(SEED)
    rows: list[dict[str, object]] = []
    for county in COUNTIES:
        uranium = round(float(rng.normal(0.0, 0.4)), 2)
        level = TRUTH["intercept"] + TRUTH["on_uranium"] * uranium
        alpha = rng.normal(level, TRUTH["sigma_county"])
        for _ in range(min(2 + rng.geometric(0.07), 40)):
            floor = int(rng.random() < 0.2)
            log_radon = rng.normal(alpha + TRUTH["on_floor"] * floor, TRUTH["sigma_house"])
            rows.append(
                {
                    "county": county,
                    "uranium": uranium,
                    "floor": floor,
                    "log_radon": round(float(log_radon), 3),
                }
            )
    return rows


if __name__ == "__main__":
    rows = simulate()
    with (Path(__file__).parent / "houses.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
