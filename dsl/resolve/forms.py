"""Which family a call names, and in which of its forms."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.distributions.aliases import ALIASES
from gendsl.distributions.family import Family, Form, Role
from gendsl.distributions.table import FAMILIES
from gendsl.frontend import ast
from gendsl.resolve.expressions import Expressions
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.pfns.network_families import family_of, used_network

FOREIGN_PARAMETERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "mu": ("loc", "mean", "rate", "eta"),
        "mean": ("loc", "rate"),
        "location": ("loc",),
        "m": ("loc",),
        "median": ("loc",),
        "sigma": ("scale",),
        "sd": ("scale",),
        "std": ("scale",),
        "stddev": ("scale",),
        "s": ("scale",),
        "b": ("scale",),
        "beta": ("rate", "scale", "b"),
        "alpha": ("shape", "dispersion", "concentration", "a"),
        "a": ("shape", "concentration"),
        "nu": ("df",),
        "dof": ("df",),
        "lam": ("rate",),
        "lambda": ("rate",),
        "log_lam": ("log_rate",),
        "log_mean": ("log_rate",),
        "probs": ("p",),
        "prob": ("p",),
        "theta": ("p",),
        "logits": ("logit",),
        "logit_p": ("logit",),
        "total_count": ("n",),
        "trials": ("n",),
        "size": ("n",),
        "phi": ("dispersion",),
        "lower": ("low",),
        "upper": ("high",),
        "minval": ("low",),
        "maxval": ("high",),
        "concentration": ("shape", "a"),
        "concentration1": ("a",),
        "concentration0": ("b",),
        "eta": ("concentration",),
        "cov": ("covariance",),
        "covariance_matrix": ("covariance",),
        "Sigma": ("covariance",),
        "chol": ("cholesky",),
        "scale_tril": ("cholesky",),
        "precision_matrix": ("precision",),
        "w": ("weights",),
        "comp_dists": ("component",),
        "dist": ("base",),
    }
)
"""What other tools call a parameter: the first that the family has is meant. For help only."""

SPREADS: Mapping[str, str] = MappingProxyType(
    {
        "var": "sqrt({})",
        "variance": "sqrt({})",
        "sigma2": "sqrt({})",
        "tau": "1 / sqrt({})",
        "precision": "1 / sqrt({})",
    }
)
"""Other measures of spread, by what makes a standard deviation of them."""

ELSEWHERE: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("Bernoulli", "n"): "the successes of several trials are `Binomial(n, p)`",
        ("Categorical", "n"): "the counts of several draws are `Multinomial(n, p)`",
        ("Poisson", "exposure"): "the rate is multiplied by it: `Poisson(exposure * rate)`",
    }
)
"""Parameters that another family or another formula has."""


def find_family(expressions: Expressions, call: ast.Call) -> Family:
    """The row that a call names, or an error with what it should have been."""
    name, span = call.function.id, call.function.span
    family = FAMILIES.get(name)
    if family is not None:
        return family
    if name in expressions.symbols.trained.declared:
        return family_of(used_network(expressions, call))
    alias = ALIASES.get(name)
    if alias is not None:
        raise expressions.fail(
            "G0301",
            f"no distribution is called `{name}`",
            span,
            "unknown distribution",
            help=f"here it is written `{alias.written}`",
        )
    close = nearest(name, (*FAMILIES, *expressions.symbols.submodels))
    known = "`gendsl explain G0301` lists them"
    raise expressions.fail(
        "G0301",
        f"no distribution or submodel is called `{name}`",
        span,
        "unknown distribution",
        help=f"did you mean `{close}`?" if close else known,
    )


def find_form(expressions: Expressions, call: ast.Call, family: Family) -> Form:
    """The form whose parameters are those that are given."""
    named = {a.name: a for a in call.arguments if a.name is not None}
    positional = [a for a in call.arguments if a.name is None]
    every = {p.name for form in family.forms for p in form.parameters}
    unknown = {n: a for n, a in named.items() if n not in every}
    if unknown:
        for name, argument in unknown.items():
            close = nearest(name, tuple(every))
            expressions.fail(
                "G0302",
                f"`{family.name}` has no parameter `{name}`",
                argument.span,
                "unknown parameter",
                help=_parameter_help(family, str(name), argument.value.span.text, close, every),
            )
        raise Unresolved
    again = next((a for a in call.arguments if a.name and named[a.name] is not a), None)
    if again is not None:
        raise expressions.fail(
            "G0302",
            f"`{again.name}` of `{family.name}` is given twice",
            named[str(again.name)].span,
            "the second time",
            help="give each parameter once",
        )
    fitting: list[Form] = []
    for form in family.forms:
        names = [p.name for p in form.parameters]
        taken = set(names[: len(positional)])
        if len(positional) <= len(names) and set(named) <= set(names) - taken:
            fitting.append(form)
    if not fitting:
        raise expressions.fail(
            "G0302",
            f"these are not parameters of one form of `{family.name}`",
            call.span,
            f"{len(positional)} by position" + (f" and {', '.join(named)}" if named else ""),
            help=_usage(family),
        )
    form = min(fitting, key=lambda form: len(_lacking(form, len(positional), named)))
    lacking = _lacking(form, len(positional), named)
    if lacking:
        missing = listed(lacking)
        raise expressions.fail(
            "G0302", f"`{family.name}` lacks {missing}", call.span, "not given", help=_usage(family)
        )
    return form


def _parameter_help(
    family: Family, name: str, value: str, close: str | None, every: set[str]
) -> str:
    """The parameter that is meant, in the family's own words."""
    usage = _usage(family)
    if family.name in ("Normal", "LogNormal", "HalfNormal") and name in SPREADS:
        return f"`scale` is the standard deviation: `scale = {SPREADS[name].format(value)}`"
    if (family.name, name) in (("Exponential", "scale"), ("Gamma", "scale")):
        return f"`rate` is the inverse of the scale: `rate = 1 / {value}`"
    if (family.name, name) in ELSEWHERE:
        return ELSEWHERE[family.name, name]
    meant = next((p for p in FOREIGN_PARAMETERS.get(name, ()) if p in every), close)
    if meant is None:
        return usage
    return f"here it is called `{meant}`: {usage}" if meant != close else f"did you mean `{meant}`?"


def _lacking(form: Form, positional: int, named: Mapping[str, ast.Argument]) -> list[str]:
    """The required parameters that are not given."""
    rest = form.parameters[positional:]
    return [p.name for p in rest if p.is_required and p.name not in named]


def _usage(family: Family) -> str:
    """`write `Poisson(rate)` or `Poisson(log_rate = ...)``."""
    forms = []
    for i, form in enumerate(family.forms):
        names = [p.name if i == 0 else f"{p.name} = ..." for p in form.parameters]
        forms.append(f"`{family.name}({', '.join(names)})`")
        if any(p.role is Role.COMPONENTS for p in form.parameters):
            forms.append(f"`{family.name}([p, 1 - p], [A, B])`")
    return f"write {' or '.join(dict.fromkeys(forms))}"


def pair(call: ast.Call, form: Form) -> dict[str, ast.Expr]:
    """What was written for each parameter."""
    pairs: dict[str, ast.Expr] = {}
    names = [p.name for p in form.parameters]
    for argument, name in zip([a for a in call.arguments if a.name is None], names, strict=False):
        pairs[name] = argument.value
    pairs |= {a.name: a.value for a in call.arguments if a.name is not None}
    return pairs
