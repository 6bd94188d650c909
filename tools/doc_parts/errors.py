"""The catalogue of errors and warnings."""

from __future__ import annotations


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
        "G10": "G10: ranges of sizes, and prior-data fitted networks",
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
