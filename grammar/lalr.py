"""The LALR(1) automaton, with recovery at the ends of statements.

Nothing here recurses: text may be nested as deep as memory allows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gendsl.grammar.layout import DECLARATION_STARTS
from gendsl.grammar.lexer import END, Token
from gendsl.grammar.problem import Problem
from gendsl.grammar.tables import Tables

MAX_PROBLEMS = 20
"""After so many syntax errors the rest is not looked at."""

Reduce = Callable[[str, list[object]], object]
"""Makes the value of a rule from those of its parts: `Token`s and earlier values."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Where parsing stopped, for the words to be found."""

    text: str
    tokens: list[Token]
    index: int
    """The token that does not fit."""
    start: int
    """The first token of its statement or declaration."""
    expected: frozenset[str]
    """The terminals that would fit."""
    is_in_block: bool

    def is_block_left_open(self) -> bool:
        """Whether a declaration starts here because the end of the block before was forgotten.

        A declaration inside a block that is closed later is merely misplaced.
        """
        if self.index != self.start or self.tokens[self.index].type not in DECLARATION_STARTS:
            return False
        depth = 0
        for token in self.tokens[self.index :]:
            depth += (token.type == "LBRACE") - (token.type == "RBRACE")
            if depth < 0:
                return False
        return True


Explain = Callable[[Failure], Problem | None]
"""Finds the words for a failure; None where it has been reported before."""


def parse_tokens(
    tables: Tables, text: str, tokens: list[Token], reduce: Reduce, explain: Explain
) -> tuple[object, list[Problem]]:
    """The value of the whole file and every syntax error.

    Where a statement or declaration fails, `None` stands for its value.
    """
    return _Automaton(tables, text, tokens, reduce, explain).run()


class _Automaton:
    def __init__(
        self, tables: Tables, text: str, tokens: list[Token], reduce: Reduce, explain: Explain
    ) -> None:
        self.tables = tables
        self.text = text
        self.tokens = tokens
        self.reduce = reduce
        self.explain = explain
        self.states = [tables.start_state]
        self.values: list[object] = []
        self.problems: list[Problem] = []
        self.safe_depth = 1
        """The height of the stack before the present statement."""
        self.safe_index = 0
        """The first token of the present statement."""
        self.outer: list[tuple[int, int]] = []
        """The same two before each brace that is open."""
        self.is_finished = False

    def run(self) -> tuple[object, list[Problem]]:
        i = 0
        while not self.is_finished and len(self.problems) < MAX_PROBLEMS:
            if self._feed(self.tokens[i]):
                i += 1
                self._keep_safe(self.tokens[i - 1], i)
            else:
                i = self._recover(i)
                if i < 0:
                    break
        return (self.values[-1] if self.is_finished else None), self.problems

    def _keep_safe(self, token: Token, following: int) -> None:
        """Note where a statement starts; at a block's end, where the declaration around it did."""
        if token.type == "LBRACE":
            self.outer.append((self.safe_depth, self.safe_index))
        elif token.type == "RBRACE" and self.outer:
            self.safe_depth, self.safe_index = self.outer.pop()
        if "statement" in self._gotos() or "declaration" in self._gotos():
            self.safe_depth, self.safe_index = len(self.states), following

    def _gotos(self) -> dict[str, int]:
        return self.tables.gotos[self.states[-1]]

    def _feed(self, token: Token) -> bool:
        """Reduce as far as the token asks and shift it; False where it does not fit."""
        states, values = self.states, self.values
        actions, gotos, rules = self.tables.actions, self.tables.gotos, self.tables.rules
        while True:
            action = actions[states[-1]].get(token.type)
            if action is None:
                return False
            if action >= 0:
                states.append(action)
                values.append(token)
                return True
            rule = rules[-1 - action]
            size = rule.size
            children: list[object] = []
            if size:
                children = values[-size:]
                del states[-size:], values[-size:]
            values.append(self._value(rule.name, rule.is_transparent, rule.is_spliced, children))
            states.append(gotos[states[-1]][rule.symbol])
            if states[-1] == self.tables.end_state:
                self.is_finished = True
                return True

    def _value(
        self, name: str, is_transparent: bool, is_spliced: bool, children: list[object]
    ) -> object:
        if is_transparent and len(children) == 1 and type(children[0]) is not _Spliced:
            return children[0]
        if any(type(child) is _Spliced for child in children):
            children = _splice(children)
        if not is_spliced:
            return self.reduce(name, children)
        return children if type(children) is _Spliced else _Spliced(children)

    def _recover(self, i: int) -> int:
        """Report the failure at token `i`, drop its statement; the token to go on with, or -1."""
        token = self.tokens[i]
        states = self.states
        is_in_block = "statement" in self.tables.gotos[states[self.safe_depth - 1]]
        failure = Failure(self.text, self.tokens, i, self.safe_index, self._expected(), is_in_block)
        problem = self.explain(failure)
        if problem is not None:
            self.problems.append(problem)
        if token.type == END and is_in_block:
            return -1
        # Braces that the statement has opened are dropped with it.
        while self.outer and self.outer[-1] == (self.safe_depth, self.safe_index):
            self.outer.pop()
        del states[self.safe_depth :], self.values[self.safe_depth - 1 :]
        symbol = "statement" if is_in_block else "declaration"
        states.append(self._gotos()[symbol])
        self.values.append(None)
        if is_in_block and failure.is_block_left_open():
            for kind in ("RBRACE", "NEWLINE"):
                supplied = Token(kind, "", token.start, token.start)
                self._feed(supplied)
                self._keep_safe(supplied, i)
            return i
        return self._skip(i, is_in_block)

    def _skip(self, i: int, is_in_block: bool) -> int:
        """The token behind the present statement, whose blocks are skipped with it."""
        depth = 0
        for j in range(self.safe_index, len(self.tokens)):
            kind = self.tokens[j].type
            is_end = kind in ("NEWLINE", END) or (kind == "RBRACE" and is_in_block)
            if is_end and depth == 0 and j >= i:
                return j
            if kind == "LBRACE":
                depth += 1
            elif kind == "RBRACE":
                depth = max(0, depth - 1)
        return len(self.tokens) - 1

    def _expected(self) -> frozenset[str]:
        """The terminals that the automaton would shift, found by running it without values."""
        actions, gotos, rules = self.tables.actions, self.tables.gotos, self.tables.rules
        found = set()
        for terminal in actions[self.states[-1]]:
            # What lies below is looked at, never changed: only the pushed states are kept apart.
            below, pushed = len(self.states) - 1, [self.states[-1]]
            while True:
                action = actions[pushed[-1]].get(terminal)
                if action is None:
                    break
                if action >= 0:
                    found.add(terminal)
                    break
                rule = rules[-1 - action]
                for _ in range(rule.size):
                    if pushed:
                        pushed.pop()
                    else:
                        below -= 1
                top = pushed[-1] if pushed else self.states[below - 1]
                state = gotos[top][rule.symbol]
                if state == self.tables.end_state:
                    found.add(terminal)
                    break
                pushed.append(state)
        return frozenset(found)


class _Spliced(list[object]):
    """The children of a helper rule, on their way into their parent's."""


def _splice(children: list[object]) -> list[object]:
    """Put the children of helpers in the place of the helpers.

    A repetition is left recursive: its head is extended, not copied, so that it stays linear.
    """
    first = children[0]
    head: list[object] = first if type(first) is _Spliced else [first]
    for child in children[1:]:
        if type(child) is _Spliced:
            head.extend(child)
        else:
            head.append(child)
    return head
