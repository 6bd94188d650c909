"""What a check of a model found, as it is printed: a table, then warnings."""

from __future__ import annotations

from typing import Any, Protocol

from gendsl.cli.console import as_json, report_below, say, say_json
from gendsl.diagnostics.diagnostic import Diagnostic


class Result(Protocol):
    """What is read of a result."""

    def warnings(self) -> tuple[Diagnostic, ...]: ...
    def table(self, *, is_complete: bool = False) -> str: ...
    def to_dict(self) -> dict[str, Any]: ...


def show_result(result: Result, *, json: bool, is_complete: bool, **of: str) -> None:
    """Print a result and what speaks against trusting it; `of` stands first in the JSON."""
    warnings = result.warnings()
    if json:
        say_json({**of, **result.to_dict(), "warnings": as_json(warnings)})
        return
    say(result.table(is_complete=is_complete))
    report_below(warnings)
