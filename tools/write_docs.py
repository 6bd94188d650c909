"""Writes the parts of the docs that follow from tables in the code: `python tools/write_docs.py`.

A page is a file in `docs/`. What stands between `<!-- generated: NAME -->` and `<!-- end -->` is
replaced by what the function of that name in `PARTS` returns; the rest is left as it is.
`--check` writes nothing and exits with 1 where a page is stale.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import MappingProxyType

from doc_parts.command_line import commands, exit_codes
from doc_parts.distributions import aliases, distributions, family_list
from doc_parts.errors import errors
from doc_parts.gallery import function_examples, gallery
from doc_parts.inference import (
    inference_engines,
    inference_pieces,
    inference_settings,
    library_settings,
)
from doc_parts.language import (
    activations,
    array_functions,
    constants,
    dimension_functions,
    distances,
    functions,
    grammar,
    joint_types,
    kernels,
    keywords,
    layers,
    pfn_settings,
    solvers,
    wide_activations,
)
from doc_parts.laws import mutants
from doc_parts.pages import DOCS, REPOSITORY
from doc_parts.python_interface import python_reference

PARTS: MappingProxyType[str, Callable[[], str]] = MappingProxyType(
    {
        "keywords": keywords,
        "grammar": grammar,
        "functions": functions,
        "dimension functions": dimension_functions,
        "array functions": array_functions,
        "constants": constants,
        "kernels": kernels,
        "solvers": solvers,
        "layers": layers,
        "distances": distances,
        "pfn settings": pfn_settings,
        "activations": activations,
        "wide activations": wide_activations,
        "joint types": joint_types,
        "inference pieces": inference_pieces,
        "inference settings": inference_settings,
        "inference engines": inference_engines,
        "library settings": library_settings,
        "mutants": mutants,
        "family list": family_list,
        "distributions": distributions,
        "aliases": aliases,
        "errors": errors,
        "commands": commands,
        "exit codes": exit_codes,
        "python reference": python_reference,
        "gallery": gallery,
        "function examples": function_examples,
    }
)
"""What may be generated, by the name in the page's marker."""

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
