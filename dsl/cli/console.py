"""What a command prints: data to stdout, everything else to stderr, readable without colour."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.render import render
from gendsl.diagnostics.to_json import to_json


def say(text: str) -> None:
    """Print a result."""
    _print(text, sys.stdout)


def _without_infinities(value: Any) -> Any:
    """The value with `None` for numbers that JSON can't say."""
    match value:
        case dict():
            return {key: _without_infinities(part) for key, part in value.items()}
        case list() | tuple():
            return [_without_infinities(part) for part in value]
        case float() if not math.isfinite(value):
            return None
        case _:
            return value


def say_json(value: Any) -> None:
    """Print a result for machines: one JSON value."""
    text = json.dumps(_without_infinities(value), indent=2, ensure_ascii=False, allow_nan=False)
    _print(text, sys.stdout)


def tell(text: str) -> None:
    """Print what is not a result."""
    _print(text, sys.stderr)


def report(diagnostics: Iterable[Diagnostic], stream: TextIO | None = None) -> None:
    """Print diagnostics, an empty line between them; to stderr unless told otherwise."""
    stream = stream or sys.stderr
    texts = [render(diagnostic, has_colour(stream)) for diagnostic in diagnostics]
    if texts:
        _print("\n\n".join(texts) + "\n", stream)


def report_below(warnings: Sequence[Diagnostic]) -> None:
    """Print what is to be said of a result, to stdout under it."""
    if warnings:
        say("")
        report(warnings, sys.stdout)


def as_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """Return diagnostics for `say_json`."""
    return [dict(to_json(diagnostic)) for diagnostic in diagnostics]


def has_colour(stream: TextIO) -> bool:
    """Whether escapes belong on this stream: `NO_COLOR` and `FORCE_COLOR` are respected."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _print(text: str, stream: TextIO) -> None:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)
