"""The table of functions of whole arrays: one row each, read by the checker, both evaluators, docs.

Brackets name a dimension and its twin, the rows and the columns of a square matrix:
`solve[row, other](K, b)`. A vector, given or returned, lies along the first of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

Places = tuple[int, ...]
MATRIX: Places = (0, 1)
VECTOR: Places = (0,)


@dataclass(frozen=True, slots=True)
class ArrayFunctionRow:
    """A function of whole arrays over the dimensions that its brackets name.

    `arguments` and `result` give core axes as places in the brackets; whatever else an argument
    varies over is batch, except that further dimensions of the last argument are columns where
    `has_columns`: solved together. `n_literals` counts whole numbers after the arrays, which must
    be known when compiling. `plain` is the spelling where nothing is batch, if it differs from
    `numpyro`; `{size}` in it is that of the last dimension in the brackets. `call` shows a call
    that is not of a square matrix; `helper` names the module in the backend's `bases` that defines
    what the spelling calls. One that `is_internal` is written by the compiler alone.
    """

    name: str
    arguments: tuple[Places, ...]
    result: Places
    numpyro: str
    help: str
    plain: str | None = None
    has_columns: bool = False
    n_literals: int = 0
    call: str = ""
    helper: str | None = None
    is_internal: bool = False

    @property
    def signature(self) -> str:
        """How a call is written, for messages and the reference."""
        if self.call:
            return self.call
        names = ["A", "x"] if self.arguments[0] == MATRIX else ["x"]
        if self.has_columns and self.name != "matmul":
            names = ["L" if "lower" in self.name or "cholesky" in self.name else "A", "b"]
        if self.name == "solve_upper":
            names = ["U", "b"]
        given = names[: len(self.arguments)] + ["n"] * self.n_literals
        return f"{self.name}[row, other]({', '.join(given)})"


_SOLVE = "jax.scipy.linalg.solve_triangular({0}, {1}, lower=%s)"

ARRAY_FUNCTIONS: Mapping[str, ArrayFunctionRow] = MappingProxyType(
    {
        row.name: row
        for row in (
            ArrayFunctionRow(
                "cholesky", (MATRIX,), MATRIX, "jnp.linalg.cholesky({0})",
                "the lower-triangular L with L L' = A, of a positive-definite A",
            ),
            ArrayFunctionRow(
                "inverse", (MATRIX,), MATRIX, "jnp.linalg.inv({0})", "the inverse of A"
            ),
            ArrayFunctionRow(
                "solve", (MATRIX, VECTOR), VECTOR, "jnp.linalg.solve({0}, {1})",
                "the x with A x = b", has_columns=True,
            ),
            ArrayFunctionRow(
                "solve_lower", (MATRIX, VECTOR), VECTOR, _SOLVE % True,
                "the x with L x = b, L lower triangular", has_columns=True,
            ),
            ArrayFunctionRow(
                "solve_upper", (MATRIX, VECTOR), VECTOR, _SOLVE % False,
                "the x with U x = b, U upper triangular", has_columns=True,
            ),
            ArrayFunctionRow(
                "solve_cholesky", (MATRIX, VECTOR), VECTOR,
                "jax.scipy.linalg.cho_solve(({0}, True), {1})",
                "the x with L L' x = b, L a Cholesky factor", has_columns=True,
            ),
            ArrayFunctionRow(
                "matmul", (MATRIX, VECTOR), VECTOR, "{0} @ {1}",
                "A x, along the rows", has_columns=True,
            ),
            ArrayFunctionRow("transpose", (MATRIX,), (1, 0), "{0}", "A with rows as columns"),
            ArrayFunctionRow(
                "log_det", (MATRIX,), (), "jnp.linalg.slogdet({0})[1]",
                "the logarithm of |det A|",
            ),
            ArrayFunctionRow("det", (MATRIX,), (), "jnp.linalg.det({0})", "the determinant"),
            ArrayFunctionRow(
                "trace", (MATRIX,), (), "jnp.trace({0}, axis1=-2, axis2=-1)",
                "the sum of the diagonal", plain="jnp.trace({0})",
            ),
            ArrayFunctionRow(
                "diagonal", (MATRIX,), VECTOR, "jnp.diagonal({0}, axis1=-2, axis2=-1)",
                "the diagonal, along the rows", plain="jnp.diagonal({0})",
            ),
            ArrayFunctionRow(
                "eigenvalues", (MATRIX,), (1,), "jnp.linalg.eigh({0})[0]",
                "the eigenvalues of a symmetric A, smallest first, along the columns",
            ),
            ArrayFunctionRow(
                "eigenvectors", (MATRIX,), MATRIX, "jnp.linalg.eigh({0})[1]",
                "the eigenvectors of a symmetric A: one in each column, of length 1",
            ),
            ArrayFunctionRow(
                "matrix_exp", (MATRIX,), MATRIX, "jax.scipy.linalg.expm({0})",
                "the matrix exponential",
            ),
            ArrayFunctionRow(
                "matrix_power", (MATRIX,), MATRIX, "jnp.linalg.matrix_power({0}, {1})",
                "A n times, n a whole number", n_literals=1,
            ),
            ArrayFunctionRow(
                "bspline", ((), ()), VECTOR, "bspline({0}, {1}, {2})",
                "B-splines of x, along `basis`: as many as knots, plus the degree, less 1",
                n_literals=1, call="bspline[basis](x, knots, degree = 3)", helper="bspline",
            ),
            ArrayFunctionRow(
                "poly", (VECTOR,), MATRIX, "poly({0}, {size})",
                "polynomials of degree 1, 2, ... along `power`, orthonormal over `row`",
                call="poly[row, power](x)", helper="poly",
            ),
            ArrayFunctionRow(
                "fourier", ((), ()), VECTOR, "fourier({0}, {1}, {size})",
                "waves along `wave`: sine and cosine of the period, of half of it, ...",
                call="fourier[wave](x, period)", helper="fourier",
            ),
            ArrayFunctionRow(
                "farthest", (VECTOR,), (1,), "farthest({0}, {size})",
                "positions along `row` of points far from each other, `few` of them",
                call="farthest[row, few](x)", helper="farthest", is_internal=True,
            ),
        )
    }
)  # fmt: skip
"""Functions of square matrices by name."""

BASES = frozenset({"bspline", "poly", "fourier"})
"""Rows that make a dimension of basis functions."""

COMPOSED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "diag": ("diag[row, other](x)", "the diagonal matrix of x; of 1, the identity"),
        "quad_form": ("quad_form[row, other](A, x)", "x' A x"),
        "inv_quad_form": ("inv_quad_form[row, other](A, x)", "x' A^-1 x"),
        "dot": ("dot[k](x, y)", "the sum of x * y"),
    }
)
"""What is written in terms of other functions: how it is called, and what it is."""
