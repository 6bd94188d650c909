"""The language: its words, its rules, its functions and its types."""

from __future__ import annotations

import re

from doc_parts.markdown import code, table


def keywords() -> str:
    """The words of the grammar, those that are names elsewhere apart."""
    from gendsl.frontend.words import SOFT_KEYWORDS
    from gendsl.grammar.tables import load_tables

    words = load_tables().keywords
    hard = ", ".join(code(word) for word in words if word not in SOFT_KEYWORDS)
    soft = ", ".join(code(word) for word in words if word in SOFT_KEYWORDS)
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
    return table(
        ("function", "meaning"),
        (
            (code(f"{row.name}({special.get(row.name, arguments[row.arity[0]])})"), row.help)
            for row in rows
        ),
    )


def dimension_functions() -> str:
    """Functions over named dimensions."""
    from gendsl.ir.functions import DIM_FUNCTIONS

    return table(
        ("function", "meaning", "the dimension"),
        (
            (code(f"{row.name}[k](x)"), row.help, "stays" if row.keeps else "goes")
            for row in DIM_FUNCTIONS.values()
        ),
    )


def array_functions() -> str:
    """Functions of whole arrays, and those made of them."""
    from gendsl.ir.array_functions import ARRAY_FUNCTIONS, COMPOSED

    rows = [
        (code(row.signature), row.help) for row in ARRAY_FUNCTIONS.values() if not row.is_internal
    ]
    rows += [(code(call), help) for call, help in COMPOSED.values()]
    return table(("function", "what it gives"), rows)


def kernels() -> str:
    """Kernels of random functions."""
    from gendsl.resolve.random_functions.table import KERNELS

    rows = [
        (code(row.signature), row.help, code(row.formula), code(row.each) if row.each else "")
        for row in KERNELS.values()
    ]
    return table(("kernel", "functions", "formula", "of each coordinate"), rows)


def solvers() -> str:
    """How a Gaussian process is solved."""
    from gendsl.resolve.random_functions.solver_table import SOLVERS

    rows = [
        (
            code(row.signature),
            row.help,
            "<br>".join(f"{code(s.name)}: {s.help}" for s in row.settings),
            row.source,
        )
        for row in SOLVERS.values()
    ]
    return table(("solver", "what it does", "settings", "source"), rows)


def wide_activations() -> str:
    """What wide layers make of a covariance."""
    from gendsl.resolve.random_functions.activations import ACTIVATIONS

    rows = [
        (
            code(row.name),
            code(row.of),
            code(row.both),
            ", ".join(code(f"{name} = {text}") for name, text in row.names),
            row.source,
        )
        for row in ACTIVATIONS.values()
    ]
    return table(("activation", "a(u)", "E[a(u) * a(v)]", "with", "source"), rows)


def layers() -> str:
    """Layers of networks."""
    from gendsl.resolve.networks.table import FLATTEN, LAYERS, POOLS, RESIDUAL

    rows = [(code(row.call), code(row.formula), row.help) for row in LAYERS.values()]
    rows += [(code(row.call), code(f"{row.reduction}(window)"), row.help) for row in POOLS.values()]
    rows.append((code(FLATTEN), code("x"), "all that follows takes x as a whole"))
    rows.append((code(f"{RESIDUAL}(...)"), code("x + ..."), "what its layers make is added to x"))
    return table(("layer", "formula", "what it is"), rows)


def activations() -> str:
    """Activations of networks."""
    from gendsl.resolve.networks.table import ACTIVATIONS

    return "Activations: " + ", ".join(code(name) for name in ACTIVATIONS) + "."


def distances() -> str:
    """Distances of random functions."""
    from gendsl.resolve.matching.table import DISTANCES

    rows = [
        (
            code(row.name),
            row.help,
            ", ".join(code(f"{s.name} = {s.default:g}") for s in row.settings),
            row.source,
        )
        for row in DISTANCES.values()
    ]
    return table(("distance", "what it is", "settings", "source"), rows)


def constants() -> str:
    """Named numbers."""
    from gendsl.ir.functions import CONSTANTS

    return "Named numbers: " + ", ".join(code(name) for name in CONSTANTS) + "."


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
    return table(
        ("type", "meaning", "dimensions"),
        (
            (code(kind.value), meanings[kind.value], "the last" if rank == 1 else "the last 2")
            for kind, rank in event_ranks.items()
        ),
    )


def pfn_settings() -> str:
    """What `network` and `train` of a `pfn` block may be, with all settings."""
    from gendsl.resolve.pfns.table import FEATURES, HEADS, JOINTS, NETWORKS, TRAINERS

    tables = {
        "network": NETWORKS,
        "head": HEADS,
        "joint": JOINTS,
        "features": FEATURES,
        "train": TRAINERS,
    }
    rows = []
    for setting, choices in tables.items():
        for row in choices.values():
            said = [f"`{s.name} = {_shown(s.default)}`: {s.help}" for s in row.settings]
            said += [
                f"`{part.name}`: {part.help}" + (f", `{part.default}`" if part.default else "")
                for part in row.parts
            ]
            rows.append((code(f"{setting} = {row.name}"), row.help, "; ".join(said) or "none"))
    return table(("", "meaning", "settings and their defaults"), rows)


def _shown(default: object) -> str:
    return f"{default:g}" if isinstance(default, float) else str(default)
