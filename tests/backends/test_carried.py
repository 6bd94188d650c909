"""What programs carry of this package's functions: each once, whichever solver they are for."""

import ast

import pytest
from backend_cases.compiled import resolved

from gendsl.backends import numpyro, pyro
from gendsl.resolve.random_functions.solver_table import SOLVERS

LINE = """model m {{
  dim row, grid
  data x[row] : real
  data g[grid] : real
  f ~ GP(kernel = Matern32(1), approx = {solver})
  y[row] ~ {observed}
  predict later[grid] = f(g)
}}"""
GRID = """model m {{
  dim row, col, grid
  data x[row] : real
  data z[col] : real
  data g[grid] : real
  f ~ GP(kernel = Matern32(1) * RBF(2), approx = {solver})
  y[row, col] ~ {observed}
  predict later[grid, col] = f(g, z)
}}"""


def defined(text: str) -> list[str]:
    return [
        node.name
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]


@pytest.mark.parametrize("backend", [numpyro, pyro], ids=["numpyro", "pyro"])
@pytest.mark.parametrize("family", ["Normal({}, 0.1)", "Poisson(exp({}))"], ids=["known", "latent"])
@pytest.mark.parametrize("solver", SOLVERS)
def test_no_name_is_defined_twice(solver, family, backend):
    is_of_grids = SOLVERS[solver].is_of_grids
    observed = family.format("f(x, z)" if is_of_grids else "f(x)")
    text = (GRID if is_of_grids else LINE).format(solver=solver, observed=observed)
    names = defined(backend.lower(resolved(text)).source)
    assert sorted(set(names)) == sorted(names)
