"""Which newlines end a statement, and whether brackets match: between the lexer and the parser.

A newline ends a statement unless it stands inside brackets, before `|>` or `>>`, or after something
that cannot be an end (an operator, `=`, `~`, a comma). The parser sees exactly one NEWLINE between
two statements and none beside a block's braces.
"""

from __future__ import annotations

from gendsl.grammar.lexer import END, ERROR, Token
from gendsl.grammar.problem import Problem

MAX_BRACKETS = 500
"""How deep brackets may be nested."""

CONTINUES_AFTER = frozenset(
    [
        "EQUAL",
        "PLUS_EQUAL",
        "TILDE",
        "COLON",
        "COMMA",
        "DOTDOT",
        "THEN",
        "PIPE",
        "LESS",
        "LESS_EQUAL",
        "GREATER",
        "GREATER_EQUAL",
        "EQUAL_EQUAL",
        "NOT_EQUAL",
        "PLUS",
        "MINUS",
        "STAR",
        "SLASH",
        "AT",
        "CARET",
        "AND",
        "OR",
        "NOT",
        "WHERE",
        "AS",
    ]
)
CONTINUES_BEFORE = frozenset({"THEN", "PIPE"})

DECLARATION_STARTS = frozenset(["IMPORT", "DEF", "SUBMODEL", "MODEL", "INFER", "PFN"])
STATEMENT_STARTS = frozenset(["DIM", "DATA", "LET", "PREDICT", "OBSERVE"]) | (
    DECLARATION_STARTS - {"PFN"}  # which is a name inside brackets
)

_CLOSERS = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
_OPENERS = {closer: opener for opener, closer in _CLOSERS.items()}
_OPERAND_ENDS = frozenset(["NAME", "DOTTED", "NUMBER", "STRING", "RPAR", "RSQB"])
_OPERAND_STARTS = frozenset(["NAME", "DOTTED", "NUMBER", "STRING"])


def lay_out(tokens: list[Token]) -> tuple[list[Token], list[Problem]]:
    """The tokens that the parser sees, an END last, and what is wrong with the brackets."""
    layout = _Layout(tokens)
    for i in range(len(tokens)):
        layout.feed(i)
    layout.finish()
    return layout.out, layout.problems


class _Layout:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.out: list[Token] = []
        self.problems: list[Problem] = []
        self.open: list[Token] = []
        self.closed = _closed_brackets(tokens)
        self.members: set[int] = set()
        """Where the braces start that list a dimension's members: no statements inside."""
        self.newline: Token | None = None
        self.is_too_deep = False

    def feed(self, i: int) -> None:
        token = self.tokens[i]
        if token.type == "COMMENT":
            return
        if token.type == "NEWLINE":
            if not self._is_inside():
                self.newline = self.newline or token
            elif self._is_left_open(i):
                self._give_up(token)
            return
        self._settle_newline(token)
        if token.type in _CLOSERS:
            self._push(token)
        elif token.type in _OPENERS:
            token = self._pop(token)
        self.out.append(token)

    def finish(self) -> None:
        end = self.tokens[-1].end if self.tokens else 0
        if self._is_inside():
            self._give_up(Token("NEWLINE", "", end, end))
        self.out.append(Token(END, "", end, end))

    def _is_inside(self) -> bool:
        """Whether the innermost open bracket is one in which newlines mean nothing."""
        if not self.open:
            return False
        return self.open[-1].type != "LBRACE" or self.open[-1].start in self.members

    def _settle_newline(self, following: Token) -> None:
        newline, self.newline = self.newline, None
        if newline is None or not self.out:
            return
        last = self.out[-1]
        is_block_edge = last.type == "LBRACE" or following.type == "RBRACE"
        is_continued = last.type in CONTINUES_AFTER or following.type in CONTINUES_BEFORE
        if not (is_block_edge or is_continued):
            self.out.append(newline)

    def _push(self, token: Token) -> None:
        if token.type == "LBRACE" and self.out and self.out[-1].type == "EQUAL":
            self.members.add(token.start)
        self.open.append(token)
        if len(self.open) > MAX_BRACKETS and not self.is_too_deep:
            self.is_too_deep = True
            self.problems.append(
                Problem(
                    "G0109",
                    f"more than {MAX_BRACKETS} brackets inside one another",
                    token.start,
                    token.end,
                    "",
                    "name a part of it with `let`",
                )
            )
            self.out.append(Token(ERROR, "", token.start, token.start))

    def _pop(self, token: Token) -> Token:
        """Match a closing bracket; an ERROR in its place where it cannot be matched."""
        wanted = _OPENERS[token.type]
        if token.type == "RBRACE":
            if self.open and self.open[-1].type != "LBRACE":
                self._report_open(self.open[-1])
                self.out.append(Token(ERROR, "", token.start, token.start))
            while self.open and self.open[-1].type != "LBRACE":
                self.open.pop()
            if self.open:
                self.open.pop()
            return token
        if not self.open or self.open[-1].type == "LBRACE":
            self._report_unopened(token)
            return token._replace(type=ERROR)
        opener = self.open.pop()
        if opener.type == wanted:
            return token
        self.problems.append(
            Problem(
                "G0107",
                f"`{token.text}` does not close `{opener.text}`",
                token.start,
                token.end,
                others=((opener.start, opener.end, "opened here"),),
            )
        )
        if any(other.type == wanted for other in self._opened_in_block()):
            while self.open.pop().type != wanted:
                pass
        return token._replace(type=ERROR)

    def _opened_in_block(self) -> list[Token]:
        """The open brackets since the last brace."""
        inner = []
        for opener in reversed(self.open):
            if opener.type == "LBRACE":
                break
            inner.append(opener)
        return inner

    def _report_unopened(self, token: Token) -> None:
        self.problems.append(
            Problem(
                "G0107", f"nothing is open that `{token.text}` could close", token.start, token.end
            )
        )

    def _report_open(self, opener: Token) -> None:
        for token in reversed(self.out):
            if token.start < opener.start:
                break
            if token.type == ERROR:  # such as a string that took the closing bracket with it
                return
        self.problems.append(
            Problem(
                "G0106", f"`{opener.text}` is never closed", opener.start, opener.end, "opened here"
            )
        )

    def _give_up(self, newline: Token) -> None:
        """Report the innermost open bracket and go on as if the line ended its statement."""
        self._report_open(self.open[-1])
        while self._is_inside():
            self.open.pop()
        self.out.append(Token(ERROR, "", newline.start, newline.start))
        self.newline = newline

    def _next_words(self, i: int) -> list[Token]:
        """The two tokens after the newlines and comments from `i` on, or fewer at the end."""
        words: list[Token] = []
        for j in range(i + 1, len(self.tokens)):
            if self.tokens[j].type not in _BLANK:
                words.append(self.tokens[j])
                if len(words) == 2:
                    break
        return words

    def _is_left_open(self, i: int) -> bool:
        """Whether the line after this newline starts a statement, though a bracket is open."""
        words = self._next_words(i)
        if not words:
            return False
        if words[0].type in STATEMENT_STARTS:
            return True
        is_juxtaposed = self.out[-1].type in _OPERAND_ENDS and words[0].type in _OPERAND_STARTS
        is_sampled = len(words) > 1 and words[1].type == "TILDE"
        return is_juxtaposed and (is_sampled or self.open[-1].start not in self.closed)


def _closed_brackets(tokens: list[Token]) -> frozenset[int]:
    """Where the brackets start that are closed before the next brace, declaration or `data`, ..."""
    closed: set[int] = set()
    opened: list[tuple[str, int]] = []
    for token in tokens:
        if token.type in ("LPAR", "LSQB"):
            opened.append((token.type, token.start))
        elif token.type in ("RPAR", "RSQB"):
            wanted = _OPENERS[token.type]
            if opened and opened[-1][0] != wanted and any(kind == wanted for kind, _ in opened):
                while opened[-1][0] != wanted:
                    opened.pop()
            if opened and opened[-1][0] == wanted:
                closed.add(opened.pop()[1])
        elif token.type == "RBRACE" or token.type in STATEMENT_STARTS:
            opened.clear()
    return frozenset(closed)


_BLANK = frozenset({"NEWLINE", "COMMENT"})
