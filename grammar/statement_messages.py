"""Mistakes in the frame of a statement: its left side, its operator, its type and suffixes."""

from __future__ import annotations

from collections.abc import Callable

from gendsl.grammar.layout import CONTINUES_AFTER
from gendsl.grammar.problem import Problem
from gendsl.grammar.view import COMPARISONS, View

_OPERATORS = COMPARISONS | frozenset(
    ["PLUS", "MINUS", "STAR", "SLASH", "AT", "CARET", "THEN", "AND", "OR"]
)


def _continued_by_accident(view: View) -> Problem | None:
    """`mu ~` at a line's end: the next statement was taken for its right side."""
    if view.token.type not in ("TILDE", "EQUAL", "COLON") or view.opener() is not None:
        return None
    for before, after in zip(view.tokens, view.tokens[1:], strict=False):
        gap = view.failure.text[before.end : after.start]
        if before.type in CONTINUES_AFTER and "\n" in gap:
            return Problem(
                "G0101",
                f"the right side of `{before.text}` is missing",
                before.start,
                before.end,
                "",
                f"a line that ends with `{before.text}` goes on on the next",
                ((view.token.start, view.token.end, "so this does not fit"),),
            )
    return None


def _no_name(view: View) -> Problem | None:
    if len(view.tokens) != 1 or "NAME" not in view.expected:
        return None
    kind = {
        "MODEL": "a model",
        "SUBMODEL": "a submodel",
        "DEF": "a function",
        "INFER": "an inference program",
        "PFN": "a `pfn` block",
        "DIM": "a dimension",
    }.get(view.first.type)
    if kind is None:
        return None
    shown = {
        "MODEL": "model NAME { ... }",
        "INFER": "infer NAME = nuts()",
        "PFN": "pfn NAME { ... }",
    }.get(view.first.type)
    return view.problem_from(
        view.first, "G0101", f"{kind} needs a name", f"write `{shown}`" if shown else None
    )


def _function_body(view: View) -> Problem | None:
    if view.first.type != "DEF" or view.token.type != "COLON":
        return None
    help = "write `def f(x) = ...`, or with local names `def f(x) { let a = ...` and so on"
    return view.problem("G0101", "a function is one expression", help)


def _random_let(view: View) -> Problem | None:
    if view.first.type != "LET" or view.token.type != "TILDE":
        return None
    return view.problem(
        "G0111", "`let` names a value, and `~` draws one", "leave out `let`, or write `=`"
    )


def _data_statement(view: View) -> Problem | None:
    if view.first.type != "DATA" or "COLON" not in view.expected:
        return None
    if view.token.type == "TILDE":
        help_ = (
            "declare it, `data y[row] : real`, and say how it is distributed on a line of its own"
        )
    elif view.token.type == "EQUAL":
        help_ = "data come from outside; a constant is written `let x = ...`"
    else:
        help_ = "write `data y[row] : real`"
    return view.problem("G0111", "data are declared with a type", help_)


def _dimension(view: View) -> Problem | None:
    if view.first.type != "DIM" or len(view.tokens) < 2:
        return None
    if view.previous.type in ("COLON", "ORDERED") and "FROM" in view.expected:
        return view.problem(
            "G0111",
            f"`{view.token.text.strip()}` does not describe a dimension",
            "write `dim time : ordered`, `dim county : from 1` or `dim time : ordered from 1`",
        )
    return None


def _dotted_target(view: View) -> Problem | None:
    token = view.token
    if view.first.type == "DOTTED" and view.previous is view.first and "TILDE" in view.expected:
        return Problem(
            "G0111",
            f"`{view.first.text}` cannot be defined here",
            view.first.start,
            view.first.end,
            "",
            "a weight of a network is given a prior, `f.layer1.weight ~ Normal(0, 1)`; other names"
            " with a point belong to the submodel or the function that makes them",
        )
    is_target = "NAME" in view.expected and view.following.type in (
        "TILDE",
        "EQUAL",
        "LSQB",
        "COLON",
    )
    if token.type != "DOTTED" or not is_target:
        return None
    return view.problem(
        "G0111",
        f"`{token.text}` cannot be defined here",
        "names with a point belong to the submodel or the function that makes them",
    )


def _typed_equation(view: View) -> Problem | None:
    if "COLON" not in view.types or view.first.type in ("DIM", "DATA", "MODEL"):
        return None
    if view.token.type == "EQUAL" and "TILDE" in view.expected:
        return view.problem(
            "G0111", "an equation has no type", "leave it out: the right side gives it"
        )
    if view.is_at_end and "TILDE" in view.expected:
        return view.problem(
            "G0111",
            f"`{view.first.text}` has a type but no prior",
            "data are declared `data x : ...`; a latent needs a prior, an improper one too:"
            " `x : real > 0 ~ Flat()`",
        )
    return None


def _where_on_equation(view: View) -> Problem | None:
    if view.token.type != "WHERE" or "EQUAL" not in view.types:
        return None
    return view.problem(
        "G0111",
        "an equation holds everywhere",
        "choose by element, `if(c, a, b)`; `where` restricts `~`, `observe` and `factor`",
    )


def _no_distribution(view: View) -> Problem | None:
    """`y ~ 3`, `y ~ mu`, `y ~ mu + Normal(0, 1)`, `y ~ 2 * Normal(0, 1)`"""
    if "TILDE" not in view.types[:-1] or view.opener() is not None:
        return None
    place = view.types.index("TILDE")
    right = view.tokens[place + 1 :]
    if right and view.token.type in _OPERATORS and right[-1].type == "RPAR":
        return view.problem(
            "G0113",
            "a distribution is not a number",
            "transform the quantity instead: `z ~ Normal(0, 1)` and `x = mu + 2 * z`",
        )
    if not right or (len(right) == 1 and "LPAR" in view.expected and view.token.type != "LBRACE"):
        start = right[0] if right else view.token
        return view.problem_from(
            start,
            "G0113",
            "a distribution with its arguments is expected after `~`",
            "write `x ~ Normal(0, 1)`, or `x = ...` for what is not random",
        )
    return None


def _not_an_equation(view: View) -> Problem | None:
    if view.token.type == "EQUAL_EQUAL" and "EQUAL" in view.expected:
        return view.problem("G0101", "`==` compares", "an equation is written with a single `=`")
    is_bound = view.previous.text in ("lower", "upper") and view.types[-3:-2] == ["LESS"]
    if view.token.type == "EQUAL" and is_bound:
        return view.problem_from(
            view.tokens[-2],
            "G0103",
            "a bound is written as a comparison",
            "write `real > 0`, `real < 1` or `0 < real < 1`",
        )
    if view.token.type == "EQUAL" and "EQUAL_EQUAL" in view.expected:
        return view.problem("G0101", "`=` does not compare", "a comparison is written `==`")
    return None


def _ode_slip(view: View) -> Problem | None:
    """`dI/dt = ...` and `S[0] = ...` among differential equations."""
    if view.token.type != "EQUAL" or "LPAR" not in view.expected:
        return None
    texts: list[str] = []
    for token in view.tokens:  # of the whole block: those of its last line
        texts = [] if token.type in ("NEWLINE", "LBRACE") else [*texts, token.text]
    start = view.tokens[len(view.tokens) - len(texts)] if texts else view.token
    match texts:
        case [over, "/", below] if over[:1] == "d" and over[1:] and below[:1] == "d" and below[1:]:
            return view.problem_from(
                start,
                "G0101",
                "the state of a derivative stands in brackets",
                f"write `d/{below}({over[1:]}) = ...`",
            )
        case [state, "[", *inside, "]"] if len(inside) == 1:
            return view.problem_from(
                start,
                "G0101",
                "a state is a function of time, not an array",
                f"its value at a time is written `{state}({inside[0]}) = ...`",
            )
        case _:
            return None


def _bare_expression(view: View) -> Problem | None:
    """A left side and nothing else, or `print(x)`."""
    if view.first.type != "NAME" or "EQUAL" not in view.expected or "TILDE" not in view.expected:
        return None
    if view.is_at_end:
        return view.problem_from(
            view.first,
            "G0101",
            f"`{view.first.text}` alone is not a statement",
            "say how it is distributed, `x ~ Normal(0, 1)`, or what it is equal to, `x = ...`",
        )
    if view.token.type == "LPAR":
        return view.problem_from(
            view.first,
            "G0101",
            "a call is not a statement",
            "name its value, `x = f(y)`; `factor f(y)` adds it to the log density",
        )
    return None


STATEMENT_MESSAGES: tuple[Callable[[View], Problem | None], ...] = (
    _continued_by_accident,
    _no_name,
    _function_body,
    _random_let,
    _data_statement,
    _dimension,
    _dotted_target,
    _typed_equation,
    _where_on_equation,
    _no_distribution,
    _not_an_equation,
    _ode_slip,
    _bare_expression,
)
