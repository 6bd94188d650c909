"""Writes the parts of the docs that follow from tables in the code: `python tools/write_docs.py`.

A page is a file in `docs/`. What stands between `<!-- generated: NAME -->` and `<!-- end -->` is
replaced by what the function of that name in `PARTS` returns; the rest is left as it is.
`--check` writes nothing and exits with 1 where a page is stale.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from typer.models import ArgumentInfo

REPOSITORY = Path(__file__).resolve().parent.parent
DOCS = REPOSITORY / "docs"

_PART = re.compile(r"(<!-- generated: (?P<name>[\w ]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)


def rendered(page: Path) -> str:
    """The page with its generated parts as they should be."""

    def part(match: re.Match[str]) -> str:
        return f"{match[1]}\n{PARTS[match['name']]().strip()}\n\n{match['end']}"

    return _PART.sub(part, page.read_text(encoding="utf-8"))


def stale_pages() -> list[Path]:
    """The pages whose generated parts are behind the code."""
    pages = sorted(DOCS.rglob("*.md"))
    return [page for page in pages if rendered(page) != page.read_text(encoding="utf-8")]


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |"
                     for line in lines)  # fmt: skip


def _code(text: str) -> str:
    return f"`{text}`"


# --- language --------------------------------------------------------------------------------


def keywords() -> str:
    """The words of the grammar, those that are names elsewhere apart."""
    from gendsl.frontend.words import SOFT_KEYWORDS
    from gendsl.grammar.tables import load_tables

    words = load_tables().keywords
    hard = ", ".join(_code(word) for word in words if word not in SOFT_KEYWORDS)
    soft = ", ".join(_code(word) for word in words if word in SOFT_KEYWORDS)
    return (
        f"Keywords, which cannot be names: {hard}.\n\n"
        f"Words with a meaning in one place, which are names everywhere else: {soft}."
    )


def grammar() -> str:
    """The rules of the grammar, with terminals spelled out."""
    from gendsl.grammar.tables import grammar_text, load_tables

    symbols = load_tables().symbols
    rules = grammar_text().partition("// --- terminals ---")[0]
    kept = [line for line in rules.splitlines() if not line.lstrip().startswith("//")]
    text = re.sub(r" *-> \w+$", "", "\n".join(kept), flags=re.MULTILINE)

    def spelled(match: re.Match[str]) -> str:
        return f'"{symbols[match[0]]}"' if match[0] in symbols else match[0]

    text = re.sub(r"\b[A-Z_]{2,}\b", spelled, text)
    text = re.sub(r"^\?", "", text, flags=re.MULTILINE)
    return "```text\n" + re.sub(r"\n{3,}", "\n\n", text).strip() + "\n```"


def functions() -> str:
    """Elementwise functions, operators apart."""
    from gendsl.ir.functions import FUNCTIONS, OPERATORS

    rows = [row for row in FUNCTIONS.values() if row.name not in OPERATORS or row.name == "if"]
    arguments = {1: "x", 2: "x, y", 3: "c, a, b"}
    special = {
        **{"atan2": "y, x", "lchoose": "n, k", "logit": "p", "cloglog": "p", "inv_Phi": "p"},
        **{"choose": "n, k", "gamma_p": "a, x", "gamma_q": "a, x", "inc_beta": "a, b, x"},
    }
    return _table(
        ("function", "meaning"),
        (
            (_code(f"{row.name}({special.get(row.name, arguments[row.arity[0]])})"), row.help)
            for row in rows
        ),
    )


def dimension_functions() -> str:
    """Functions over named dimensions."""
    from gendsl.ir.functions import DIM_FUNCTIONS

    return _table(
        ("function", "meaning", "the dimension"),
        (
            (_code(f"{row.name}[k](x)"), row.help, "stays" if row.keeps else "goes")
            for row in DIM_FUNCTIONS.values()
        ),
    )


def array_functions() -> str:
    """Functions of whole arrays, and those made of them."""
    from gendsl.ir.array_functions import ARRAY_FUNCTIONS, COMPOSED

    rows = [(_code(row.signature), row.help) for row in ARRAY_FUNCTIONS.values()]
    rows += [(_code(call), help) for call, help in COMPOSED.values()]
    return _table(("function", "what it gives"), rows)


def constants() -> str:
    """Named numbers."""
    from gendsl.ir.functions import CONSTANTS

    return "Named numbers: " + ", ".join(_code(name) for name in CONSTANTS) + "."


def joint_types() -> str:
    """The supports that constrain the last dimensions together."""
    from gendsl.distributions.support import event_ranks

    meanings = {
        "simplex": "not negative, sums to 1",
        "ordered": "rising",
        "positive_ordered": "positive and rising",
        "sum_to_zero": "sums to 0",
        "unit_vector": "its squares sum to 1",
        "corr": "a correlation matrix",
        "cholesky_corr": "the Cholesky factor of a correlation matrix",
        "cov": "a covariance matrix",
    }
    return _table(
        ("type", "meaning", "dimensions"),
        (
            (_code(kind.value), meanings[kind.value], "the last" if rank == 1 else "the last 2")
            for kind, rank in event_ranks.items()
        ),
    )


def inference_pieces() -> str:
    """The pieces of inference programs: what each takes and returns."""
    from gendsl.resolve.inference_table import PIECES, Holds

    holds = {Holds.NOTHING: "", Holds.SITES: "quantities", Holds.KERNELS: "kernels"}
    return _table(
        ("piece", "what it is", "is given", "takes", "returns", "gradients"),
        (
            (
                _code(f"{row.name}(...)"),
                row.help,
                holds[row.holds],
                " or ".join(result.value for result in row.takes),
                row.returns.value,
                "yes" if row.has_gradient else "",
            )
            for row in PIECES.values()
        ),
    )


def inference_settings() -> str:
    """The settings of the pieces of inference programs, and of the schedules."""
    from gendsl.resolve.inference_table import PIECES, RUN, SCHEDULES

    owners = [("a program of chains", RUN)]
    owners += [(_code(row.name), row.settings) for row in PIECES.values() if row.settings]
    owners += [(_code(row.name), row.settings) for row in SCHEDULES.values()]
    return _table(
        ("of", "setting", "default", "values", "meaning"),
        (
            (owner if i == 0 else "", _code(s.name), _default(s), _values(s), s.help)
            for owner, settings in owners
            for i, s in enumerate(settings)
        ),
    )


def _default(setting: Any) -> str:
    if setting.default is None:
        return ""
    number = isinstance(setting.default, int | float)
    return f"{setting.default:g}" if number else _code(setting.default)


def _values(setting: Any) -> str:
    from gendsl.resolve.inference_table import MANY, SCHEDULES, Kind

    match setting.kind:
        case Kind.CHOICE:
            return ", ".join(map(_code, setting.words))
        case Kind.SCHEDULE:
            return " or ".join(_code(f"{name}(...)") for name in SCHEDULES)
        case Kind.KERNEL | Kind.WEIGHTS:
            return str(setting.kind)
        case _ if setting.upper < MANY:
            return f"{setting.lower:g} to {setting.upper:g}"
        case _:
            return f"{setting.lower:g} or more"


# --- distributions ---------------------------------------------------------------------------

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
        return _code(f"{signed(low)} {left} {short} {right} {signed(high)}")
    if low is not None:
        return _code(f"{short} {'>' if low.is_strict else '>='} {signed(low)}")
    return _code(f"{short} {'<' if high.is_strict else '<='} {signed(high)}")


def _usage(family: Any, form: Any, is_first: bool) -> str:
    names = [p.name if is_first else f"{p.name} = ..." for p in form.parameters]
    return f"{family.name}({', '.join(names)})"


def _family(family: Any) -> str:
    usages = [_code(_usage(family, form, i == 0)) for i, form in enumerate(family.forms)]
    seen: dict[str, Any] = {p.name: p for form in family.forms for p in form.parameters}
    rows = [
        (
            _code(p.name) + ("" if p.is_required else " (optional)"),
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
    spellings = ", ".join(dict.fromkeys(_code(form.numpyro.callable) for form in family.forms))
    parts = [
        f"### {family.name}",
        family.summary,
        " or ".join(usages),
        _table(("parameter", "values", "meaning"), rows) if rows else "",
        " ".join(fact for fact in facts if fact),
        f"```math\n{family.formula}\n```",
        f"In generated NumPyro: {spellings}. Source: {family.source}."
        if family.source
        else f"In generated NumPyro: {spellings}.",
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
    return _table(
        ("elsewhere", "here"),
        ((", ".join(map(_code, names)), _code(here)) for here, names in written.items()),
    )


# --- errors ----------------------------------------------------------------------------------


def errors() -> str:
    """The catalogue, one heading a code."""
    from gendsl.diagnostics.catalogue import AREAS

    titles = {
        "G01": "G01: text that is not a program",
        "G02": "G02: names, dimensions and indices",
        "G03": "G03: types, supports and distributions",
        "G04": "G04: cycles, recurrences, models and inference programs",
        "G05": "G05: the linter",
        "G06": "G06: data meet the model",
        "G07": "G07: sampling and its results",
        "G08": "G08: files and the command line",
        "G09": "G09: fixed quantities and cross-validation",
    }
    parts = []
    for area, rows in AREAS.items():
        parts.append(f"## {titles[area]}")
        for row in rows:
            parts.append(f"### {row.code}: {row.title}")
            parts.append(f"*{row.severity.value}*")
            parts.append(_explanation(row.explanation))
    return "\n\n".join(parts)


def _explanation(text: str) -> str:
    """Indented lines as fences."""
    lines: list[str] = []
    is_inside = False
    for line in text.rstrip().splitlines():
        if line.startswith("    ") and not is_inside:
            lines += ["", "```text"] if lines and lines[-1] else ["```text"]
            is_inside = True
        elif is_inside and not line.startswith("    "):
            lines += ["```", ""] if line else ["```"]
            is_inside = False
        lines.append(line.removeprefix("    ") if is_inside else line)
    return "\n".join([*lines, "```"] if is_inside else lines)


# --- command line ----------------------------------------------------------------------------


def commands() -> str:
    """Each command with its arguments and options, read off the functions' annotations."""
    from gendsl.cli.main import app

    parts = []
    for command in app.registered_commands:
        assert command.callback is not None and command.name is not None
        parameters = inspect.signature(command.callback, eval_str=True).parameters.values()
        arguments, options = [], []
        for parameter in parameters:
            kind, info = get_args(parameter.annotation)[:2]
            if isinstance(info, ArgumentInfo):
                is_required = parameter.default is inspect.Parameter.empty
                arguments.append(str(info.metavar) if is_required else f"[{info.metavar}]")
            else:
                options.append(_option_row(parameter, kind, info))
        parts += [
            f"### {command.name}",
            inspect.cleandoc(command.callback.__doc__ or ""),
            _code(" ".join(["gendsl", command.name, *arguments, "[OPTIONS]"])),
        ]
        if options:
            parts.append(_table(("option", "meaning", "default"), options))
    return "\n\n".join(parts)


def _option_row(parameter: inspect.Parameter, kind: Any, info: Any) -> tuple[str, str, str]:
    # Inside `Annotated`, Typer takes the first name for the default until it reads the signature.
    names = ", ".join([info.default, *info.param_decls])
    kinds = [kind, *get_args(kind)]
    enum = next((k for k in kinds if isinstance(k, type) and issubclass(k, Enum)), None)
    if bool in kinds:
        value = ""
    elif info.metavar:
        value = f" {info.metavar}"
    elif enum is not None:
        value = f" {'|'.join(str(member.value) for member in enum)}"
    else:
        value = " N"
    default = getattr(parameter.default, "value", parameter.default)
    has_default = default is not None and not isinstance(default, bool)
    meaning = " ".join((info.help or "").split())
    return _code(names + value), meaning, _code(str(default)) if has_default else ""


def exit_codes() -> str:
    """What the process's status says."""
    from gendsl.cli.exit_code import ExitCode

    meanings = {
        ExitCode.DONE: "done",
        ExitCode.WRONG_INPUT: "the model or the data are wrong",
        ExitCode.WRONG_COMMAND: "the command is wrong",
        ExitCode.INFERENCE_FAILED: "model and data fit each other, and inference failed",
        ExitCode.NOT_TO_BE_TRUSTED: "with `--strict`: there are warnings about the draws",
        ExitCode.INTERNAL_ERROR: "a fault of gendsl",
        ExitCode.INTERRUPTED: "interrupted from the keyboard, with nothing to keep",
    }
    return _table(("code", "meaning"), ((str(int(c)), meanings[c]) for c in ExitCode))


# --- Python ----------------------------------------------------------------------------------


def python_reference() -> str:
    """Signatures and docstrings of the public classes and functions."""
    import gendsl
    from gendsl.api.prediction import Prediction
    from gendsl.api.simulation import Simulation
    from gendsl.results.crossvalidation import Comparison, CrossValidation
    from gendsl.results.summary import Summary

    parts = []
    for name in ("compile", "load", "compare"):
        function = getattr(gendsl, name)
        parts += [f"### gendsl.{name}", _signature(name, function), _docstring(function)]
    for cls in (
        gendsl.Model,
        gendsl.Fit,
        Prediction,
        Simulation,
        Summary,
        CrossValidation,
        Comparison,
    ):
        parts += [f"### {cls.__name__}", _docstring(cls)]
        for name, member in _members(cls):
            if isinstance(member, property):
                parts += [f"#### {cls.__name__}.{name}", _docstring(member.fget)]
            else:
                parts += [
                    f"#### {cls.__name__}.{name}", _signature(name, member), _docstring(member)
                ]  # fmt: skip
    return "\n\n".join(part for part in parts if part)


def _members(cls: type) -> list[tuple[str, Any]]:
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__[:-1]):
        for name, member in vars(base).items():
            if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):  # noqa: E501  # fmt: skip
                found[name] = member
    return list(found.items())


def _signature(name: str, function: Any) -> str:
    signature = inspect.signature(function)
    kept = [
        p.replace(annotation=_Written(p.annotation))
        for p in signature.parameters.values()
        if p.name != "self"
    ]
    result = _Written(signature.return_annotation)
    return _code(f"{name}{signature.replace(parameters=kept, return_annotation=result)}")


class _Written(str):
    """An annotation that is shown as it is written, without quotes."""

    def __repr__(self) -> str:
        return str(self)


def _docstring(thing: Any) -> str:
    text = inspect.cleandoc(thing.__doc__ or "")
    lines = []
    for line in text.splitlines():
        if line.rstrip() == "Raises:":
            lines.append("Raises:\n")
        elif match := re.fullmatch(r" {4}(\w+): (.*)", line):
            lines.append(f"- `{match[1]}`: {match[2]}")
        else:
            lines.append(line)
    return "\n".join(lines)


# --- gallery ---------------------------------------------------------------------------------


def gallery() -> str:
    """Every model of the library by its folder: title, source, picture where there is one, text."""
    from gendsl.diagnostics.source import Source
    from gendsl.models import library
    from gendsl.pipeline import check

    kinds: dict[str, list[str]] = {}
    for model in library():
        text = model.path.read_text(encoding="utf-8")
        codes = sorted({found.code for found in check(Source(model.path.name, text))})
        stated = ", ".join(map(_code, model.posteriors))
        picture = f"images/gallery/{model.name}.png"
        parts = [
            f"### {model.name}",
            f"{model.title}. {model.source}.",
            f"[`{model.file}`](../models/{model.file})"
            + (f", of posteriordb: {stated}." if stated else "."),
        ]
        if model.modes:
            parts.append(model.modes)
        if (DOCS / picture).is_file():
            parts.append(f"![{model.title}]({picture})")
        parts.append(f"```gen{' fails ' if codes else ''}{' '.join(codes)}\n{text.strip()}\n```")
        kinds.setdefault(model.kind, []).append("\n\n".join(parts))
    contents = ", ".join(
        f"[{kind}](#{kind.lower().replace(' ', '-')}) ({len(models)})"
        for kind, models in kinds.items()
    )
    sections = ["\n\n".join((f"## {kind}", *models)) for kind, models in kinds.items()]
    return "\n\n".join((f"{contents}.", *sections))


PARTS: MappingProxyType[str, Callable[[], str]] = MappingProxyType(
    {
        "keywords": keywords,
        "grammar": grammar,
        "functions": functions,
        "dimension functions": dimension_functions,
        "array functions": array_functions,
        "constants": constants,
        "joint types": joint_types,
        "inference pieces": inference_pieces,
        "inference settings": inference_settings,
        "family list": family_list,
        "distributions": distributions,
        "aliases": aliases,
        "errors": errors,
        "commands": commands,
        "exit codes": exit_codes,
        "python reference": python_reference,
        "gallery": gallery,
    }
)
"""What may be generated, by the name in the page's marker."""


def main(arguments: Sequence[str]) -> int:
    """Write, or with `--check` only look."""
    stale = stale_pages()
    for page in stale:
        print(page.relative_to(REPOSITORY))
        if "--check" not in arguments:
            page.write_text(rendered(page), encoding="utf-8")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
