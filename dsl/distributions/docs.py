"""The reference page of distributions, made from the table."""

from __future__ import annotations

from gendsl.distributions.family import Family, FamilyParameter, Form
from gendsl.distributions.support import Limit, Support, SupportKind
from gendsl.distributions.table import FAMILIES

_INTRODUCTION = """# Distributions

This page is generated from the distribution table (`gendsl/distributions/`): do not edit it.

`Poisson(rate)` and `Poisson(log_rate = eta)` are two forms of one family: arguments are given in
the order shown, or by name. A form is chosen by the names of its arguments.
"""

_KINDS = {
    SupportKind.REAL: "real",
    SupportKind.INT: "integers",
    SupportKind.BOOL: "0 or 1",
    SupportKind.INDEX: "categories",
    SupportKind.ANY: "the declared type's",
    SupportKind.INHERITED: "the base's",
}


def reference_markdown() -> str:
    """Return the page: a table of every family, then a section for each."""
    rows = [_row(family) for family in FAMILIES.values()]
    table = "\n".join(["| family | values | what it is |", "|---|---|---|", *rows])
    return "\n\n".join([_INTRODUCTION.strip(), table, *map(_section, FAMILIES.values())]) + "\n"


def signature(family: Family, form: Form) -> str:
    """Return `Name(a, b)` as a user writes this form; all but the first form's own are named."""
    usual = {parameter.name for parameter in family.forms[0].parameters}
    is_first = form is family.forms[0]
    arguments = [
        p.name if p.is_required and (is_first or p.name in usual) else f"{p.name} = ..."
        for p in form.parameters
    ]
    return f"{family.name}({', '.join(arguments)})"


def support_text(support: Support) -> str:
    """Return a support in words and inequalities: `real > 0`, `0 <= integers <= n`, `simplex`."""
    kind = _KINDS.get(support.kind, support.kind.value)
    lower, upper = support.lower, support.upper
    if lower is not None and upper is not None:
        return f"{_number(lower)} {_sign(lower)} {kind} {_sign(upper)} {_number(upper)}"
    if lower is not None:
        return f"{kind} {_sign(lower).replace('<', '>')} {_number(lower)}"
    if upper is not None:
        return f"{kind} {_sign(upper)} {_number(upper)}"
    return kind


def _sign(limit: Limit) -> str:
    return "<" if limit.is_strict else "<="


def _number(limit: Limit) -> str:
    return limit.value if isinstance(limit.value, str) else f"{limit.value:.6g}"


def _row(family: Family) -> str:
    link = f"[`{family.name}`](#{family.name.lower()})"
    return f"| {link} | {support_text(family.support)} | {family.summary} |"


def _section(family: Family) -> str:
    forms = "\n".join(signature(family, form) for form in family.forms)
    parameters: dict[str, FamilyParameter] = {
        p.name: p for form in family.forms for p in form.parameters
    }
    lines = ["| parameter | values | meaning |", "|---|---|---|"]
    for parameter in parameters.values():
        values = support_text(parameter.support) + _role_text(parameter)
        lines.append(f"| `{parameter.name}` | {values} | {parameter.help} |")
    parts = [f"## {family.name}", family.summary, f"```\n{forms}\n```"]
    if parameters:
        parts.append("\n".join(lines))
    parts += [f"Log density:\n\n$$\n{family.formula}\n$$", _notes(family)]
    return "\n\n".join(part for part in parts if part)


def _role_text(parameter: FamilyParameter) -> str:
    role = parameter.role.value
    return "" if role == "scalar" else f" ({role})"


def _notes(family: Family) -> str:
    notes = [f"Values: {support_text(family.support)}."]
    if family.event_rank:
        count = "dimension makes" if family.event_rank == 1 else "two dimensions make"
        notes.append(f"The last {count} one draw.")
    if family.has_cdf:
        notes.append("It can be truncated (by a narrowed support) and censored.")
    if family.location_scale is not None:
        notes.append("It can be non-centred.")
    notes.append(f"Source: {family.source}.")
    return " ".join(notes)
