"""Mistakes inside expressions."""

from __future__ import annotations

from collections.abc import Callable

from gendsl.grammar.problem import Problem
from gendsl.grammar.view import COMPARISONS, View

_STOPS = frozenset(
    [
        "COMMA",
        "EQUAL",
        "TILDE",
        "AND",
        "OR",
        "NOT",
        "THEN",
        "COLON",
        "WHERE",
        "OBSERVE",
        "FACTOR",
        "DOTDOT",
    ]
)


def _chain(view: View) -> Problem | None:
    """`0 < x < 1` as an expression."""
    if view.token.type not in COMPARISONS:
        return None
    depth = 0
    last: int | None = None
    """The comparison before this one."""
    is_type = False
    for i in range(len(view.tokens) - 1, -1, -1):
        token = view.tokens[i]
        depth += (token.type in ("RPAR", "RSQB")) - (token.type in ("LPAR", "LSQB"))
        if depth < 0 or (depth == 0 and token.type in _STOPS):
            is_type = depth == 0 and token.type == "COLON"
            break
        if depth == 0 and token.type in COMPARISONS and last is None:
            last = i
    if last is None:
        return None
    first, between = view.tokens[last], view.tokens[last + 1 :]
    if is_type:
        return view.problem("G0110", "a type has two bounds at most", "write `0 < real < 1`")
    text = view.failure.text[between[0].start : between[-1].end] if between else "x"
    return Problem(
        "G0108",
        "comparisons do not chain",
        first.start,
        view.token.end,
        "",
        f"join them by `and`: `... {first.text} {text} and {text} {view.token.text} ...`",
    )


def _empty_brackets(view: View) -> Problem | None:
    if view.token.type != "RSQB" or view.previous.type != "LSQB":
        return None
    return view.problem_from(
        view.previous,
        "G0112",
        "the brackets are empty",
        "name the dimensions, `x[row]`, or leave the brackets out for all of them",
    )


def _open_position(view: View) -> Problem | None:
    """`x[, 1]`, `x[:, 1]`, `x[1:3]`"""
    opener = view.opener()
    if opener is None or opener.type != "LSQB":
        return None
    is_open = view.previous.type in ("LSQB", "COMMA")
    if view.token.type == "COLON" and not is_open:
        return view.problem(
            "G0112",
            "`:` makes no range",
            "a range is written `sum[k = 1..11](...)`, a start `time < 6`",
        )
    if is_open and view.token.type in ("COLON", "COMMA", "DOTDOT"):
        return view.problem(
            "G0112",
            "no position is kept open",
            "dimensions go by name: `x[col = 1]` leaves the others as they are",
        )
    return None


def _called_result(view: View) -> Problem | None:
    if view.token.type != "LPAR" or view.previous.type not in ("RPAR", "RSQB", "NUMBER"):
        return None
    return view.problem("G0101", "only a name can be called", "for a product write `*`")


def _braced_array(view: View) -> Problem | None:
    if view.token.type != "LBRACE" or view.previous.type not in ("EQUAL", "COMMA", "LPAR"):
        return None
    return view.problem("G0101", "braces hold no values", "an array is written `[1, 2]`")


def _signed(view: View) -> Problem | None:
    if view.token.type != "PLUS" or "MINUS" not in view.expected:
        return None
    return view.problem("G0101", "a `+` needs a left side", "leave it out")


EXPRESSION_MESSAGES: tuple[Callable[[View], Problem | None], ...] = (
    _chain,
    _empty_brackets,
    _open_position,
    _called_result,
    _braced_array,
    _signed,
)
