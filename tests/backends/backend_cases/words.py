"""Models with a factor for each function of the language's tables: every spelling is written."""

from collections.abc import Iterable

from gendsl.ir.array_functions import ARRAY_FUNCTIONS
from gendsl.ir.function_row import Result
from gendsl.ir.functions import DIM_FUNCTIONS, FUNCTIONS, OPERATORS

_LATENTS = """\
  dim row = 3
  dim col = 4
  p[row, col] ~ Beta(2, 3)
  q[row, col] ~ Beta(2, 2)
  r[row, col] ~ Beta(3, 2)
  v[row] ~ Normal(0, 1)
"""

_ARGUMENTS = {
    "acosh": ("1 + p",),
    "log1m_exp": ("-p",),
    "log_diff_exp": ("1 + p", "q"),
    "mod": ("3 * p", "1 + q"),
    "gamma_p": ("1.5", "q"),
    "gamma_q": ("1.5", "q"),
    "inc_beta": ("1 + p", "q", "r"),
    "choose": ("3 + p", "q"),
    "lchoose": ("3 + p", "q"),
}
"""Arguments inside the domain; of others one after the other of three numbers between 0 and 1."""


def _call(name: str, arity: int) -> str:
    arguments = _ARGUMENTS.get(name, ("p", "q", "r")[:arity])
    return f"{name}({', '.join(arguments)})"


def _reduced(name: str, keeps: bool) -> tuple[str, ...]:
    """Over one dimension and, where that is a number, over both."""
    if DIM_FUNCTIONS[name].result is Result.INDEX:
        return (f"v[{name}[row](p)]",)
    if DIM_FUNCTIONS[name].result is Result.BOOL:
        return (f"{name}[row](p < 0.5) * q", f"{name}[row, col](q < 0.9) * v")
    over_both = f"{name}[row, col](q) * 1.0 * sum[row, col](r)"
    return (f"{name}[row](p) * 1.0 * q", *(() if keeps else (over_both,)))


def _model(head: str, factors: Iterable[str]) -> str:
    return f"model words {{\n{head}" + "".join(f"  factor {each}\n" for each in factors) + "}\n"


_DATA = """\
  data n[row] : 0 <= int <= 3
  data b[row] : bool
"""

_OPERATIONS = (
    "(p + q - r * p / q) ^ 2 - p ^ n + 2 ^ -q",
    "if(p < q, p, q) * (p <= 0.5) + if(p > q and not b or q >= r, r, -p)",
    "p * (n == 1) + q * (n != 2) - b + (1 - b) * n",
    "sum[row](n * p) + mean[row](n) * p + sum[row](b * q) - mean[row](b)",
)

_MATRICES = """\
  dim i = 3
  dim j like i
  dim k = 2
  v[i] ~ Normal(0, 1)
  u[i, k] ~ Normal(0, 1)
  let w[j] = v[i = j]
  let A[i, j] = v * w / 10 + if(pos(i) == pos(j), 2 + v^2, 0.1)
"""

_MATRIX_CALLS = {
    "cholesky": "sum[i, j](cholesky[i, j](A) * A)",
    "inverse": "sum[i, j](inverse[i, j](A) * A * v)",
    "solve": "sum[i](solve[i, j](A, v)) + sum[i, k](solve[i, j](A, u) * u)",
    "solve_lower": "sum[i](solve_lower[i, j](A, v)) + sum[i, k](solve_lower[i, j](A, u) * u)",
    "solve_upper": "sum[i](solve_upper[i, j](A, v)) + sum[i, k](solve_upper[i, j](A, u) * u)",
    "solve_cholesky": (
        "sum[i](solve_cholesky[i, j](A, v)) + sum[i, k](solve_cholesky[i, j](A, u) * u)"
    ),
    "matmul": "sum[i](matmul[i, j](A, v) * v)",
    "transpose": "sum[i, j](transpose[i, j](A) * v)",
    "log_det": "log_det[i, j](A)",
    "det": "det[i, j](A)",
    "trace": "trace[i, j](A)",
    "diagonal": "sum[i](diagonal[i, j](A) * v)",
    "eigenvalues": "sum[j](eigenvalues[i, j](A) * pos(j))",
    "matrix_exp": "sum[i, j](matrix_exp[i, j](A / 10))",
    "matrix_power": "sum[i, j](matrix_power[i, j](A, 3)) / 100",
}
"""Eigenvectors have a sign that is anyone's choice, and bases are of data."""

TEXTS = {
    "operators": _model(_LATENTS + _DATA, _OPERATIONS),
    "functions": _model(
        _LATENTS,
        (_call(name, row.arity[0]) for name, row in FUNCTIONS.items() if name not in OPERATORS),
    ),
    "functions over dimensions": _model(
        _LATENTS,
        (part for name, row in DIM_FUNCTIONS.items() for part in _reduced(name, row.keeps)),
    ),
    "functions of arrays": _model(_MATRICES, _MATRIX_CALLS.values()),
}
"""Texts by what they are about; each factor is a function."""

WITHOUT = ARRAY_FUNCTIONS.keys() - _MATRIX_CALLS.keys()
"""Functions of arrays that have no factor here."""
