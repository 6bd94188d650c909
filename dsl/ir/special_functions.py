"""Rows of special functions: of the gamma, beta, error and Bessel families, and stable logs."""

from __future__ import annotations

from gendsl.ir.function_row import INFINITY, POSITIVE, UNIT, FunctionRow, function

_NEGATIVE = (-INFINITY, 0.0)
_FROM_ONE = (1.0, INFINITY)

SPECIAL: tuple[FunctionRow, ...] = (
    function("exp2", "jnp.exp2", "exp2", "2 to the power x", range=POSITIVE, is_increasing=True),
    function("cbrt", "jnp.cbrt", "cbrt", "cube root", is_increasing=True),
    function("trunc", "jnp.trunc", "trunc", "the whole part, towards 0"),
    function(
        "hypot", "jnp.hypot", "hypot", "sqrt(x^2 + y^2)", arity=2, range=POSITIVE
    ),
    function(
        "asinh", "jnp.arcsinh", "arcsinh", "inverse hyperbolic sine", is_increasing=True
    ),
    function(
        "acosh", "jnp.arccosh", "arccosh", "inverse hyperbolic cosine",
        domain=_FROM_ONE, range=POSITIVE, is_increasing=True,
    ),
    function(
        "atanh", "jnp.arctanh", "arctanh", "inverse hyperbolic tangent",
        domain=(-1.0, 1.0), is_increasing=True,
    ),
    function(
        "log1m_exp", "log1mexp", "log1m_exp", "log(1 - exp(x)) for x < 0, stable",
        domain=_NEGATIVE, range=_NEGATIVE, helper="log1mexp",
    ),
    function(
        "log_diff_exp", "{0} + log1mexp({1} - {0})", "log_diff_exp",
        "log(exp(x) - exp(y)) for x > y, stable", arity=2, helper="log1mexp",
    ),
    function(
        "logaddexp", "jnp.logaddexp", "logaddexp", "log(exp(x) + exp(y)), stable", arity=2
    ),
    function(
        "log1m_inv_logit", "jax.nn.log_sigmoid(-{0})", "log1m_inv_logit",
        "log(1 - inv_logit(x)), stable", range=_NEGATIVE,
    ),
    function("xlogy", "special.xlogy", "xlogy", "x * log(y), 0 where x is 0", arity=2),
    function(
        "xlog1py", "special.xlog1py", "xlog1py", "x * log(1 + y), 0 where x is 0", arity=2
    ),
    function(
        "erfinv", "special.erfinv", "erfinv", "inverse of erf",
        domain=(-1.0, 1.0), is_increasing=True,
    ),
    function("tgamma", "special.gamma", "gamma", "gamma function"),
    function("trigamma", "special.polygamma(1, {0})", "trigamma", "derivative of digamma"),
    function(
        "lfactorial", "special.gammaln({0} + 1)", "lfactorial", "log of x!", domain=(-1.0, INFINITY)
    ),
    function(
        "choose",
        "jnp.exp(special.gammaln({0} + 1) - special.gammaln({1} + 1)"
        " - special.gammaln({0} - {1} + 1))",
        "choose", "binomial coefficient", arity=2,
    ),
    function(
        "gamma_p", "special.gammainc({0} * 1.0, {1} * 1.0)", "gammainc",
        "lower regularised incomplete gamma function, of shape a and x",
        arity=2, domain=POSITIVE, range=UNIT,
    ),
    function(
        "gamma_q", "special.gammaincc({0} * 1.0, {1} * 1.0)", "gammaincc",
        "upper regularised incomplete gamma function, of shape a and x",
        arity=2, domain=POSITIVE, range=UNIT,
    ),
    function(
        "inc_beta",
        "jnp.exp(log_beta_tails({0} * 1.0, {1} * 1.0, {2} * 1.0, 1.0 - {2})[0])",
        "betainc",
        "regularised incomplete beta function, of shapes a, b and x between 0 and 1",
        arity=3, domain=POSITIVE, range=UNIT, helper="log_beta_tails",
    ),
    function(
        "bessel_i0", "special.i0", "i0", "modified Bessel function of order 0", range=_FROM_ONE
    ),
    function("bessel_i1", "special.i1", "i1", "modified Bessel function of order 1"),
    function("bessel_i0e", "special.i0e", "i0e", "exp(-abs(x)) * bessel_i0(x)", range=UNIT),
    function("bessel_i1e", "special.i1e", "i1e", "exp(-abs(x)) * bessel_i1(x)", range=(-1.0, 1.0)),
    function(
        "exp1", "special.exp1", "exp1", "exponential integral E1",
        domain=POSITIVE, range=POSITIVE,
    ),
    function("expi", "special.expi", "expi", "exponential integral Ei"),
)  # fmt: skip
"""Elementwise functions beyond the usual ones."""
