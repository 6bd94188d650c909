"""Writes the tables in data/, simulated with a fixed seed: `python simulate.py`."""

import csv
from pathlib import Path

import numpy as np

SEED = 5
TRUTH = {"ka": 1.1, "clearance_mean": 3.0, "tau": 0.3, "volume": 25.0, "sigma": 0.12}
SUBJECTS = 8
SAMPLES = (0.5, 1.0, 2.0, 4.0, 8.0, 11.0, 13.0, 16.0, 20.0, 24.0)  # hours
DOSES = ((0.0, 100.0), (12.0, 100.0))  # hours, milligrams


def blood(t: float, rate: float) -> float:
    """What is in the blood: each dose by the solution of the two linear equations."""
    ka = TRUTH["ka"]
    past = [(t - at, amount) for at, amount in DOSES if t >= at]
    return sum(a * ka / (ka - rate) * (np.exp(-rate * s) - np.exp(-ka * s)) for s, a in past)


def simulate() -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """One row for each sample, and one for each dose."""
    rng = np.random.default_rng(SEED)
    clearance = TRUTH["clearance_mean"] * np.exp(rng.normal(0, TRUTH["tau"], SUBJECTS))
    samples: list[dict[str, object]] = []
    doses: list[dict[str, object]] = []
    for i in range(SUBJECTS):
        name = f"s{i + 1}"
        doses += [{"dose_of": name, "dose_time": at, "amount": a} for at, a in DOSES]
        for t in SAMPLES:
            mean = blood(t, clearance[i] / TRUTH["volume"]) / TRUTH["volume"]
            y = mean * np.exp(rng.normal(0, TRUTH["sigma"]))
            samples.append({"subject_of": name, "t": t, "y": round(float(y), 4)})
    return samples, doses


def main() -> None:
    """Write both tables."""
    folder = Path(__file__).parent / "data"
    folder.mkdir(exist_ok=True)
    for name, rows in zip(("samples", "doses"), simulate(), strict=True):
        with open(folder / f"{name}.csv", "w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
