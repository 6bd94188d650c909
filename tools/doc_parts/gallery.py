"""Every model of the library, and the examples of random functions."""

from __future__ import annotations

from doc_parts.markdown import code
from doc_parts.pages import DOCS, REPOSITORY

FUNCTION_EXAMPLES = ("coal", "sunspots", "motorcycle", "mauna_loa")
"""In the order in which they are shown."""


def gallery() -> str:
    """Every model of the library by its folder: title, source, picture where there is one, text."""
    from gendsl.diagnostics.source import Source
    from gendsl.models import library
    from gendsl.pipeline import check

    kinds: dict[str, list[str]] = {}
    for model in library():
        text = model.path.read_text(encoding="utf-8")
        codes = sorted({found.code for found in check(Source(model.path.name, text))})
        stated = ", ".join(map(code, model.posteriors))
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


def function_examples() -> str:
    """Of each its page's opening, which has what was found, its picture and its program."""
    parts = []
    for name in FUNCTION_EXAMPLES:
        folder = REPOSITORY / "examples" / name
        heading, *rest = (folder / "README.md").read_text(encoding="utf-8").split("\n\n")
        opening = rest[: next(i for i, part in enumerate(rest) if part.startswith("```"))]
        text = "\n\n".join(opening).replace("../../docs/", "")
        program = (folder / f"{name}.gen").read_text(encoding="utf-8").strip()
        link = f"[`examples/{name}`](../examples/{name}/README.md) has the data and the commands."
        parts += [f"##{heading}", text, link, f"```gen\n{program}\n```"]
    return "\n\n".join(parts)
