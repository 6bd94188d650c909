"""The formatter: canonical spaces and indentation; the author's lines and comments stay.

It works on tokens, so that numbers keep their spelling and comments their place.
"""

from __future__ import annotations

from gendsl.diagnostics.diagnostic import InternalError
from gendsl.diagnostics.source import Source
from gendsl.frontend.parse import parse
from gendsl.frontend.spacing import find_parts, needs_space
from gendsl.grammar.layout import CONTINUES_AFTER, CONTINUES_BEFORE
from gendsl.grammar.lexer import Token, scan
from gendsl.grammar.tables import load_tables

INDENT = "  "

_OPENERS = frozenset(["CALL", "INDEX", "LPAR", "LSQB", "LBRACE", "MEMBERS"])
_CLOSERS = frozenset(["RPAR", "RSQB", "RBRACE", "MEMBERS_END"])

_Part = tuple[Token, str]


def format_source(source: Source) -> str:
    """The formatted text; formatting it again changes nothing, and its tree is the same.

    Raises DiagnosticError where the text does not parse.
    """
    tree = parse(source)
    tokens = scan(source.text, load_tables())
    text = _Formatter().run(list(zip(tokens, find_parts(tokens), strict=True)))
    # A formatter that changed a program would be worse than none: look, every time.
    if parse(Source(source.name, text)) != tree or comments(text) != comments(source.text):
        raise InternalError("the formatter would change the program")
    return text


def comments(text: str) -> list[str]:
    """The comments of a text, in order, without the spaces at their ends."""
    return [t.text.rstrip() for t in scan(text, load_tables()) if t.type == "COMMENT"]


class _Formatter:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.open: list[tuple[str, int]] = []
        """The open brackets, each with the indentation of its line."""
        self.last = ""
        """The type of the last token that is neither newline nor comment."""
        self.is_block_fresh = True
        """Whether the last line opened a block, or there is none yet."""

    def run(self, parts: list[_Part]) -> str:
        line: list[_Part] = []
        for token, part in parts:
            if part == "NEWLINE":
                self._end_line(line)
                line = []
            else:
                line.append((token, part))
        self._end_line(line)
        while self.lines and not self.lines[-1]:
            self.lines.pop()
        return "".join(f"{line}\n" for line in self.lines)

    def _end_line(self, line: list[_Part]) -> None:
        if line:
            self._write_line(line)
        elif not self.is_block_fresh and self.lines[-1] and not self._is_inside_brackets():
            self.lines.append("")

    def _write_line(self, line: list[_Part]) -> None:
        first = line[0][1]
        if first == "RBRACE" and self.lines and not self.lines[-1]:
            self.lines.pop()
        indent = self._indent(line[0])
        text = INDENT * indent
        before = ""
        for token, part in line:
            if before and part == "COMMENT":
                text += "  "
            elif before and needs_space(before, part):
                text += " "
            text += token.text.rstrip() if part == "COMMENT" else token.text
            self._track(token, part, indent)
            before = part
        self.lines.append(text)
        self.is_block_fresh = first != "COMMENT" and self.last == "LBRACE"

    def _is_inside_brackets(self) -> bool:
        return bool(self.open) and self.open[-1][0] != "LBRACE"

    def _indent(self, first: _Part) -> int:
        token, part = first
        if part in _CLOSERS:
            return self.open[-1][1]
        depth = self.open[-1][1] + 1 if self.open else 0
        is_continued = self.last in CONTINUES_AFTER or token.type in CONTINUES_BEFORE
        return depth + (is_continued and not self._is_inside_brackets())

    def _track(self, token: Token, part: str, indent: int) -> None:
        if part == "COMMENT":
            return
        if part in _OPENERS:
            self.open.append((part, indent))
        elif part in _CLOSERS:
            self.open.pop()
        self.last = token.type
