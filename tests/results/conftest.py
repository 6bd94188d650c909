"""Draws with known behaviour, and one small fit."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import gendsl

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode does not, and cases are shared

RADON = """\
model radon {
  dim house, county
  data county_of[house] : county
  data floor[house] : real
  data y[house] : real
  data u[county] : real
  mu ~ Normal(0, 5)
  tau ~ HalfNormal(1)
  alpha[county] ~ Normal(mu + 0.5 * u, tau)
  slope ~ Normal(0, 1)
  sigma ~ HalfNormal(1)
  y[house] ~ Normal(alpha[county_of] + slope * floor, sigma)
  predict at_floor[county] = alpha + slope
}
"""


@pytest.fixture(scope="session")
def radon_data() -> dict[str, object]:
    rng = np.random.default_rng(5)
    county = np.array(["A", "B", "C"])[np.arange(30) % 3]
    level = np.array([0.0, 2.0, 4.0])[np.arange(30) % 3]
    floor = rng.integers(0, 2, 30).astype(float)
    return {
        "county": ["A", "B", "C"],
        "county_of": county,
        "floor": floor,
        "y": level - floor + 0.3 * rng.standard_normal(30),
        "u": [-1.0, 0.0, 1.0],
    }


@pytest.fixture(scope="session")
def radon() -> gendsl.Model:
    return gendsl.compile(RADON)


@pytest.fixture(scope="session")
def fit(radon: gendsl.Model, radon_data: dict[str, object]) -> gendsl.Fit:
    return radon.infer(radon_data, seed=1, chains=2, warmup=200, draws=200)


@pytest.fixture
def autoregressive() -> NDArray[np.float64]:
    """Chains [4, 500, 40], from anti- to strongly correlated; some rounded, some far apart."""
    rng = np.random.default_rng(0)
    correlation = np.linspace(-0.9, 0.99, 40)
    noise = rng.standard_normal((4, 500, 40))
    draws = noise.copy()
    for t in range(1, 500):
        draws[:, t] = correlation * draws[:, t - 1] + noise[:, t]
    draws[:, :, ::7] = np.round(draws[:, :, ::7])
    draws[0, :, ::11] += 1
    return draws
