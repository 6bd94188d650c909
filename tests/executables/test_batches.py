"""What is computed from each draw: its keys, and batches that any number of draws share."""

from __future__ import annotations

from pathlib import Path

import jax
import numpy as np
import pytest

from gendsl.api import posterior
from gendsl.executables import kept_in


@pytest.mark.parametrize("is_double", [True, False])
def test_a_root_is_the_key_of_its_seed(is_double: bool) -> None:
    with jax.enable_x64(is_double):
        for seed in (0, 1, 2**31 - 1, 2**31, 2**32 - 1, *([2**32 + 5, 2**62] * is_double)):
            expected = np.asarray(jax.random.key_data(jax.random.key(seed)))
            found = posterior._root(seed)
            assert found.dtype == expected.dtype and np.array_equal(found, expected), seed


def derived(key: jax.Array, draw: jax.Array, data: jax.Array) -> dict[str, dict[str, jax.Array]]:
    """A group of a sum and of a random number, and one of nothing."""
    return {"it": {"sum": draw @ data, "noise": jax.random.normal(key)}, "none": {}}


def test_a_draw_is_the_same_in_any_batch(tmp_path: Path) -> None:
    draws, data = np.arange(6200.0).reshape(3100, 2) % 7, np.array([0.5, 2.0])

    def of(count: int) -> dict[str, np.ndarray]:
        made = posterior.each_draw(derived, draws[:count], 3, data=data, same="derived")
        assert made["none"] == {}
        return made["it"]

    posterior._KEPT.clear()
    few, some = of(5), of(1100)
    with kept_in(tmp_path / "executables") as folder:
        assert folder is not None
        posterior._KEPT.clear()
        many = of(1100)
        more = of(3100)
        assert len(list(folder.names())) == 1
    posterior._KEPT.clear()
    for name, values in more.items():
        assert len(values) == 3100
        np.testing.assert_array_equal(values[:1100], many[name])
        np.testing.assert_array_equal(some[name], many[name])
        np.testing.assert_allclose(values[:5], few[name], rtol=1e-6)
    np.testing.assert_allclose(more["sum"], draws @ data, rtol=1e-6)
    assert abs(more["noise"].mean()) < 0.1 and len(set(more["noise"])) > 3090
