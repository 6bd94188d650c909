"""The Jacobian that a prior on a function of a latent lacks, as a statement to add."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from gendsl.ir.expr import Const, Expr, Op

LOG_DERIVATIVES: Mapping[str, str] = MappingProxyType(
    {
        "log": "-log({0})",
        "log2": "-log({0})",
        "log10": "-log({0})",
        "log1p": "-log1p({0})",
        "log1m": "-log1m({0})",
        "exp": "{0}",
        "expm1": "{0}",
        "sqrt": "-0.5 * log({0})",
        "cbrt": "-2 / 3 * log(abs({0}))",
        "square": "log(abs({0}))",
        "logit": "-log({0}) - log1m({0})",
        "inv_logit": "log_inv_logit({0}) + log1m_inv_logit({0})",
        "log1p_exp": "log_inv_logit({0})",
        "tanh": "log1m(tanh({0})^2)",
        "Phi": "-0.5 * ({0})^2",
        "cloglog": "-log1m({0}) - log(-log1m({0}))",
        "inv_cloglog": "{0} - exp({0})",
    }
)
"""log |f'(x)| of functions of one number, constants left out."""


def jacobian_statement(expr: Expr, is_linear: Callable[[Expr], bool]) -> str | None:
    """`factor -log(x)` for a scored `log(x)`: the log of the derivative, up to a constant.

    None where the value is no function of one linear part: its determinant is the user's to write.
    """
    match expr:
        case Op("^", (base, Const(power))) if is_linear(base):
            found = _text(base)
            return None if found is None else f"factor {power - 1:g} * log(abs({found}))"
        case Op("/", (left, right)) if isinstance(left, Const) and is_linear(right):
            found = _text(right)
            return None if found is None else f"factor -2 * log(abs({found}))"
        case Op(name, (argument,)) if name in LOG_DERIVATIVES and is_linear(argument):
            found = _text(argument)
            return None if found is None else f"factor {LOG_DERIVATIVES[name].format(found)}"
        case _:
            return None


def _text(expr: Expr) -> str | None:
    return expr.span.text if expr.span is not None else None
