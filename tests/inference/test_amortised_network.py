"""What a network may depend on: masks, the order of rows and of columns, and what is missing."""

import dataclasses
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gendsl.inference.amortised import Bars, Design, Joint, Network, Reference, Tasks
from gendsl.inference.amortised.network import answer, start
from gendsl.inference.amortised.objective import context_sizes
from gendsl.inference.amortised.reference import find_reference

_SMALL = {"layers": 2, "width": 8, "attention_heads": 2, "frequencies": 2, "head": Bars(5)}
JOINED = Design(columns=2, joint=Joint(1, 1, 4, 4), **_SMALL)
CELLS = Design(columns=3, is_exchangeable=True, joint=Joint(1, 1, 4, 4), **_SMALL)
_ROWS, _CONTEXT = 9, 5


def _normals(shape: tuple[int, ...]) -> jax.Array:
    return jnp.asarray(np.random.default_rng(len(shape)).standard_normal(shape, np.float32))


def _case(design: Design) -> tuple[Network, Reference, dict[str, Any]]:
    """A network none of whose weights is 0, and two tasks."""
    rng = np.random.default_rng(3)
    network = start(design, _normals)
    network = jax.tree.map(
        lambda leaf: leaf + 0.3 * rng.standard_normal(leaf.shape).astype(np.float32), network
    )
    x = rng.standard_normal((2, _ROWS, design.columns)).astype(np.float32)
    y = rng.standard_normal((2, _ROWS)).astype(np.float32)
    columns = np.full(2, design.columns, np.int32)
    tasks = Tasks(x, y, columns, np.ones((2, 1), np.float32), np.ones(2, bool))
    sizes = np.full(2, _CONTEXT, np.int32)
    return network, find_reference(design, tasks), {
        "x": x, "y": y, "num_context": sizes, "columns": columns,
    }  # fmt: skip


@partial(jax.jit, static_argnums=0)
def _answer(design: Design, network: Network, reference: Reference, told: dict[str, Any]) -> Any:
    return answer(design, network, reference, **told)


def _differ(design: Design, changed: dict[str, Any], rows: Any) -> float:
    """By how much answers at ``rows`` change, the summary's too, where inputs are ``changed``."""
    network, reference, told = _case(design)
    before = _answer(design, network, reference, told)
    after = _answer(design, network, reference, told | changed)
    gap = np.abs(np.asarray(before.outputs - after.outputs))[:, rows].max()
    return float(max(gap, np.abs(np.asarray(before.summary - after.summary)).max()))


def _with(array: np.ndarray, place: Any, value: Any) -> np.ndarray:
    copy = array.copy()
    copy[place] = value
    return copy


@pytest.mark.parametrize("design", [JOINED, CELLS], ids=["joined", "cells"])
def test_queries_see_the_context_and_themselves_alone(design: Design) -> None:
    _, _, told = _case(design)
    other = _with(told["x"], (slice(None), 7), 3.0)
    assert _differ(design, {"x": other}, [5, 6, 8]) < 1e-6
    assert _differ(design, {"x": other}, [7]) > 1e-2
    unread = {"y": _with(told["y"], (slice(None), slice(_CONTEXT, None)), 1e3)}
    assert _differ(design, unread, slice(None)) == 0.0
    for name in ("x", "y"):
        seen = {name: _with(told[name], (slice(None), 2), 2.5)}
        assert _differ(design, seen, slice(_CONTEXT, None)) > 1e-2


@pytest.mark.parametrize("design", [JOINED, CELLS], ids=["joined", "cells"])
def test_the_order_of_a_context_does_not_matter(design: Design) -> None:
    _, _, told = _case(design)
    order = np.array([3, 0, 4, 1, 2, 5, 6, 7, 8])
    moved = {"x": told["x"][:, order], "y": told["y"][:, order]}
    assert _differ(design, moved, slice(_CONTEXT, None)) < 1e-5


def test_the_order_of_exchangeable_columns_does_not_matter_and_that_of_others_does() -> None:
    for design, least, most in ((CELLS, 0.0, 1e-5), (JOINED, 1e-2, np.inf)):
        _, _, told = _case(design)
        turned = _differ(design, {"x": np.roll(told["x"], 1, axis=2)}, slice(_CONTEXT, None))
        assert least <= turned < most


@pytest.mark.parametrize("design", [JOINED, CELLS], ids=["joined", "cells"])
def test_columns_that_are_not_there_are_not_read(design: Design) -> None:
    network, reference, told = _case(design)
    told = told | {"columns": np.full(2, 1, np.int32)}
    answers = [
        _answer(design, network, reference, told | {"x": _with(told["x"], (..., 1), value)})
        for value in (0.0, 5.0, np.nan)
    ]
    for other in answers[1:]:
        np.testing.assert_array_equal(other.outputs, answers[0].outputs)
    missing = {"x": _with(told["x"], (..., 0), np.nan)}
    assert np.isfinite(_answer(design, network, reference, told | missing).outputs).all()


def test_a_context_of_no_rows_is_answered_and_sizes_differ_in_one_program() -> None:
    network, reference, told = _case(JOINED)
    none = _answer(JOINED, network, reference, told | {"num_context": np.array([0, 9], np.int32)})
    assert np.isfinite(none.outputs).all()
    one = _answer(JOINED, network, reference, told | {"num_context": np.array([0, 2], np.int32)})
    np.testing.assert_array_equal(none.outputs[0], one.outputs[0])
    assert np.abs(np.asarray(none.outputs[1] - one.outputs[1])).max() > 1e-2


def test_new_networks_say_what_the_prior_does_whatever_the_context() -> None:
    _, reference, told = _case(JOINED)
    network = start(JOINED, _normals)
    outputs = _answer(JOINED, network, reference, told).outputs
    np.testing.assert_array_equal(outputs, np.zeros_like(outputs))
    assert all(leaf.dtype == np.float32 for leaf in jax.tree.leaves((network, reference)))


def test_sizes_of_contexts_are_alike() -> None:
    """Spread evenly, so that counts are within 1 of the expected ones: no false alarm."""
    count, rows, fewest = 2000, 12, 3
    sizes = jax.jit(context_sizes, static_argnums=(1, 2, 3))(jax.random.key(2), count, fewest, rows)
    found = np.bincount(sizes, minlength=rows)
    assert found[:fewest].sum() == 0
    np.testing.assert_allclose(found[fewest:], count / (rows - fewest), atol=1.01)


def test_units_come_from_valid_rows_and_columns_that_are_there() -> None:
    _, _, told = _case(JOINED)
    x = _with(told["x"], (1, ..., 1), 1e6)
    x[0, 0, 0] = np.nan
    tasks = Tasks(x, told["y"], np.array([2, 1]), np.ones((2, 1)), np.array([True, True]))
    reference = find_reference(JOINED, tasks)
    assert float(reference.has_missing) == 1.0
    assert np.isfinite(jax.tree.leaves(reference)[0]).all()
    assert abs(float(reference.x_centre[1])) < 2.0
    with pytest.raises(ValueError, match="no draw of the prior is valid"):
        find_reference(JOINED, tasks._replace(valid=np.zeros(2, bool)))
    with pytest.raises(ValueError, match="2 columns and 1 latents"):
        find_reference(dataclasses.replace(JOINED, columns=4), tasks)


def test_a_design_says_itself_in_json_and_nothing_else_is_believed() -> None:
    for design in (JOINED, CELLS, Design()):
        assert Design.from_json(design.to_json()) == design
    good = JOINED.to_json()
    for name, value in (
        ("width", 10**9), ("width", True), ("layers", 0), ("layers", 2.0), ("head", {}),
        ("head", {"kind": "bars", "count": -4}), ("head", {"kind": "none", "count": 4}),
        ("joint", {"count": 1}), ("joint", []), ("is_exchangeable", 1), ("attention_heads", 3),
    ):  # fmt: skip
        with pytest.raises(ValueError):
            Design.from_json(good | {name: value})
    with pytest.raises(ValueError, match="other entries"):
        Design.from_json(good | {"more": 1})
