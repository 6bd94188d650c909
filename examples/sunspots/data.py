"""Writes data/, yearly numbers of sunspots (`statsmodels`): `python data.py`."""

from pathlib import Path

import numpy as np
import pandas as pd
from statsmodels.datasets import sunspots

AHEAD = 30
"""Years of the forecast."""


def tables() -> dict[str, pd.DataFrame]:
    """Numbers of 1700 to 2008, and the years of the curve: these and some more."""
    found = sunspots.load_pandas().data
    years = pd.DataFrame({"year": found["YEAR"].astype(int), "spots": found["SUNACTIVITY"]})
    last = years["year"].iloc[-1]
    curve = pd.DataFrame({"year_new": np.arange(last - 108, last + AHEAD + 0.25, 0.25)})
    return {"years": years, "curve": curve}


if __name__ == "__main__":
    folder = Path(__file__).parent / "data"
    folder.mkdir(exist_ok=True)
    for name, table in tables().items():
        table.to_csv(folder / f"{name}.csv", index=False)
