"""The functions of the table, and those of arrays, as numpy computes them on the host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

import numpy as np

from gendsl.data.host_neighbours import before_in_order, farthest, nearest_before
from gendsl.data.host_windows import WINDOWS
from gendsl.data.raw import Array

Function = Callable[..., Any]
Reduction = Callable[[Array, tuple[int, ...]], Any]


def _special(name: str) -> Function:
    """A function of `scipy.special`, imported when it is first called."""

    def call(*arguments: Array) -> Any:
        from scipy import special

        table: Mapping[str, Function] = {
            "logit": special.logit,
            "expit": special.expit,
            "log_expit": special.log_expit,
            "ndtr": special.ndtr,
            "ndtri": special.ndtri,
            "log_ndtr": special.log_ndtr,
            "erf": special.erf,
            "erfc": special.erfc,
            "gammaln": special.gammaln,
            "digamma": special.digamma,
            "betaln": special.betaln,
            "xlogy": special.xlogy,
            "xlog1py": special.xlog1py,
            "erfinv": special.erfinv,
            "gamma": special.gamma,
            "trigamma": lambda x: special.polygamma(1, x),
            "lfactorial": lambda x: special.gammaln(x + 1),
            "choose": special.binom,
            "gammainc": special.gammainc,
            "gammaincc": special.gammaincc,
            "betainc": special.betainc,
            "i0": special.i0,
            "i1": special.i1,
            "i0e": special.i0e,
            "i1e": special.i1e,
            "exp1": special.exp1,
            "expi": special.expi,
        }
        return table[name](*arguments)

    return call


def _power(base: Array, exponent: Array) -> Any:
    is_whole = base.dtype.kind in "ib" and exponent.dtype.kind in "ib"
    if is_whole and not np.any(exponent < 0):
        return np.power(base.astype(np.int64), exponent.astype(np.int64))
    return np.power(base.astype(np.float64), exponent)


def _log_choose(n: Array, k: Array) -> Any:
    gammaln = _special("gammaln")
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


SPECIAL = (
    *("xlogy", "xlog1py", "erfinv", "gamma", "trigamma", "lfactorial", "choose", "gammainc"),
    *("gammaincc", "betainc", "i0", "i1", "i0e", "i1e", "exp1", "expi"),
)
"""Names of `scipy.special` that are those of rows."""


def _log1m_exp(x: Array) -> Any:
    return np.where(x > -0.693, np.log(-np.expm1(x)), np.log1p(-np.exp(x)))


def _as_int(value: Array) -> Array:
    return value.astype(np.int64) if value.dtype == np.bool_ else value


def _arithmetic(function: Function) -> Function:
    """Bools are 0/1 in arithmetic."""
    return lambda *arguments: function(*(_as_int(a) for a in arguments))


ELEMENTWISE: Mapping[str, Function] = MappingProxyType(
    {
        "add": _arithmetic(np.add), "subtract": _arithmetic(np.subtract),
        "multiply": _arithmetic(np.multiply), "true_divide": _arithmetic(np.true_divide),
        "floor_divide": np.floor_divide,
        "power": _power, "less": np.less, "less_equal": np.less_equal, "greater": np.greater,
        "greater_equal": np.greater_equal, "equal": np.equal, "not_equal": np.not_equal,
        "negative": _arithmetic(np.negative), "logical_and": np.logical_and,
        "logical_or": np.logical_or, "logical_not": np.logical_not, "where": np.where,
        "exp": np.exp, "expm1": np.expm1, "log": np.log, "log2": np.log2, "log10": np.log10,
        "log1p": np.log1p, "softplus": lambda x: np.logaddexp(0.0, x),
        "log1m": lambda x: np.log1p(-x), "sqrt": np.sqrt, "square": _arithmetic(np.square),
        "absolute": _arithmetic(np.abs), "abs": _arithmetic(np.abs), "sign": _arithmetic(np.sign),
        "floor": np.floor, "ceil": np.ceil, "round": np.round, "sin": np.sin, "cos": np.cos,
        "tan": np.tan, "arcsin": np.arcsin, "arccos": np.arccos, "arctan": np.arctan,
        "arctan2": np.arctan2, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh,
        "logit": _special("logit"), "expit": _special("expit"), "log_expit": _special("log_expit"),
        "inv_cloglog": lambda x: -np.expm1(-np.exp(x)), "cloglog": lambda p: np.log(-np.log1p(-p)),
        "ndtr": _special("ndtr"), "ndtri": _special("ndtri"), "log_ndtr": _special("log_ndtr"),
        "erf": _special("erf"), "erfc": _special("erfc"), "gammaln": _special("gammaln"),
        "digamma": _special("digamma"), "betaln": _special("betaln"), "lchoose": _log_choose,
        "relu": lambda x: np.maximum(x, 0),
        "gelu": lambda x: x * _special("ndtr")(x), "silu": lambda x: x * _special("expit")(x),
        "minimum": np.minimum, "maximum": np.maximum,
        "mod": np.mod, "asfarray": lambda x: np.asarray(x, dtype=np.float64),
        "exp2": np.exp2, "cbrt": np.cbrt, "trunc": np.trunc, "hypot": np.hypot,
        "arcsinh": np.arcsinh, "arccosh": np.arccosh, "arctanh": np.arctanh,
        "logaddexp": np.logaddexp, "log1m_exp": _log1m_exp,
        "log_diff_exp": lambda x, y: x + _log1m_exp(y - x),
        "log1m_inv_logit": lambda x: -np.logaddexp(0.0, x),
        **{name: _special(name) for name in SPECIAL},
    }
)  # fmt: skip
"""Elementwise functions, under the `numpy` names of the table of functions."""


def _logsumexp(value: Array, axes: tuple[int, ...]) -> Any:
    from scipy import special

    return special.logsumexp(value, axis=axes)


def _logsumexp_kept(value: Array, axes: tuple[int, ...]) -> Any:
    from scipy import special

    return special.logsumexp(value, axis=axes, keepdims=True)


def _softmax(value: Array, axes: tuple[int, ...]) -> Any:
    from scipy import special

    return special.softmax(value, axis=axes)


REDUCTIONS: Mapping[str, Reduction] = MappingProxyType(
    {
        "sum": lambda x, axes: np.sum(_as_int(x), axis=axes),
        "prod": lambda x, axes: np.prod(_as_int(x), axis=axes),
        "mean": lambda x, axes: np.mean(x, axis=axes),
        "sd": lambda x, axes: np.std(x, axis=axes, ddof=1),
        "max": lambda x, axes: np.max(_as_int(x), axis=axes),
        "min": lambda x, axes: np.min(_as_int(x), axis=axes),
        "var": lambda x, axes: np.var(x, axis=axes, ddof=1),
        "median": lambda x, axes: np.median(x, axis=axes),
        "norm": lambda x, axes: np.sqrt(np.sum(np.square(x), axis=axes)),
        "argmax": lambda x, axes: np.argmax(x, axis=axes[0]),
        "argmin": lambda x, axes: np.argmin(x, axis=axes[0]),
        "any": lambda x, axes: np.any(x, axis=axes),
        "all": lambda x, axes: np.all(x, axis=axes),
        "logsumexp": _logsumexp,
    }
)
"""Functions over named dimensions, which the result lacks."""

EMPTY: Mapping[str, float] = MappingProxyType({"sum": 0, "prod": 1, "max": -np.inf, "min": np.inf})
"""What reductions by group give for a group without members."""

CUMULATIONS: Mapping[str, Reduction] = MappingProxyType(
    {
        "softmax": _softmax,
        "log_softmax": lambda x, axes: x - _logsumexp_kept(x, axes),
        "sort": lambda x, axes: np.sort(_as_int(x), axis=axes[0]),
        "cumsum": lambda x, axes: np.cumsum(_as_int(x), axis=axes[0]),
        "cumprod": lambda x, axes: np.cumprod(_as_int(x), axis=axes[0]),
    }
)
"""Functions along a named dimension, which the result keeps."""


def _triangular(is_lower: bool) -> Function:
    """Solves with one triangle of a matrix; the other is not read."""

    def solve(matrix: Array, right: Array) -> Any:
        return np.linalg.solve(np.tril(matrix) if is_lower else np.triu(matrix), right)

    return solve


def _solve_cholesky(factor: Array, right: Array) -> Any:
    lower = np.tril(factor)
    half = np.linalg.solve(lower, right)
    return np.linalg.solve(np.swapaxes(lower, -1, -2), half)


def _matrix_exp(matrix: Array) -> Any:
    from scipy import linalg

    return linalg.expm(matrix)


def _bspline(x: Array, knots: Array, degree: int) -> Any:
    from scipy.interpolate import BSpline

    def one(x: Array, knots: Array) -> Any:
        t = np.concatenate([[knots[0]] * degree, knots, [knots[-1]] * degree])
        values = BSpline(t, np.eye(len(t) - degree - 1), degree, extrapolate=False)(x)
        return np.nan_to_num(values, nan=0.0)

    if knots.ndim > 1:
        return np.vectorize(one, signature="(),(n)->(m)")(x, knots)
    return one(np.asarray(x, dtype=np.float64), knots)


def _poly(x: Array, n: int) -> Any:
    centred = x - np.mean(x, axis=-1, keepdims=True)
    scaled = centred / np.max(np.abs(centred), axis=-1, keepdims=True)
    q, r = np.linalg.qr(scaled[..., None] ** np.arange(n + 1))
    signs = np.sign(np.diagonal(r, axis1=-2, axis2=-1))
    return (q * signs[..., None, :])[..., 1:]


def _fourier(x: Array, period: Array, n: int) -> Any:
    k = np.arange(n)
    angle = 2 * np.pi * np.asarray(x / period)[..., None] * (k // 2 + 1)
    return np.where(k % 2 == 0, np.sin(angle), np.cos(angle))


ARRAY_FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "cholesky": np.linalg.cholesky,
        "inverse": np.linalg.inv,
        "solve": np.linalg.solve,
        "solve_lower": _triangular(is_lower=True),
        "solve_upper": _triangular(is_lower=False),
        "solve_cholesky": _solve_cholesky,
        "matmul": np.matmul,
        "transpose": lambda x: x,
        "det": np.linalg.det,
        "log_det": lambda x: np.linalg.slogdet(x)[1],
        "trace": lambda x: np.trace(x, axis1=-2, axis2=-1),
        "diagonal": lambda x: np.diagonal(x, axis1=-2, axis2=-1),
        "eigenvalues": lambda x: np.linalg.eigh(x)[0],
        "eigenvectors": lambda x: np.linalg.eigh(x)[1],
        "matrix_exp": _matrix_exp,
        "matrix_power": np.linalg.matrix_power,
        "bspline": _bspline,
        "poly": _poly,
        "fourier": _fourier,
        "farthest": farthest,
    }
)
"""Functions of whole arrays, over the last axes; vectors come as matrices of columns."""


def _factor_and_share(covariance: Array) -> tuple[Any, Any]:
    """The factor of each covariance, and what it took on the diagonal relative to its mean."""
    if covariance.ndim > 2:
        pairs = [_factor_and_share(each) for each in covariance]
        return tuple(np.stack(parts) for parts in zip(*pairs, strict=True))  # type: ignore[return-value]
    n = len(covariance)
    for share in (0.0, *(10.0**power for power in range(-9, -1))):
        with suppress(np.linalg.LinAlgError):
            raised = covariance + share * np.trace(covariance) / n * np.eye(n)
            return np.linalg.cholesky(raised), np.float64(share)
    return np.full((n, n), np.nan), np.float64(share)


CHAIN_FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        **WINDOWS,
        "sort_order": lambda x: np.argsort(x, kind="stable"),
        "sorted_gaps": lambda x: np.diff(np.sort(x), prepend=np.sort(x)[:1]),
        "joined": lambda first, second: np.concatenate([first, second], -1),
        "first_part": lambda x, n: x[:n],
        "last_part": lambda x, n: x[len(x) - n :],
        "before_in_order": before_in_order,
        "nearest_before": nearest_before,
        "covariance_cholesky": lambda x: _factor_and_share(x)[0],
        "diagonal_added": lambda x: _factor_and_share(x)[1],
    }
)
"""Functions of arrays that the compiler alone writes."""
