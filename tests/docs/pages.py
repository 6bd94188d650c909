"""Pages of documentation as blocks: what is fenced, and what the fence says of it.

A fence's first word is the language; the words after it say how the block is tested:

    file=NAME         the block is written to a file of that name, for the blocks after it
    fails CODE ...    `gen` only: checking it reports exactly these codes, errors and warnings
    exit=N            `console` only: the exit code of its last command
    statements        `gen` only: the inside of a model, after the page's hidden declarations
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

LANGUAGES = frozenset({"gen", "python", "console", "sh", "json", "csv", "text", "math"})

_FENCE = re.compile(r"^(`{3,})([^\n`]*)\n(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)
_HIDDEN = re.compile(r"^<!-- statements\n(.*?)^-->$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: `hidden` are the declarations that a comment above it gives."""

    language: str
    options: tuple[str, ...]
    text: str
    line: int
    hidden: str

    def option(self, name: str) -> str | None:
        """The value of `name=value`, if it is there."""
        found = [o.partition("=")[2] for o in self.options if o.startswith(f"{name}=")]
        return found[0] if found else None

    @property
    def codes(self) -> tuple[str, ...]:
        """What checking it must report."""
        if "fails" not in self.options:
            return ()
        return tuple(o for o in self.options if re.fullmatch(r"G\d{4}", o))

    @property
    def program(self) -> str:
        """A `gen` block as a whole file."""
        if "statements" not in self.options:
            return self.text
        return f"model page {{\n{self.hidden}{self.text}}}\n"


def all_pages() -> list[Path]:
    """Every page of the repository: the README, the changelog, docs and examples."""
    found = [REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md"]
    for folder in ("docs", "examples"):
        found += sorted((REPOSITORY / folder).rglob("*.md"))
    return found


def blocks_of(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    hidden = [(match.start(), match.group(1)) for match in _HIDDEN.finditer(text)]
    blocks = []
    for match in _FENCE.finditer(text):
        language, *options = match.group(2).split() or [""]
        above = [declared for start, declared in hidden if start < match.start()]
        blocks.append(
            Block(
                language,
                tuple(options),
                match.group(3),
                text.count("\n", 0, match.start()) + 2,
                above[-1] if above else "",
            )
        )
    return blocks
