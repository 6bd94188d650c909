"""A summary as a plain table: aligned, without colour, long quantities cut short."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gendsl.results.summary import Summary, VariableSummary

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
    rows: list[tuple[str, ...]] = [("", *(_HEADINGS.get(name, name) for name in columns))]
    hidden = 0
    for variable in summary.variables:
        count = len(variable.coordinates)
        shown = count
        if not is_complete:
            shown = count if count <= MOST_ENTRIES else MOST_ENTRIES - 2
            shown = min(shown, max(0, MOST_ROWS - len(rows) + 1))
        rows += [_row(variable, i, columns) for i in range(shown)]
        if shown < count and len(rows) <= MOST_ROWS:
            rows.append((f"{variable.name}: {count - shown} more",))
        hidden += count - shown
    lines = _aligned(rows)
    if hidden:
        lines.append(f"{hidden} of {hidden + _shown(rows)} rows are not shown{how_to_see_all}")
    return "\n".join(lines)


def _shown(rows: Sequence[tuple[str, ...]]) -> int:
    return sum(len(row) > 1 for row in rows) - 1


def _row(variable: VariableSummary, i: int, columns: Sequence[str]) -> tuple[str, ...]:
    decimals = _decimals(variable, i)
    cells = (_cell(name, float(variable.statistics[name][i]), decimals) for name in columns)
    return (variable.labels[i], *cells)


def _cell(name: str, value: float, decimals: int | None) -> str:
    if name in ("ess_bulk", "ess_tail"):
        return _count(value)
    if name == "r_hat":
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
