"""Writes data/, CO2 at Mauna Loa by the month (`statsmodels`): `python data.py`."""

from pathlib import Path

import numpy as np
import pandas as pd
from statsmodels.datasets import co2

FIRST, LAST_FITTED, LAST = 1970, 1991, 2001


def tables() -> dict[str, pd.DataFrame]:
    """Monthly means that are fitted, those of the ten years after, and the times of the curve."""
    monthly = co2.load_pandas().data["co2"].resample("MS").mean().dropna()
    middle = monthly.index.year + (monthly.index.month - 0.5) / 12
    every = pd.DataFrame({"year": middle.round(4), "co2": monthly.to_numpy().round(3)})
    fitted = every[(every["year"] > FIRST) & (every["year"] < LAST_FITTED + 1)]
    later = every[(every["year"] > LAST_FITTED + 1) & (every["year"] < LAST + 1)]
    return {
        "fitted": fitted,
        "later": later.rename(columns={"year": "year_later", "co2": "co2_later"}),
        "curve": pd.DataFrame({"year_new": np.arange(FIRST, LAST + 1, 1 / 12).round(4)}),
    }


if __name__ == "__main__":
    folder = Path(__file__).parent / "data"
    folder.mkdir(exist_ok=True)
    for name, table in tables().items():
        table.to_csv(folder / f"{name}.csv", index=False)
