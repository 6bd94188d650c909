"""The table of functions: one row each, read by the checker, the backends and the docs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gendsl.ir.function_row import INFINITY, POSITIVE, UNIT, B, FunctionRow, J, R, Result
from gendsl.ir.function_row import function as _function
from gendsl.ir.function_row import operator as _operator
from gendsl.ir.special_functions import SPECIAL

_operators = (
    _operator("+", "+", 50, J, "add"),
    _operator("-", "-", 50, J, "subtract"),
    _operator("*", "*", 60, J, "multiply"),
    _operator("/", "/", 60, R, "true_divide"),
    _operator("//", "//", 60, J, "floor_divide"),
    _operator("%", "%", 60, J, "mod"),
    _operator("^", "**", 80, J, "power"),
    _operator("<", "<", 30, B, "less"),
    _operator("<=", "<=", 30, B, "less_equal"),
    _operator(">", ">", 30, B, "greater"),
    _operator(">=", ">=", 30, B, "greater_equal"),
    _operator("==", "==", 30, B, "equal"),
    _operator("!=", "!=", 30, B, "not_equal"),
    FunctionRow("neg", (1, 1), J, "-{0}", 70, "negative"),
    FunctionRow("and", (2, 2), B, "jnp.logical_and({0}, {1})", 100, "logical_and"),
    FunctionRow("or", (2, 2), B, "jnp.logical_or({0}, {1})", 100, "logical_or"),
    FunctionRow("not", (1, 1), B, "jnp.logical_not({0})", 100, "logical_not"),
    FunctionRow(
        "if",
        (3, 3),
        Result.BRANCHES,
        "jnp.where({0}, {1}, {2})",
        100,
        "where",
        help="`if(c, a, b)`: `a` where `c` holds, else `b`, elementwise",
    ),
)

_functions = (
    _function("exp", "jnp.exp", "exp", "e to the power x", range=POSITIVE, is_increasing=True),
    _function(
        "expm1", "jnp.expm1", "expm1", "exp(x) - 1", range=(-1.0, INFINITY), is_increasing=True
    ),
    _function("log", "jnp.log", "log", "natural logarithm", domain=POSITIVE, is_increasing=True),
    _function(
        "log2", "jnp.log2", "log2", "logarithm to base 2", domain=POSITIVE, is_increasing=True
    ),
    _function(
        "log10", "jnp.log10", "log10", "logarithm to base 10", domain=POSITIVE, is_increasing=True
    ),
    _function(
        "log1p", "jnp.log1p", "log1p", "log(1 + x)", domain=(-1.0, INFINITY), is_increasing=True
    ),
    _function(
        "log1p_exp",
        "jax.nn.softplus",
        "softplus",
        "log(1 + exp(x)), stable",
        range=POSITIVE,
        is_increasing=True,
    ),
    _function("log1m", "jnp.log1p(-{0})", "log1m", "log(1 - x)", domain=(-INFINITY, 1.0)),
    _function(
        "sqrt",
        "jnp.sqrt",
        "sqrt",
        "square root",
        domain=POSITIVE,
        range=POSITIVE,
        is_increasing=True,
    ),
    _function("square", "jnp.square", "square", "x^2", range=POSITIVE, result=J),
    _function("abs", "jnp.abs", "abs", "absolute value", range=POSITIVE, result=J),
    _function("sign", "jnp.sign", "sign", "-1, 0 or 1", range=(-1.0, 1.0), result=J),
    _function("floor", "jnp.floor", "floor", "largest integer not above x"),
    _function("ceil", "jnp.ceil", "ceil", "smallest integer not below x"),
    _function("round", "jnp.round", "round", "nearest integer"),
    _function("sin", "jnp.sin", "sin", "sine, radians", range=(-1.0, 1.0)),
    _function("cos", "jnp.cos", "cos", "cosine, radians", range=(-1.0, 1.0)),
    _function("tan", "jnp.tan", "tan", "tangent, radians"),
    _function("asin", "jnp.arcsin", "arcsin", "inverse sine", domain=(-1.0, 1.0)),
    _function("acos", "jnp.arccos", "arccos", "inverse cosine", domain=(-1.0, 1.0)),
    _function("atan", "jnp.arctan", "arctan", "inverse tangent", is_increasing=True),
    _function(
        "atan2", "jnp.arctan2", "arctan2", "angle of the point (x, y), given y and x", arity=2
    ),
    _function("sinh", "jnp.sinh", "sinh", "hyperbolic sine", is_increasing=True),
    _function("cosh", "jnp.cosh", "cosh", "hyperbolic cosine", range=(1.0, INFINITY)),
    _function(
        "tanh", "jnp.tanh", "tanh", "hyperbolic tangent", range=(-1.0, 1.0), is_increasing=True
    ),
    _function(
        "logit", "special.logit", "logit", "log(p / (1 - p))", domain=UNIT, is_increasing=True
    ),
    _function(
        "inv_logit", "special.expit", "expit", "1 / (1 + exp(-x))", range=UNIT, is_increasing=True
    ),
    _function(
        "log_inv_logit",
        "jax.nn.log_sigmoid",
        "log_expit",
        "log(inv_logit(x)), stable",
        range=(-INFINITY, 0.0),
        is_increasing=True,
    ),
    _function(
        "inv_cloglog",
        "-jnp.expm1(-jnp.exp({0}))",
        "inv_cloglog",
        "1 - exp(-exp(x))",
        range=UNIT,
        is_increasing=True,
    ),
    _function(
        "cloglog",
        "jnp.log(-jnp.log1p(-{0}))",
        "cloglog",
        "log(-log(1 - p))",
        domain=UNIT,
        is_increasing=True,
    ),
    _function(
        "Phi",
        "special.ndtr",
        "ndtr",
        "standard normal distribution function",
        range=UNIT,
        is_increasing=True,
    ),
    _function(
        "inv_Phi",
        "special.ndtri",
        "ndtri",
        "standard normal quantile",
        domain=UNIT,
        is_increasing=True,
    ),
    _function(
        "log_Phi",
        "special.log_ndtr",
        "log_ndtr",
        "log of the standard normal distribution function",
        range=(-INFINITY, 0.0),
        is_increasing=True,
    ),
    _function("erf", "special.erf", "erf", "error function", range=(-1.0, 1.0), is_increasing=True),
    _function("erfc", "special.erfc", "erfc", "1 - erf(x)", range=(0.0, 2.0)),
    _function("lgamma", "special.gammaln", "gammaln", "log of the gamma function"),
    _function("digamma", "special.digamma", "digamma", "derivative of lgamma"),
    _function("lbeta", "special.betaln", "betaln", "log of the beta function", arity=2),
    _function(
        "lchoose",
        "special.gammaln({0} + 1) - special.gammaln({1} + 1) - special.gammaln({0} - {1} + 1)",
        "lchoose",
        "log of the binomial coefficient",
        arity=2,
    ),
    _function("relu", "jax.nn.relu", "relu", "max(x, 0)", range=POSITIVE, is_increasing=True),
    _function("gelu", "jax.nn.gelu({0}, approximate=False)", "gelu", "x * Phi(x)"),
    _function("silu", "jax.nn.silu", "silu", "x * inv_logit(x)"),
    _function("min", "jnp.minimum", "minimum", "the smaller of two", arity=2, result=J),
    _function("max", "jnp.maximum", "maximum", "the larger of two", arity=2, result=J),
    _function("mod", "jnp.mod", "mod", "remainder of x / y", arity=2, result=J),
    _function("real", "{0} * 1.0", "asfarray", "an int as a real"),
)

FUNCTIONS: Mapping[str, FunctionRow] = MappingProxyType(
    {row.name: row for row in (*_operators, *_functions, *SPECIAL)}
)
"""Elementwise operations and functions by name."""

OPERATORS = frozenset(row.name for row in _operators)
"""The rows that are written as operators (or as `if`), not called by name."""

CONSTANTS: Mapping[str, float] = MappingProxyType(
    {"pi": 3.141592653589793, "e": 2.718281828459045, "inf": INFINITY}
)
"""Named numbers."""


@dataclass(frozen=True, slots=True)
class DimFunctionRow:
    """A function over named dimensions: `sum[k](x)`; `keeps` says that its result has them too.

    `grouped` names JAX's function for it by group, where there is one; `helper` the module that
    programs carry for either.
    """

    name: str
    numpyro: str
    result: Result
    keeps: bool = False
    grouped: str = ""
    helper: str | None = None
    range: tuple[float, float] = (-INFINITY, INFINITY)
    help: str = ""


DIM_FUNCTIONS: Mapping[str, DimFunctionRow] = MappingProxyType(
    {
        row.name: row
        for row in (
            DimFunctionRow(
                "sum", "jnp.sum({0}, axis={axis})", J, grouped="jax.ops.segment_sum", help="sum"
            ),
            DimFunctionRow(
                "prod",
                "jnp.prod({0}, axis={axis})",
                J,
                grouped="jax.ops.segment_prod",
                help="product",
            ),
            DimFunctionRow("mean", "jnp.mean({0}, axis={axis})", R, help="mean"),
            DimFunctionRow(
                "sd",
                "jnp.std({0}, axis={axis}, ddof=1)",
                R,
                range=POSITIVE,
                help="sample standard deviation (n - 1)",
            ),
            DimFunctionRow(
                "var",
                "jnp.var({0}, axis={axis}, ddof=1)",
                R,
                range=POSITIVE,
                help="sample variance (n - 1)",
            ),
            DimFunctionRow("median", "jnp.median({0}, axis={axis})", R, help="median"),
            DimFunctionRow(
                "norm",
                "jnp.sqrt(jnp.sum(jnp.square({0}), axis={axis}))",
                R,
                range=POSITIVE,
                help="root of the sum of squares",
            ),
            DimFunctionRow(
                "argmax",
                "jnp.argmax({0}, axis={axis})",
                Result.INDEX,
                range=POSITIVE,
                help="the member with the largest, an index",
            ),
            DimFunctionRow(
                "argmin",
                "jnp.argmin({0}, axis={axis})",
                Result.INDEX,
                range=POSITIVE,
                help="the member with the smallest, an index",
            ),
            DimFunctionRow(
                "max",
                "largest({0}, axis={axis})",
                J,
                grouped="largest_by_group",
                helper="extremes",
                help="largest",
            ),
            DimFunctionRow(
                "min",
                "smallest({0}, axis={axis})",
                J,
                grouped="smallest_by_group",
                helper="extremes",
                help="smallest",
            ),
            DimFunctionRow("any", "jnp.any({0}, axis={axis})", B, help="true where any is"),
            DimFunctionRow("all", "jnp.all({0}, axis={axis})", B, help="true where all are"),
            DimFunctionRow(
                "logsumexp",
                "special.logsumexp({0}, axis={axis})",
                R,
                help="log of the sum of exponentials, stable",
            ),
            DimFunctionRow(
                "softmax",
                "jax.nn.softmax({0}, axis={axis})",
                R,
                keeps=True,
                range=UNIT,
                help="exponentials, normalised to sum to 1",
            ),
            DimFunctionRow(
                "log_softmax",
                "jax.nn.log_softmax({0}, axis={axis})",
                R,
                keeps=True,
                range=(-INFINITY, 0.0),
                help="log(softmax), stable",
            ),
            DimFunctionRow(
                "sort", "jnp.sort({0}, axis={axis})", J, keeps=True, help="in increasing order"
            ),
            DimFunctionRow(
                "cumsum",
                "jnp.cumsum({0}, axis={axis})",
                J,
                keeps=True,
                help="running sum, this position included",
            ),
            DimFunctionRow(
                "cumprod",
                "jnp.cumprod({0}, axis={axis})",
                J,
                keeps=True,
                help="running product, this position included",
            ),
        )
    }
)
"""Functions over named dimensions by name."""

FUNCTION_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "sigmoid": "inv_logit",
        "expit": "inv_logit",
        "invlogit": "inv_logit",
        "ilogit": "inv_logit",
        "softplus": "log1p_exp",
        "ln": "log",
        "gamma": "tgamma",
        "gammaln": "lgamma",
        "loggamma": "lgamma",
        "fabs": "abs",
        "fmin": "min",
        "fmax": "max",
        "minimum": "min",
        "maximum": "max",
        "pow": "^",
        "where": "if",
        "switch": "if",
        "if_else": "if",
        "ifelse": "if",
        "normal_cdf": "Phi",
        "log_sigmoid": "log_inv_logit",
        "std": "sd",
        "log_sum_exp": "logsumexp",
        "fma": "+",
        "outer": "*",
        "polygamma": "trigamma",
        "gammainc": "gamma_p",
        "gammaincc": "gamma_q",
        "betainc": "inc_beta",
        "beta_inc": "inc_beta",
        "arcsinh": "asinh",
        "arccosh": "acosh",
        "arctanh": "atanh",
        "comb": "choose",
        "binomial": "choose",
        "log_factorial": "lfactorial",
        "i0": "bessel_i0",
        "i1": "bessel_i1",
        "expn": "exp1",
        "inverse_erf": "erfinv",
        "inv_erf": "erfinv",
        "variance": "var",
        "multiply_log": "xlogy",
        "lmultiply": "xlogy",
        "matrix_multiply": "matmul",
        "chol": "cholesky",
        "cholesky_decompose": "cholesky",
        "inv": "inverse",
        "matrix_inverse": "inverse",
        "logdet": "log_det",
        "log_determinant": "log_det",
        "determinant": "det",
        "dot_product": "dot",
        "inner": "dot",
        "eigh": "eigenvalues",
        "eigenvalues_sym": "eigenvalues",
        "eigenvectors_sym": "eigenvectors",
        "expm": "matrix_exp",
        "mdivide_left": "solve",
        "mdivide_left_tri_low": "solve_lower",
        "solve_triangular": "solve_lower",
        "cho_solve": "solve_cholesky",
        "diag_matrix": "diag",
        "eye": "diag",
        "identity_matrix": "diag",
        "quad_form_sym": "quad_form",
    }
)
"""What other tools call a row; read by the checker's help only."""
