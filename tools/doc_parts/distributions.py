"""The families of distributions, and what other tools call them."""

from __future__ import annotations

from typing import Any

from doc_parts.markdown import code, table

_KINDS = {
    "real": "a real number",
    "int": "a whole number",
    "index": "a member of a dimension",
    "any": "what the declared type says",
    "inherited": "that of the distribution it is built on",
    "bool": "0 or 1",
    "simplex": "a simplex",
    "ordered": "rising numbers",
    "corr": "a correlation matrix",
    "cholesky_corr": "the Cholesky factor of a correlation matrix",
    "cov": "a covariance matrix",
}
_ROLES = {
    "vector": "a vector along the event dimension",
    "matrix": "a square matrix over the event dimension",
    "categories": "along one dimension that the left side lacks",
    "cutpoints": "along one dimension, one shorter than the categories",
    "distribution": "a distribution",
    "components": "a distribution over the weights' dimension, or a list `[D(...), E(...)]`",
}


def _ranged(support: Any) -> str:
    kind = _KINDS.get(support.kind.value, support.kind.value)
    low, high = support.lower, support.upper
    if low is None and high is None:
        return kind
    short = {"real": "real", "int": "int"}.get(support.kind.value, kind)

    def end(limit: Any) -> str:
        if isinstance(limit.value, str):
            return str(limit.value)
        return "pi" if abs(limit.value) == 3.141592653589793 else f"{abs(limit.value):g}"

    def signed(limit: Any) -> str:
        is_negative = not isinstance(limit.value, str) and limit.value < 0
        return f"{'-' if is_negative else ''}{end(limit)}"

    if low is not None and high is not None:
        left, right = ("<" if limit.is_strict else "<=" for limit in (low, high))
        return code(f"{signed(low)} {left} {short} {right} {signed(high)}")
    if low is not None:
        return code(f"{short} {'>' if low.is_strict else '>='} {signed(low)}")
    return code(f"{short} {'<' if high.is_strict else '<='} {signed(high)}")


def _usage(family: Any, form: Any, is_first: bool) -> str:
    names = [p.name if is_first else f"{p.name} = ..." for p in form.parameters]
    return f"{family.name}({', '.join(names)})"


def _spelled(family: Any) -> str:
    """What each backend calls it."""
    spellings = [
        ", ".join(dict.fromkeys(code(spelling.callable) for spelling in row))
        for row in (
            [form.numpyro for form in family.forms],
            [form.pyro or form.numpyro for form in family.forms],
        )
    ]
    if spellings[0] == spellings[1]:
        return f"In generated programs: {spellings[0]}."
    return f"In generated NumPyro: {spellings[0]}; in Pyro: {spellings[1]}."


def _family(family: Any) -> str:
    usages = [code(_usage(family, form, i == 0)) for i, form in enumerate(family.forms)]
    seen: dict[str, Any] = {p.name: p for form in family.forms for p in form.parameters}
    rows = [
        (
            code(p.name) + ("" if p.is_required else " (optional)"),
            _ROLES[p.role.value]
            if p.role.value in ("distribution", "components")
            else _ranged(p.support)
            + (f", {_ROLES[p.role.value]}" if p.role.value in _ROLES else ""),
            p.help,
        )
        for p in seen.values()
    ]
    event = {0: "", 1: "One draw spans the last dimension.", 2: "One draw spans the last two."}
    facts = [f"Draws: {_ranged(family.support)}.", event[family.event_rank]]
    if family.has_cdf:
        facts.append("A narrowed support truncates it; `Censored` takes it.")
    if family.location_scale is not None and family.location_scale.location is not None:
        facts.append("It has a non-centred form.")
    parts = [
        f"### {family.name}",
        family.summary,
        " or ".join(usages),
        table(("parameter", "values", "meaning"), rows) if rows else "",
        " ".join(fact for fact in facts if fact),
        f"```math\n{family.formula}\n```",
        f"{_spelled(family)} Source: {family.source}." if family.source else _spelled(family),
    ]
    return "\n\n".join(part for part in parts if part)


def distributions() -> str:
    """The reference of every family, in the order of the table's files."""
    from gendsl.distributions import table

    titles = {
        "continuous": "On the whole line",
        "positive": "On the positive line",
        "bounded": "On an interval",
        "discrete": "Counts",
        "categorical": "Categories",
        "multivariate": "Vectors",
        "matrix": "Matrices",
        "combinators": "Built on other distributions",
    }
    parts = []
    for module in table._MODULES:
        parts.append(f"## {titles[module.__name__.rpartition('.')[2]]}")
        parts.extend(_family(family) for family in module.FAMILIES)
    return "\n\n".join(parts)


def family_list() -> str:
    """Every family on a few lines."""
    from gendsl.distributions.table import FAMILIES

    return ", ".join(f"[{name}](#{name.lower()})" for name in FAMILIES) + "."


def aliases() -> str:
    """What other tools call a family."""
    from gendsl.distributions.aliases import ALIASES

    written: dict[str, list[str]] = {}
    for name, alias in ALIASES.items():
        written.setdefault(alias.written, []).append(name)
    return table(
        ("elsewhere", "here"),
        ((", ".join(map(code, names)), code(here)) for here, names in written.items()),
    )
