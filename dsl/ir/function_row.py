"""What a row of the table of functions says, and how rows are written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """What kind of element comes out."""

    REAL = "real"
    INT = "int"
    BOOL = "bool"
    JOIN = "join"  # real if any argument is, else int
    INDEX = "index"  # a position along the dimension that is gone
    BRANCHES = "branches"  # the join of all but the first argument


@dataclass(frozen=True, slots=True)
class FunctionRow:
    """An elementwise function.

    `numpyro` is its spelling as a format of the arguments' source; `precedence` is that of the
    spelling's outermost Python operator (100 where it needs no parentheses). `numpy` names the
    function of numpy or scipy.special that does the same on the host. `domain` and `range` are
    closed intervals for the linter; `is_increasing` marks monotone rows. `helper` names the module
    of `gendsl.backends.numpyro.distributions` that defines what the spelling calls.
    """

    name: str
    arity: tuple[int, int]
    result: Result
    numpyro: str
    precedence: int = 100
    numpy: str = ""
    domain: tuple[float, float] = (float("-inf"), float("inf"))
    range: tuple[float, float] = (float("-inf"), float("inf"))
    is_increasing: bool = False
    help: str = ""
    helper: str | None = None


INFINITY = float("inf")
POSITIVE = (0.0, INFINITY)
UNIT = (0.0, 1.0)
R, B, J = Result.REAL, Result.BOOL, Result.JOIN


def operator(name: str, symbol: str, precedence: int, result: Result, numpy: str) -> FunctionRow:
    """A row of an operator between two arguments."""
    return FunctionRow(name, (2, 2), result, f"{{0}} {symbol} {{1}}", precedence, numpy)


def function(
    name: str,
    numpyro: str,
    numpy: str,
    help: str,
    *,
    arity: int = 1,
    result: Result = R,
    domain: tuple[float, float] = (-INFINITY, INFINITY),
    range: tuple[float, float] = (-INFINITY, INFINITY),
    is_increasing: bool = False,
    helper: str | None = None,
) -> FunctionRow:
    """A row of a function of a fixed number of arguments."""
    arguments = ", ".join(f"{{{i}}}" for i in _range(arity))
    spelling = numpyro if "{" in numpyro else f"{numpyro}({arguments})"
    return FunctionRow(
        name,
        (arity, arity),
        result,
        spelling,
        100,
        numpy,
        domain,
        range,
        is_increasing,
        help,
        helper,
    )


_range = range
