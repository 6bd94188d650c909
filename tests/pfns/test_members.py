"""Members and classes as users write them, and as a network numbers them."""

from __future__ import annotations

import numpy as np
import pytest
from pfn_cases import NETWORK

import gendsl
from gendsl.api.pfn_classes import classes_in
from gendsl.api.pfn_columns import Domain, inputs_of
from gendsl.api.pfn_sampler import latents_of
from gendsl.api.pfn_tables import layout_of, table_of

GROUPS = f"""\
model groups {{
  dim row
  dim g : from 1 = 3
  data k[row] : g
  data y[row] : real
  a[g] ~ Normal(0, 1)
  y[row] ~ Normal(a[k], 1)
}}
pfn group {{
  prior   = groups
  predict   y given k
  rows    = 2..8
  inputs  = k ~ Categorical([0.3, 0.3, 0.4])
  network = {NETWORK})
}}
"""
BOUNDED = f"""\
model bounded {{
  dim row
  data x[row] : real
  data y[row] : real
  a ~ LogNormal(0, 2)
  b ~ Uniform(0, a)
  y[row] ~ Normal(b * x, 1)
}}
pfn inside {{
  prior   = bounded
  predict   y, b given x
  rows    = 2..8
  inputs  = x ~ Normal(0, 1)
  network = {NETWORK})
}}
"""


def block(text: str):
    (found,) = gendsl.compile(text).pfns.values()
    return found


def test_codes_of_members_that_are_given_count_from_the_first() -> None:
    inputs = inputs_of(block(GROUPS).pfn)
    table = table_of({"y": [0.0, 1.0]}, "context")
    assert layout_of(inputs, table, {"k": 1}, None, "y").given["k"] == (0.0,)
    for wrong in (0, 7, 1.5):
        with pytest.raises(gendsl.DiagnosticError, match=r"G1024.*no member"):
            layout_of(inputs, table, {"k": wrong}, None, "y")


def test_codes_stay_the_users_labels() -> None:
    table = table_of({"kind": [0, 1, 1, 0]}, "context")
    domain = Domain(inputs_of(block(GROUPS).pfn)[0].domain.type, count=2, members=("cat", "dog"))
    classes, numbers = classes_in(table.columns["kind"], table, domain, (0, 2))
    assert classes.labels == (0, 1)
    np.testing.assert_array_equal(numbers, [0, 1, 1, 0])


def test_a_support_that_moves_is_refused() -> None:
    with pytest.raises(gendsl.DiagnosticError, match=r"G1030.*support of `b`"):
        latents_of(block(BOUNDED).pfn)
    both = block(BOUNDED.replace("y, b given", "y, a, b given")).pfn
    draws = latents_of(both)(np.random.default_rng(1).standard_normal((50, 2)))
    assert (draws["b"] < draws["a"]).all() and draws["b"].std() > 0
