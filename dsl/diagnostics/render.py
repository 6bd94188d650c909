"""A diagnostic as text: a heading, the lines it is about, and the way out.

The primary place comes first; places that explain it follow, those on the same line beside it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from gendsl.diagnostics.diagnostic import Diagnostic, Label, Severity
from gendsl.diagnostics.severity import severity_of
from gendsl.diagnostics.source import Source, Span

TAB = "    "
MAX_WIDTH = 160
"""Of a longer line only the part around the first mark is shown, in cells."""

_Painter = Callable[[str, str], str]

_COLOURS = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.NOTE: "1;36"}
_BOLD, _FRAME, _SECONDARY = "1", "1;34", "1;34"


@dataclass(frozen=True, slots=True)
class _Mark:
    """An underline to draw: `^` for the primary place, `-` for the others."""

    span: Span
    text: str
    sign: str
    colour: str


def render(diagnostic: Diagnostic, colour: bool = False) -> str:
    """The text of a diagnostic, without a line end; `colour` adds ANSI escapes and nothing else."""
    paint = _paint if colour else _plain
    severity = severity_of(diagnostic)
    heading = paint(f"{severity.value}[{diagnostic.code}]", _COLOURS[severity])
    lines = [heading + paint(f": {_one_line(diagnostic.message)}", _BOLD)]
    groups = _groups(diagnostic, _COLOURS[severity])
    width = max([2, *(len(str(_last_line(mark.span))) for group in groups for mark in group)])
    gutter = " " * width
    bar = gutter + " " + paint("|", _FRAME)
    source: Source | None = None
    for group in groups:
        place = group[0].span
        if place.source is not source:
            arrow = "-->" if source is None else ":::"
            lines.append(f"{gutter}{paint(arrow, _FRAME)} {place}")
            source = place.source
        lines.append(bar)
        lines += _snippet(group, width, paint)
    remarks = [f"note: {note}" for note in diagnostic.notes]
    remarks += [f"help: {diagnostic.help}"] if diagnostic.help is not None else []
    if remarks and groups:
        lines.append(bar)
    for remark in remarks:
        first, *others = (_one_line(line) for line in remark.split("\n"))
        word, _, rest = first.partition(":")
        lines.append(f"{gutter} {paint('=', _FRAME)} {paint(word, _BOLD)}:{rest}")
        lines += [f"{gutter}         {other}" for other in others]
    return "\n".join(line.rstrip() for line in lines)


def render_all(diagnostics: tuple[Diagnostic, ...], colour: bool = False) -> str:
    """Several diagnostics with an empty line between them, and a line end."""
    return "\n\n".join(render(diagnostic, colour) for diagnostic in diagnostics) + "\n"


def _groups(diagnostic: Diagnostic, colour: str) -> list[list[_Mark]]:
    """The marks that share a line, in the order in which they are shown."""
    if diagnostic.span is None:
        marks = []
    else:
        marks = [_Mark(diagnostic.span, diagnostic.label, "^", colour)]
    marks += [_mark(label) for label in diagnostic.secondary]
    groups: list[list[_Mark]] = []
    for mark in marks:
        for group in groups:
            if all(_is_on_same_line(mark.span, other.span) for other in group):
                group.append(mark)
                break
        else:
            groups.append([mark])
    return groups


def _mark(label: Label) -> _Mark:
    return _Mark(label.span, label.text, "-", _SECONDARY)


def _is_on_same_line(a: Span, b: Span) -> bool:
    return a.source is b.source and a.line == _last_line(a) == b.line == _last_line(b)


def _last_line(span: Span) -> int:
    return span.source.position(max(span.start, span.end - 1))[0]


def _snippet(group: list[_Mark], width: int, paint: _Painter) -> list[str]:
    """The lines of a group of marks, each with what is drawn under it."""
    first = group[0].span
    source, start, end = first.source, first.line, _last_line(first)
    shown = range(start, end + 1) if end - start < 5 else (start, start + 1, end - 1, end)
    bar = " " * width + " " + paint("|", _FRAME)
    lines = []
    before = start - 1
    for number in shown:
        if number != before + 1:
            lines.append(" " * width + " " + paint("...", _FRAME))
        before = number
        text, cells = _expand(source.line(number))
        window = _window(cells, _columns(source, first, number)[0])
        lines.append(f"{paint(f'{number:>{width}} |', _FRAME)} {_clip(text, cells, window)}")
        for mark in group:
            left, right = _columns(source, mark.span, number)
            if left == right and start < number < end:
                continue
            left = min(max(left, window[0]), window[1]) - window[0]
            right = min(max(right, window[0]), window[1]) - window[0]
            drawn = mark.sign * max(1, right - left)
            said = f" {_one_line(mark.text)}" if mark.text and number == end else ""
            lines.append(f"{bar} {' ' * left}{paint(drawn + said, mark.colour)}")
    return lines


def _window(cells: list[int], left: int) -> tuple[int, int]:
    """The first and the last cell to be shown of a line, so that cell `left` is among them."""
    if cells[-1] <= MAX_WIDTH:
        return 0, cells[-1]
    start = max(0, min(left - MAX_WIDTH // 2, cells[-1] - MAX_WIDTH))
    return start, start + MAX_WIDTH


def _clip(text: str, cells: list[int], window: tuple[int, int]) -> str:
    """The part of a shown line inside a window, its cut ends dotted."""
    if window == (0, cells[-1]):
        return text
    # Wide characters make cells and characters differ: pad what is cut in half.
    kept, cell = [], 0
    for character in text:
        size = 0 if unicodedata.combining(character) else _size(character)
        if window[0] <= cell and cell + size <= window[1]:
            kept.append(character)
        elif cell < window[1] and cell + size > window[0]:
            kept.append(" " * (min(cell + size, window[1]) - max(cell, window[0])))
        cell += size
    shown = "".join(kept)
    if window[0] > 0:
        shown = "..." + shown[3:]
    return shown[:-3] + "..." if window[1] < cells[-1] else shown


def _size(character: str) -> int:
    return 1 + (unicodedata.east_asian_width(character) in "WF")


def _columns(source: Source, span: Span, number: int) -> tuple[int, int]:
    """Where the underline starts and ends below a line, in cells of the terminal."""
    line = source.line(number)
    offset = source.line_starts[number - 1]
    _, cells = _expand(line)
    start = min(max(span.start - offset, 0), len(line))
    end = min(max(span.end - offset, start), len(line))
    if number > span.line:
        start = min(len(line) - len(line.lstrip()), end)
    return cells[start], cells[end]


def _expand(line: str) -> tuple[str, list[int]]:
    """The line as it is shown, and the cell in which each of its characters starts."""
    shown, cells, cell = [], [0], 0
    for character in line:
        if character == "\t":
            drawn, size = TAB, len(TAB)
        elif character == "\r":
            drawn, size = "", 0
        elif unicodedata.combining(character):
            drawn, size = character, 0
        elif not character.isprintable():
            drawn, size = "\N{REPLACEMENT CHARACTER}", 1
        else:
            drawn, size = character, _size(character)
        shown.append(drawn)
        cell += size
        cells.append(cell)
    return "".join(shown), cells


def _one_line(text: str) -> str:
    """Text on one line; what would steer the terminal is shown as an escape."""
    return "".join(
        c if c.isprintable() else " " if c in "\n\t" else f"\\u{ord(c):04x}" for c in text
    ).rstrip()


def _paint(text: str, colour: str) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m"


def _plain(text: str, colour: str) -> str:
    return text
