"""Words for what the parser does not accept: the first rule that knows the mistake explains it."""

from __future__ import annotations

from collections.abc import Callable

from gendsl.grammar.expectations import describe, list_expected
from gendsl.grammar.expression_messages import EXPRESSION_MESSAGES
from gendsl.grammar.foreign_statements import FOREIGN_STATEMENTS
from gendsl.grammar.lalr import Failure
from gendsl.grammar.layout import DECLARATION_STARTS
from gendsl.grammar.lexer import END, ERROR
from gendsl.grammar.pfn_messages import known_rows, pfn_file, pfn_line
from gendsl.grammar.problem import Problem
from gendsl.grammar.statement_messages import STATEMENT_MESSAGES
from gendsl.grammar.tables import load_tables
from gendsl.grammar.view import OPERAND_ENDS, OPERAND_STARTS, View


def explain(failure: Failure) -> Problem | None:
    """The problem behind a failure; None where a token of it has been explained already."""
    if _has_error(failure):
        return None
    view = View(failure)
    for rule in RULES:
        problem = rule(view)
        if problem is not None:
            return problem
    return _general(view)


def _has_error(failure: Failure) -> bool:
    """Whether something in the statement has been reported by the lexer or the layout."""
    for i in range(failure.start, len(failure.tokens)):
        kind = failure.tokens[i].type
        if kind == ERROR:
            return True
        if i >= failure.index and kind in ("NEWLINE", "LBRACE", "RBRACE"):
            return False
    return False


def _unclosed_block(view: View) -> Problem | None:
    is_complete = not view.tokens or "RBRACE" in view.expected
    opener = view.block_opener()
    if view.token.type != END or opener is None or not is_complete:
        return None
    return Problem("G0106", "`{` is never closed", opener.start, opener.end, "opened here")


def _misplaced_declaration(view: View) -> Problem | None:
    if not view.failure.is_in_block or view.token.type not in DECLARATION_STARTS or view.tokens:
        return None
    word, opener = view.token.text, view.block_opener()
    if opener is None or not view.failure.is_block_left_open():
        return view.problem(
            "G0115", f"`{word}` cannot stand inside braces", "move it out of the model"
        )
    return Problem(
        "G0106",
        f"`{{` is not closed before `{word}`",
        opener.start,
        opener.end,
        "opened here",
        f"close it with `}}` before `{word}`",
        ((view.token.start, view.token.end, "this cannot stand inside"),),
    )


def _surplus_brace(view: View) -> Problem | None:
    if view.token.type != "RBRACE" or view.failure.is_in_block or view.block_opener() is not None:
        return None
    return view.problem("G0107", "nothing is open that `}` could close")


def _statement_outside(view: View) -> Problem | None:
    if view.failure.is_in_block or view.tokens or view.token.type in ("RBRACE", END):
        return None
    return view.problem(
        "G0115",
        "a statement stands outside of a model",
        "statements stand in `model NAME { ... }`; outside are `model`, `submodel`, `def`,"
        " `import` and `infer`",
    )


def _keyword_as_name(view: View) -> Problem | None:
    keywords = load_tables().keywords
    word = view.token
    if word.type == "NOT" and "NUMBER" in view.expected:
        return view.problem(
            "G0101", "`not` binds loosely and cannot stand here", "put it in parentheses: `(not a)`"
        )
    if word.type in ("AND", "OR", "WHERE", "AS") and "NUMBER" in view.expected:
        return view.problem("G0101", f"a value is missing before `{word.text}`")
    if word.text in keywords and "NAME" in view.expected:
        return view.problem("G0114", f"`{word.text}` is a keyword, not a name", _rename(word.text))
    first = view.first
    is_target = view.token.type in ("TILDE", "EQUAL", "COLON")
    is_left_side = view.types[1:2] in (["TILDE"], ["EQUAL"], ["COLON"], ["LSQB"])
    is_keyword = first.text in keywords and first.type not in DECLARATION_STARTS
    if is_keyword and is_target and is_left_side and view.tokens:
        return Problem(
            "G0114",
            f"`{first.text}` is a keyword, not a name",
            first.start,
            first.end,
            "",
            _rename(first.text),
        )
    return None


def _rename(word: str) -> str:
    return f"choose another name, such as `{word}_`"


def _general(view: View) -> Problem:
    """What fits no rule: what is there, and what could be."""
    expected = list_expected(view.expected)
    if view.is_at_end:
        gap = view.failure.text[view.previous.end : view.token.start]
        is_line = view.token.type == "NEWLINE" or "\n" in gap
        what = "line" if is_line else "block" if view.token.type == "RBRACE" else "file"
        return view.problem("G0101", f"the {what} ends where {expected} is expected")
    if view.previous.type in OPERAND_ENDS and view.token.type in OPERAND_STARTS:
        if "LBRACE" in view.types:
            message = f"a comma is missing before `{view.token.text}`"
        elif view.opener() is not None:
            message = f"a comma or an operator is missing before `{view.token.text}`"
        else:
            message = f"an operator or a line end is missing before `{view.token.text}`"
        return view.problem("G0101", message)
    return view.problem(
        "G0101", f"{describe(view.token)} is not expected here", f"expected is {expected}"
    )


RULES: tuple[Callable[[View], Problem | None], ...] = (
    _unclosed_block,
    _misplaced_declaration,
    _surplus_brace,
    pfn_line,
    pfn_file,
    known_rows,
    *FOREIGN_STATEMENTS,
    _statement_outside,
    _keyword_as_name,
    *STATEMENT_MESSAGES,
    *EXPRESSION_MESSAGES,
)
