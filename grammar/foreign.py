"""What other languages write: said once, replaced by what was meant, so that parsing goes on."""

from __future__ import annotations

from gendsl.grammar.lexer import ERROR, Token
from gendsl.grammar.problem import Problem

_MEANT = {
    "SEMICOLON": (
        "NEWLINE",
        "`;` does not end a statement",
        "leave it out: the end of the line ends a statement",
    ),
    "LINE_COMMENT": ("COMMENT", "`//` does not start a comment", "comments start with `#`"),
    "BLOCK_COMMENT": (
        "COMMENT",
        "`/*` does not start a comment",
        "start each line of the comment with `#`",
    ),
    "DOUBLE_STAR": ("CARET", "`**` is not an operator", "the power is `^`"),
    "COLON_EQUAL": ("EQUAL", "`:=` is not an operator", "an equation is written `x = ...`"),
    "AMPERSANDS": ("AND", "`&&` is not an operator", "write `and`"),
    "BARS": ("OR", "`||` is not an operator", "write `or`"),
    "BANG": ("NOT", "`!` is not an operator", "write `not`"),
    "SINGLE_QUOTED": ("STRING", "a string stands between double quotes", "replace `'` by `\"`"),
}

_REJECTED = {
    "PLUS_EQUAL": ("`+=` is not an operator", "add to the log density with `factor ...`"),
    "PERCENT": ("`%` is not an operator", "for a remainder write `mod(a, b)`"),
    "UNCLOSED_STRING": ("a string is not closed", 'close it with `"` on the same line'),
}

_NUMBERS = {
    "LEADING_DOT": lambda text: f"0{text}",
    "TRAILING_DOT": lambda text: f"{text}0",
}


def explain_foreign(tokens: list[Token]) -> tuple[list[Token], list[Problem]]:
    """Replace foreign tokens by what they stand for; one problem for each kind of them."""
    problems: list[Problem] = []
    said: set[str] = set()
    kept: list[Token] = []
    is_line_wrong = False
    """Whether something without meaning has been reported on this line: once will do."""
    jumps = _jumps(tokens)
    for i, token in enumerate(tokens):
        kind, text, start, end = token
        if kind in _MEANT:
            kind, message, help_ = _MEANT[kind]
            if token.type not in said:
                width = 2 if kind == "COMMENT" else len(text)
                problems.append(Problem("G0103", message, start, start + width, "", help_))
            said.add(token.type)
        elif kind in _REJECTED and i not in jumps:
            message, help_ = _REJECTED[kind]
            code = "G0104" if kind == "UNCLOSED_STRING" else "G0103"
            kind = ERROR
            if not is_line_wrong:
                problems.append(Problem(code, message, start, end, "", help_))
            is_line_wrong = True
        elif kind in _NUMBERS:
            kind, text, meant = "NUMBER", "0", _NUMBERS[kind](text)
            problems.append(
                Problem(
                    "G0105",
                    "a number needs digits on both sides of its point",
                    start,
                    end,
                    "",
                    f"write `{meant}`",
                )
            )
        elif kind == "BAD_NUMBER":
            kind, text = "NUMBER", "0"
            problems.append(_bad_number(token))
        elif kind == "UNKNOWN":
            kind = ERROR
            if text not in said and not is_line_wrong:
                problems.append(_unknown(token))
            said.add(text)
            is_line_wrong = True
        elif kind == "NEWLINE":
            is_line_wrong = False
        kept.append(Token(kind, text, start, end))
    return kept, problems


def _jumps(tokens: list[Token]) -> frozenset[int]:
    """Where `+=` stands among differential equations, in which it adds to a state."""
    found: set[int] = set()
    blocks: list[bool] = []
    before = ["", ""]
    for i, token in enumerate(tokens):
        if token.type == "LBRACE":
            blocks.append(before[0] == "ODE")
        elif token.type == "RBRACE" and blocks:
            blocks.pop()
        elif token.type == "PLUS_EQUAL" and blocks and blocks[-1]:
            found.add(i)
        if token.type not in ("COMMENT", "NEWLINE"):
            before = [before[1], token.type]
    return frozenset(found)


def _bad_number(token: Token) -> Problem:
    rest = token.text.lstrip("0123456789._")
    if not rest:
        help_ = "a single `_` may stand between two digits: `1_000`"
    elif token.text[:2].lower() in ("0x", "0b", "0o"):
        help_ = "numbers are decimal"
    else:
        product = f"{token.text.removesuffix(rest)} * {rest}"
        help_ = f"for a product write `{product}`; a name starts with a letter"
    return Problem(
        "G0105", f"`{token.text}` is neither a number nor a name", token.start, token.end, "", help_
    )


def _unknown(token: Token) -> Problem:
    character = token.text
    shown = f"`{character}`" if character.isprintable() else f"U+{ord(character):04X}"
    return Problem(
        "G0102",
        f"the character {shown} has no meaning here",
        token.start,
        token.end,
        "",
        _instead(character),
    )


def _instead(character: str) -> str | None:
    """What was probably meant by a character."""
    for characters, meant in _LOOKALIKES:
        if character in characters:
            return f"write `{meant}`"
    return _REMARKS.get(character)


_LOOKALIKES = (
    ("−–—", "-"),
    ("×·", "*"),
    ("÷\\", "/"),
    ("≤", "<="),
    ("≥", ">="),
    ("≠", "!="),
    ("²", "^2"),
    ("³", "^3"),
    ("∼", "~"),
    ("&", "and"),
    ("|", "or"),
    ("“”„«»'", '"'),
    ("∑", "sum[k](...)"),
    ("∏", "prod[k](...)"),
)

_REMARKS = {
    "\r": "a line ends with LF or CRLF; this is a CR alone",
    "\u00a0": "this is a space that does not break; write an ordinary one",
    "\ufeff": "this is an invisible mark; delete it",
    "\u200b": "this is an invisible space; delete it",
    "∈": "a type follows a colon: `x : real > 0`",
    "$": "names are made of letters, digits and `_`",
    ".": "a name with a point has no spaces in it: `beta.tau`; a range is `1..11`",
}
