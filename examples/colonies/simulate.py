"""Writes plates.csv, simulated with a fixed seed: `python simulate.py`."""

import csv
from pathlib import Path

import numpy as np

SEED = 11
RATES = {"K12": 0.52, "B": 0.46, "C": 0.38, "W": 0.43, "mutS": 0.27, "recA": 0.31}
STARTS = {"K12": -0.3, "B": 0.4, "C": 0.1, "W": -0.6, "mutS": 0.2, "recA": -0.1}
TRUTH = {f"rate[strain={strain}]": rate for strain, rate in RATES.items()} | {
    f"log_start[strain={strain}]": start for strain, start in STARTS.items()
}
HOURS = (0, 2, 4, 6, 8)


def simulate() -> list[dict[str, object]]:
    """Two plates for each strain and time; less is plated as the culture grows."""
    rng = np.random.default_rng(SEED)
    rows: list[dict[str, object]] = []
    for strain in RATES:
        for hours in HOURS:
            for _ in range(2):
                volume = 10 if hours < 4 else 5
                mean = volume * np.exp(STARTS[strain] + RATES[strain] * hours)
                rows.append(
                    {
                        "strain": strain,
                        "hours": hours,
                        "volume": volume,
                        "count": int(rng.poisson(mean)),
                    }
                )
    return rows


if __name__ == "__main__":
    rows = simulate()
    with (Path(__file__).parent / "plates.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
