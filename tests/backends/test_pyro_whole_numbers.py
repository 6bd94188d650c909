"""Whole numbers where a distribution wants reals: torch's own classes round 1.5 beside a 2."""

import re

import numpy as np
import pytest
import torch
from backend_cases.compiled import bound, resolved

from gendsl.backends import pyro
from gendsl.backends.emit import distributions
from gendsl.distributions.family import FamilyParameter, Form, Role
from gendsl.distributions.support import SupportKind
from gendsl.distributions.table import FAMILIES

HEAD = """\
model m {
  dim row
  dim i = 2
  dim j like i
  data n[row] : 1 <= int <= 4
  data b[row] : bool
"""

HEAD_OF_REALS = HEAD.replace("int", "real").replace("bool", "real")

BY_HAND = (
    "x[row] : real > n ~ Normal(n, 1.5)",
    "x[row] ~ Normal(b, 1.5)",
    "x[row] ~ Normal(0.5, if(n > 2, 2, 1))",
    "x[i] ~ Normal([3, 10], 1.5)",
    "x[i] : ordered ~ Normal([3, 10], 1.5)",
    "x[row, i] ~ Dirichlet(n + [1, 2])",
    "x[i] ~ MultiNormal([1, 2], covariance = [[2, 1], [1, 3]])",
    "x[row, i] ~ MultiNormal(n, cholesky = [[2, 0], [1, 3]])",
    "x[i] ~ MultiStudentT(5, [1, 2], scale = [[2, 1], [1, 3]])",
    "x[row] ~ Mixture([0.3, 0.7], Normal([1, 2] + n, 0.7))",
    "x[row] ~ Censored(Normal(n, 0.7), upper = 1)",
)
"""Vectors, matrices, and bounds beside whole numbers."""


def _argument(parameter: FamilyParameter) -> str:
    """A number inside the parameter's set, with a fraction."""
    limits = parameter.support
    if limits.upper is not None:
        return "0.4"
    return "7.5" if limits.lower is not None and isinstance(limits.lower.value, str) else "0.5"


def _calls(family: str, form: Form) -> list[str]:
    """A call for each parameter that may be a whole number, fractions in the others' places."""
    calls = []
    for whole in form.parameters:
        if whole.support.upper is None:
            given = [f"{p.name} = {'n' if p is whole else _argument(p)}" for p in form.parameters]
            calls.append(f"{family}({', '.join(given)})")
    return calls


def _is_of_reals(form: Form) -> bool:
    return all(
        p.role is Role.SCALAR and p.support.kind is SupportKind.REAL for p in form.parameters
    )


BY_ROW = [
    call
    for row in FAMILIES.values()
    if not row.event_rank and not row.is_discrete
    for form in row.forms
    if _is_of_reals(form)
    for call in _calls(row.name, form)
]


def densities(head: str, statements: list[str]) -> dict[str, torch.Tensor]:
    """The log density of each site at one position."""
    text = head + "".join(
        f"  {statement.replace('x', f'x{i}', 1)}\n" for i, statement in enumerate(statements)
    )
    data = {"n": np.array([1, 2, 4]), "b": np.array([True, False, True])}
    if head is HEAD_OF_REALS:
        data = {name: values.astype(float) for name, values in data.items()}
    density = pyro.lower(resolved(text + "}\n")).bind(bound(data, {"row": 3, "i": 2, "j": 2}))
    position = np.random.default_rng(2).normal(size=density.size)
    return density.site_log_densities(density.data, position)


def check(statements: list[str]) -> None:
    """Hold the sites against those of the same program whose numbers are all reals."""
    in_reals = [re.sub(r"(?<![\w.])(\d+)(?![\w.])", r"\1.0", each) for each in statements]
    found, expected = densities(HEAD, statements), densities(HEAD_OF_REALS, in_reals)
    assert found.keys() == expected.keys()
    for name, value in found.items():
        assert torch.allclose(value, expected[name], rtol=1e-12), name


def test_every_parameter_of_every_row() -> None:
    assert len(BY_ROW) > 40
    check([f"x[row] ~ {call}" for call in BY_ROW])


def test_vectors_matrices_and_bounds() -> None:
    check(list(BY_HAND))


def test_a_whole_number_that_stays_one_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the emitter's conversion, torch's scale of 1.5 is 1."""
    monkeypatch.setattr(distributions, "where_strict", lambda argument, scope: argument)
    with pytest.raises(AssertionError, match="x0"):
        check(["x[row] ~ Normal(n, 1.5)"])
