"""The functions of the table, and those of arrays, as numpy computes them on the host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

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


def _as_int(value: Array) -> Array:
    return value.astype(np.int64) if value.dtype == np.bool_ else value


def _arithmetic(function: Function) -> Function:
    """Bools are 0/1 in arithmetic."""
    return lambda *arguments: function(*(_as_int(a) for a in arguments))


ELEMENTWISE: Mapping[str, Function] = MappingProxyType(
    {
        "add": _arithmetic(np.add), "subtract": _arithmetic(np.subtract),
        "multiply": _arithmetic(np.multiply), "true_divide": _arithmetic(np.true_divide),
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
        "relu": lambda x: np.maximum(x, 0), "minimum": np.minimum, "maximum": np.maximum,
        "mod": np.mod, "asfarray": lambda x: np.asarray(x, dtype=np.float64),
    }
)  # fmt: skip
"""Elementwise functions, under the `numpy` names of the table of functions."""


def _logsumexp(value: Array, axes: tuple[int, ...]) -> Any:
    from scipy import special

    return special.logsumexp(value, axis=axes)


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
        "any": lambda x, axes: np.any(x, axis=axes),
        "all": lambda x, axes: np.all(x, axis=axes),
        "logsumexp": _logsumexp,
    }
)
"""Functions over named dimensions, which the result lacks."""

CUMULATIONS: Mapping[str, Reduction] = MappingProxyType(
    {
        "softmax": _softmax,
        "cumsum": lambda x, axes: np.cumsum(_as_int(x), axis=axes[0]),
        "cumprod": lambda x, axes: np.cumprod(_as_int(x), axis=axes[0]),
    }
)
"""Functions along a named dimension, which the result keeps."""


def _solve(matrix: Array, right: Array) -> Any:
    is_vector = right.ndim == matrix.ndim - 1
    solved = np.linalg.solve(matrix, right[..., None] if is_vector else right)
    return solved[..., 0] if is_vector else solved


ARRAY_FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "cholesky": np.linalg.cholesky,
        "inverse": np.linalg.inv,
        "solve": _solve,
        "det": np.linalg.det,
        "log_det": lambda x: np.linalg.slogdet(x)[1],
    }
)
"""Functions of whole arrays, over the last axes."""
