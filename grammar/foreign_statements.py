"""Statements of Stan, BUGS, R and Python, and what is written instead."""

from __future__ import annotations

from collections.abc import Callable

from gendsl.grammar.problem import Problem
from gendsl.grammar.view import View

_TYPES = frozenset(
    [
        "real",
        "int",
        "bool",
        "float",
        "vector",
        "row_vector",
        "matrix",
        "array",
        "complex",
        "simplex",
        "unit_vector",
        "ordered",
        "positive_ordered",
        "sum_to_zero_vector",
        "cov_matrix",
        "corr_matrix",
        "cholesky_factor_corr",
        "cholesky_factor_cov",
    ]
)
_STAN_BLOCKS = frozenset({"data", "parameters", "functions"})
_SECOND_WORDS = frozenset({"data", "parameters", "quantities"})
_DECLARERS = frozenset(
    ["param", "params", "parameter", "parameters", "latent", "var", "const", "global"]
)


def _loop(view: View) -> Problem | None:
    if view.first.text not in ("for", "while") or view.second.type not in ("LPAR", "NAME"):
        return None
    return _at_first(
        view,
        "there are no loops",
        "a statement holds for every member of its dimensions: `y[row] ~ Normal(mu[row], sigma)`;"
        " a recurrence is written with a shift: `x[time - 1]`",
    )


def _choice(view: View) -> Problem | None:
    if view.first.text not in ("if", "else", "elif") or view.second.type in ("TILDE", "EQUAL"):
        return None
    return _at_first(
        view,
        f"`{view.first.text}` does not start a statement",
        "choose by element, `x = if(c, a, b)`, or restrict a statement: `y ~ Normal(0, 1) where c`",
    )


def _stan_block(view: View) -> Problem | None:
    word, second = view.first.text, view.second
    is_two_words = word in ("transformed", "generated") and second.text in _SECOND_WORDS
    if not is_two_words and (word not in _STAN_BLOCKS or second.type != "LBRACE"):
        return None
    return _at_first(
        view,
        f"there is no block `{word}`",
        "one `model NAME { ... }` holds everything, in any order: `data y[row] : real` declares"
        " data, `x ~ ...` is a latent, `x = ...` follows from others, `predict` is generated",
    )


def _stan_declaration(view: View) -> Problem | None:
    tokens = [*view.tokens, view.token]
    if tokens[0].type == "DATA":
        tokens = tokens[1:]
    if len(tokens) < 2 or tokens[0].text not in _TYPES or not view.tokens:
        return None
    if tokens[1].type not in ("NAME", "LESS", "LSQB"):
        return None
    if tokens[1].type == "LSQB" and view.token.type not in ("NAME", "RSQB"):
        return None
    word = tokens[0]
    return Problem(
        "G0103",
        "a type follows the name",
        word.start,
        word.end,
        "",
        "declare data as `data y[row] : real > 0`; a latent needs no declaration, its prior is one:"
        " `mu ~ Normal(0, 1)`",
    )


def _declarer(view: View) -> Problem | None:
    if view.first.text not in _DECLARERS or len(view.tokens) != 1 or view.token.type != "NAME":
        return None
    return _at_first(
        view,
        f"`{view.first.text}` does not start a statement",
        "a latent needs no declaration, its prior is one: `mu ~ Normal(0, 1)`",
    )


def _arrow(view: View) -> Problem | None:
    """`mu <- 3`: after a left side, `<` fits nothing."""
    is_arrow = view.following.type == "MINUS" and view.following.start == view.token.end
    if view.token.type != "LESS" or not is_arrow or "EQUAL" not in view.expected:
        return None
    return Problem(
        "G0103",
        "`<-` is not an operator",
        view.token.start,
        view.following.end,
        "",
        "an equation is written `x = ...`",
    )


def _truncation(view: View) -> Problem | None:
    """`y ~ normal(0, 1) T[0, ]`"""
    if view.token.text not in ("T", "I") or view.previous.type != "RPAR":
        return None
    if view.following.type not in ("LSQB", "LPAR"):
        return None
    return view.problem(
        "G0103",
        "a truncation is written as a type",
        "narrow the support on the left: `x : real > 0 ~ Normal(0, 1)`",
    )


def _python_block(view: View) -> Problem | None:
    if view.token.type != "COLON" or view.first.type not in ("MODEL", "SUBMODEL"):
        return None
    return view.problem("G0103", "a block stands between braces", "write `{ ... }`")


def _return(view: View) -> Problem | None:
    if view.first.text != "return" or len(view.tokens) != 1:
        return None
    return _at_first(
        view, "there is no `return`", "a function's value is its last line, without it"
    )


def _ternary(view: View) -> Problem | None:
    if view.token.type != "QUESTION":
        return None
    return view.problem("G0103", "`?` is not an operator", "choose by element: `if(c, a, b)`")


def _at_first(view: View, message: str, help: str) -> Problem:
    return Problem("G0103", message, view.first.start, view.first.end, "", help)


FOREIGN_STATEMENTS: tuple[Callable[[View], Problem | None], ...] = (
    _loop,
    _choice,
    _stan_block,
    _stan_declaration,
    _declarer,
    _arrow,
    _truncation,
    _python_block,
    _return,
    _ternary,
)
