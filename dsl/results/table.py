"""A summary as a plain table: aligned, without colour, long quantities cut short."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

from gendsl.results.categories import CategorySummary
from gendsl.results.summary import Summary, VariableSummary, entry_label

MOST_ENTRIES = 12
MOST_ROWS = 120
_HIDDEN = ("mcse_mean",)
_HEADINGS = {"q5": "5%", "q95": "95%"}
_GAP = "  "
_COMPARABLE = 30.0


def render_table(
    summary: Summary,
    *,
    is_complete: bool = False,
    how_to_see_all: str = "",
) -> str:
    """Return the table as text, without a final line end.

    Unless `is_complete`, a quantity of more than `MOST_ENTRIES` entries shows its first ones, and
    a table of more than `MOST_ROWS` rows ends there; `how_to_see_all` is said once after that.
    """
    columns = [name for name in summary.columns if name not in _HIDDEN]
    head = ("", *(_HEADINGS.get(name, name) for name in columns))
    numbers = Rows(head, is_complete)
    for variable in summary.variables:
        numbers.add(
            variable.name, len(variable.coordinates), partial(_row, variable, columns=columns)
        )
    categories = Rows(("", "mode", "probability"), is_complete)
    for category in summary.categories:
        categories.add(category.name, len(category.coordinates), partial(_category_row, category))
    tables = [table for table in (numbers, categories) if table.is_used]
    text = Rows.joined(tables or [numbers], how_to_see_all)
    return f"{text}\n\n{summary.label}" if summary.label else text


class Rows:
    """The rows of a table below their head, long quantities cut short."""

    def __init__(self, head: tuple[str, ...], is_complete: bool) -> None:
        self.rows: list[tuple[str, ...]] = [head]
        self.is_complete = is_complete
        self.hidden = 0

    def add(self, name: str, count: int, row: Callable[[int], tuple[str, ...]]) -> None:
        """Add the rows of a quantity with `count` entries."""
        shown = count
        if not self.is_complete:
            shown = count if count <= MOST_ENTRIES else MOST_ENTRIES - 2
            shown = min(shown, max(0, MOST_ROWS - len(self.rows) + 1))
        self.rows += [row(i) for i in range(shown)]
        if shown < count and len(self.rows) <= MOST_ROWS:
            self.rows.append((f"{name}: {count - shown} more",))
        self.hidden += count - shown

    @property
    def is_used(self) -> bool:
        """Whether there is anything below the head."""
        return len(self.rows) > 1 or self.hidden > 0

    @staticmethod
    def joined(tables: Sequence[Rows], how_to_see_all: str) -> str:
        """The tables as text, one below the other; last of all how many rows are not shown."""
        text = "\n\n".join("\n".join(_aligned(table.rows)) for table in tables)
        hidden = sum(table.hidden for table in tables)
        if not hidden:
            return text
        shown = sum(len(row) > 1 for table in tables for row in table.rows) - len(tables)
        verb = "is" if hidden == 1 else "are"
        return f"{text}\n{hidden} of {hidden + shown} rows {verb} not shown{how_to_see_all}"


def _category_row(category: CategorySummary, i: int) -> tuple[str, ...]:
    label = entry_label(category.name, category.coordinates[i])
    return (label, category.modes[i], f"{category.probabilities[i]:.3f}")


def _row(variable: VariableSummary, i: int, columns: Sequence[str]) -> tuple[str, ...]:
    decimals = _decimals(variable, i)
    cells = (_cell(name, float(variable.statistics[name][i]), decimals) for name in columns)
    return (variable.labels[i], *cells)


def _cell(name: str, value: float, decimals: int | None) -> str:
    if name in ("ess_bulk", "ess_tail"):
        return _count(value)
    if name in ("r_hat", "nested_r_hat"):
        return "-" if math.isnan(value) else f"{value:.3f}"
    return _number(value, decimals)


def _decimals(variable: VariableSummary, i: int) -> int | None:
    """Return how many decimals show three digits of the spread, or `None` for powers of ten.

    Entries of one quantity share them unless their spreads are too different.
    """
    spreads = variable.statistics["sd"]
    spread = float(spreads[i])
    if not math.isfinite(spread) or spread == 0.0:
        return None
    varying = spreads[(spreads > 0.0) & (spreads < math.inf)]
    smallest = float(varying.min())
    if float(varying.max()) < _COMPARABLE * smallest:
        spread = smallest
    decimals = 2 - math.floor(math.log10(spread))
    is_readable = decimals <= 6 and abs(variable.statistics["mean"][i]) + spread < 1e7
    return max(decimals, 0) if is_readable else None


def _number(value: float, decimals: int | None) -> str:
    text = f"{value:.4g}" if decimals is None else f"{value:.{decimals}f}"
    return text.removeprefix("-") if not text.strip("-0.") else text


def _count(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.0f}"


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    full = [row for row in rows if len(row) > 1]
    widths = [max(len(row[i]) for row in full) for i in range(len(full[0]))]
    widths[0] = max([widths[0], *(len(row[0]) for row in rows)])

    def line(row: tuple[str, ...]) -> str:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=False)]
        return _GAP.join(cells).rstrip()

    return [line(row) for row in rows]
