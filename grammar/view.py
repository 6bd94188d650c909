"""A failure of the parser, as the rules that explain it look at it."""

from __future__ import annotations

from gendsl.grammar.lalr import Failure
from gendsl.grammar.lexer import END, Token
from gendsl.grammar.problem import Problem
from gendsl.grammar.soft_words import SOFT_WORDS

COMPARISONS = frozenset(
    ["LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL", "EQUAL_EQUAL", "NOT_EQUAL"]
)
OPERAND_STARTS = frozenset({"NAME", "DOTTED", "NUMBER", "STRING", *SOFT_WORDS})
OPERAND_ENDS = OPERAND_STARTS | {"RPAR", "RSQB"}


class View:
    """The statement that failed, around the token that does not fit."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        self.tokens = failure.tokens[failure.start : failure.index]
        """The tokens before the one that does not fit."""
        self.token = failure.tokens[failure.index]
        self.expected = failure.expected
        nothing = Token(END, "", self.token.start, self.token.start)
        self.first = (*self.tokens, self.token)[0]
        self.previous = self.tokens[-1] if self.tokens else nothing
        second = failure.tokens[failure.start + 1 : failure.start + 2]
        self.second = second[0] if second else nothing
        following = failure.tokens[failure.index + 1 : failure.index + 2]
        self.following = following[0] if following else nothing

    @property
    def types(self) -> list[str]:
        """The types of the tokens up to and with the one that does not fit."""
        return [token.type for token in self.tokens] + [self.token.type]

    @property
    def is_at_end(self) -> bool:
        """Whether the statement stops where it should go on."""
        if self.token.type == "RBRACE":  # of the block, unless the statement has opened one
            return "LBRACE" not in self.types
        return self.token.type in ("NEWLINE", END)

    def opener(self) -> Token | None:
        """The innermost bracket of the statement that is open here."""
        depth = 0
        for token in reversed(self.tokens):
            if token.type in ("RPAR", "RSQB"):
                depth += 1
            elif token.type in ("LPAR", "LSQB"):
                if depth == 0:
                    return token
                depth -= 1
        return None

    def block_opener(self) -> Token | None:
        """The brace of the block that is open here."""
        depth = 0
        for token in reversed(self.failure.tokens[: self.failure.index]):
            if token.type == "RBRACE":
                depth += 1
            elif token.type == "LBRACE":
                if depth == 0:
                    return token
                depth -= 1
        return None

    def problem(self, code: str, message: str, help: str | None = None, label: str = "") -> Problem:
        """A problem at the token, or behind the last one where the line ends."""
        return self.problem_from(self.token, code, message, help, label)

    def problem_from(
        self, first: Token, code: str, message: str, help: str | None = None, label: str = ""
    ) -> Problem:
        """A problem from an earlier token to the one that does not fit."""
        end = self.previous.end if self.is_at_end and self.tokens else self.token.end
        start = min(first.start, end)
        return Problem(code, message, start, end, label, help)
