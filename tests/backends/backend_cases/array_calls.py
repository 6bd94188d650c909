"""Calls of every function of whole arrays, and what they are by NumPy and SciPy."""

import numpy as np
from scipy.interpolate import BSpline

HEADER = """model m {
  dim row
  dim other like row
  dim group
  dim k
  dim knot
  dim basis = size(knot) + 2
  dim linear = size(knot)
  dim wave = 5
  dim power = 2
  data knots[knot] : real
  data A[row, other] : real
  data G[group, other, row] : real
  data b[row] : real
  data B[k, row] : real
  data C[group, k, row] : real
  s ~ Normal(0, 1)
"""
RNG = np.random.default_rng(11)
ROOT = RNG.normal(size=(4, 4))
A = ROOT @ ROOT.T + 4 * np.eye(4)
ROOTS = RNG.normal(size=(2, 4, 4))
G = ROOTS @ np.swapaxes(ROOTS, 1, 2) + 4 * np.eye(4)
DATA = {
    "A": A,
    "G": np.swapaxes(G, 1, 2),
    "b": RNG.normal(size=4),
    "B": RNG.normal(size=(3, 4)),
    "C": RNG.normal(size=(2, 3, 4)),
    "knots": np.array([-3.0, -0.5, 0.3, 1.1, 4.0]),
}
SIZES = {
    **{"row": 4, "other": 4, "group": 2, "k": 3},
    **{"knot": 5, "basis": 7, "linear": 5, "wave": 5, "power": 2},
}
b, B, C = DATA["b"], DATA["B"], DATA["C"]
L, U = np.tril(A), np.triu(A)


def splines(x, degree):
    """Every B-spline by scipy, one at a time."""
    t = np.concatenate([[-3.0] * degree, DATA["knots"], [4.0] * degree])
    count = len(t) - degree - 1
    return np.stack([BSpline(t, np.eye(count)[i], degree)(x) for i in range(count)], -1)


def polynomials(x):
    """Orthonormal polynomials by Gram and Schmidt."""
    columns = [np.ones_like(x)]
    for power in (1, 2):
        column = x**power
        for other in columns:
            column = column - other * (other @ column) / (other @ other)
        columns.append(column)
    return np.stack([c / np.linalg.norm(c) for c in columns[1:]], -1)


def waves(x, period):
    angles = [2 * np.pi * x * k / period for k in (1, 1, 2, 2, 3)]
    return np.stack([np.cos(a) if i % 2 else np.sin(a) for i, a in enumerate(angles)], -1)


def _each(function, *arrays):
    return np.stack([function(*parts) for parts in zip(*arrays, strict=True)])


CASES = {
    "cholesky[row, other](A)": ("row, other", np.linalg.cholesky(A)),
    "cholesky[row, other](G)": ("group, row, other", _each(np.linalg.cholesky, G)),
    "cholesky[other, row](A)": ("other, row", np.linalg.cholesky(A)),
    "inverse[row, other](A)": ("row, other", np.linalg.inv(A)),
    "solve[row, other](A, b)": ("row", np.linalg.inv(A) @ b),
    "solve[row, other](A, B)": ("row, k", np.linalg.inv(A) @ B.T),
    "solve[row, other](G, b)": ("group, row", _each(lambda g: np.linalg.inv(g) @ b, G)),
    "solve[row, other](G, C)": (
        "group, row, k",
        _each(lambda g, c: np.linalg.inv(g) @ c.T, G, C),
    ),
    "solve[row, other](A, C)": ("group, row, k", _each(lambda c: np.linalg.inv(A) @ c.T, C)),
    "solve_lower[row, other](A, b)": ("row", np.linalg.inv(L) @ b),
    "solve_lower[row, other](G, C)": (
        "group, row, k",
        _each(lambda g, c: np.linalg.inv(np.tril(g)) @ c.T, G, C),
    ),
    "solve_upper[row, other](A, B)": ("row, k", np.linalg.inv(U) @ B.T),
    "solve_cholesky[row, other](A, b)": ("row", np.linalg.inv(L @ L.T) @ b),
    "solve_cholesky[row, other](G, b)": (
        "group, row",
        _each(lambda g: np.linalg.inv(np.tril(g) @ np.tril(g).T) @ b, G),
    ),
    "matmul[row, other](A, b)": ("row", A @ b),
    "matmul[row, other](A, inverse[row, other](A))": ("row, other", np.eye(4)),
    "matmul[row, other](G, C)": ("group, row, k", _each(lambda g, c: g @ c.T, G, C)),
    "transpose[row, other](cholesky[row, other](A))": ("row, other", np.linalg.cholesky(A).T),
    "log_det[row, other](G)": ("group", np.log(np.linalg.det(G))),
    "det[row, other](A)": ("", np.linalg.det(A)),
    "trace[row, other](A)": ("", np.trace(A)),
    "trace[row, other](G)": ("group", _each(np.trace, G)),
    "diagonal[row, other](A)": ("row", np.diag(A)),
    "diagonal[row, other](G)": ("group, row", _each(np.diag, G)),
    "eigenvalues[row, other](A)": ("other", np.linalg.eigvalsh(A)),
    "abs(eigenvectors[row, other](G))": (
        "group, row, other",
        np.abs(_each(lambda g: np.linalg.eigh(g)[1], G)),
    ),
    "matrix_exp[row, other](0.1 * A)": ("row, other", np.linalg.multi_dot([
        np.linalg.eigh(A)[1],
        np.diag(np.exp(0.1 * np.linalg.eigvalsh(A))),
        np.linalg.eigh(A)[1].T,
    ])),
    "matrix_power[row, other](A, 3)": ("row, other", A @ A @ A),
    "bspline[basis](B, knots)": ("k, row, basis", splines(B, 3)),
    "bspline[linear](b, knots, 1)": ("row, linear", splines(b, 1)),
    "bspline[basis](4, knots, degree = 3)": ("basis", splines(4.0, 3)),
    "bspline[basis](-3, knots)": ("basis", splines(-3.0, 3)),
    "bspline[basis](4.1, knots)": ("basis", np.zeros(7)),
    "poly[row, power](b)": ("row, power", polynomials(b)),
    "poly[row, power](B)": ("k, row, power", _each(polynomials, B)),
    "fourier[wave](b, 2.5)": ("row, wave", waves(b, 2.5)),
    "diag[row, other](b)": ("row, other", np.diag(b)),
    "diag[row, other](2)": ("row, other", 2 * np.eye(4)),
    "diag[row, other](B)": ("k, row, other", _each(np.diag, B)),
    "quad_form[row, other](A, b)": ("", b @ A @ b),
    "quad_form[row, other](A, B)": ("k", np.diag(B @ A @ B.T)),
    "inv_quad_form[row, other](A, b)": ("", b @ np.linalg.inv(A) @ b),
    "inv_quad_form[row, other](G, C)": (
        "group, k",
        _each(lambda g, c: np.diag(c @ np.linalg.inv(g) @ c.T), G, C),
    ),
    "dot[row](b, B)": ("k", B @ b),
    "dot[row](A[other = first], b)": ("", A[:, 0] @ b),
}  # fmt: skip


def statement(i: int, text: str, dims: str, scale: str = "") -> str:
    return f"  r{i}{f'[{dims}]' if dims else ''} = {scale}{text}\n"


SCALED = (
    "log_det[row, other](A + exp(s) * A ^ 2)",
    "sum[row](solve[row, other](A * exp(s), sin(s) * b))",
    "inv_quad_form[row, other](A + diag[row, other](exp(s)), b)",
    "sum[row, other](cholesky[row, other](A + diag[row, other](s ^ 2)))",
    "sum[row](pos(row) * solve_cholesky[row, other](A * exp(s), b))",
    "sum[other](pos(other) * eigenvalues[row, other](A * (pos(row) + 1) * (pos(other) + 1) ^ s))",
    "trace[row, other](matrix_exp[row, other](0.1 * s * A))",
    "sum[basis](pos(basis) ^ 2 * bspline[basis](s + b[row = 0], knots + s))",
    "sum[row, power](pos(power) * pos(row) * poly[row, power](exp(s * b)))",
    "sum[row, wave](pos(wave) * fourier[wave](b * s, 2 + s))",
)
"""Factors whose slopes along `s` go through each function."""
