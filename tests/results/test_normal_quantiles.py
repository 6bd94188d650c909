"""Quantiles of the normal, against SciPy's."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from gendsl.results.normal_quantiles import normal_quantiles


def test_quantiles_are_scipys() -> None:
    powers = 10.0 ** -np.arange(1.0, 300.0)
    edges = np.array([0.075, 0.925, np.exp(-25.0), 0.5, 1 - 2.0**-53])
    places = np.concatenate([np.linspace(1e-9, 1 - 1e-9, 20_001), powers, 1 - powers[:15], edges])
    np.testing.assert_allclose(normal_quantiles(places), ndtri(places), rtol=3e-15, atol=1e-15)
    assert normal_quantiles(np.array([0.5]))[0] == 0.0
