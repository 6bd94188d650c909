"""Rules of expressions to nodes, bottom-up, one method a rule."""

from __future__ import annotations

import unicodedata
from typing import Any

from gendsl.diagnostics.source import Source, Span
from gendsl.frontend import ast
from gendsl.frontend.literals import bad_escape, read_number, read_string
from gendsl.frontend.pieces import Arguments, Bracketed, Item, Piece
from gendsl.grammar.lexer import Token
from gendsl.grammar.problem import Problem

MAX_DEPTH = 128
"""How deep an expression's tree may be: later passes recurse over it."""


def pieces_in(children: list[Any], kind: type) -> list[Any]:
    """Those of a rule's parts that are of a kind: a list without its commas."""
    return [child for child in children if type(child) is kind]


class ExpressionBuilder:
    """The values of the rules of expressions; what is wrong with them is left in `problems`."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.is_too_deep = False
        """Whether the present statement has been reported as too deep."""
        self.priors: list[ast.Argument] = []
        """The arguments `name ~ D(...)` that no network has been found around."""

    def span(self, start: int, end: int) -> Span:
        """The characters of the source."""
        return Span(self.source, start, end)

    def word(self, token: Token) -> str:
        """A name in its normal form (NFC), which makes two spellings of a letter one."""
        text = unicodedata.normalize("NFC", token.text)
        if not all(part.isidentifier() for part in text.split(".")):
            bad = next(c for c in text if not f"a{c}".isidentifier() and c != ".")
            self.problems.append(
                Problem(
                    "G0102",
                    f"`{bad}` cannot be part of a name",
                    token.start,
                    token.end,
                    "",
                    "names are made of letters, digits and `_`",
                )
            )
        return text

    def text_of(self, token: Token) -> str:
        """What a STRING stands for."""
        bad = bad_escape(token.text)
        if bad is None:
            return read_string(token.text)
        start = token.start + bad.start()
        self.problems.append(
            Problem(
                "G0104",
                f"`{bad.group()}` is no escape",
                start,
                start + len(bad.group()),
                "",
                r"the escapes are \" \\ \n \t and \u with four hexadecimal digits",
            )
        )
        return ""

    def value_of(self, token: Token) -> int | float:
        """What a NUMBER stands for."""
        try:
            return read_number(token.text)
        except ValueError as error:
            self.problems.append(
                Problem("G0105", f"a number is too large: {error}", token.start, token.end)
            )
            return 0

    def expression(self, node: ast.Expr, start: int, end: int, depth: int) -> Piece:
        """A piece; past the limit of depth it is reported and cut off."""
        if depth <= MAX_DEPTH:
            return Piece(node, start, end, depth)
        if not self.is_too_deep:
            self.is_too_deep = True
            self.problems.append(
                Problem(
                    "G0109",
                    f"an expression is nested more than {MAX_DEPTH} deep",
                    start,
                    end,
                    "",
                    "name its parts with `let`, or write a sum over a dimension as `sum[k](...)`",
                )
            )
        return Piece(ast.Number(0, self.span(start, end)), start, end)

    # --- rules: operands ---

    def _name(self, children: list[Token]) -> Token:
        return children[0]._replace(text=self.word(children[0]))

    def _reference(self, children: list[Token]) -> Piece:
        kind, text, start, end = children[0]
        if kind == "DOTTED":
            text = self.word(children[0])
        return Piece(ast.Name(text, self.span(start, end)), start, end)

    def _number(self, children: list[Token]) -> Piece:
        token = children[0]
        number = ast.Number(self.value_of(token), self.span(token.start, token.end))
        return Piece(number, token.start, token.end)

    def _string(self, children: list[Token]) -> Piece:
        token = children[0]
        string = ast.String(self.text_of(token), self.span(token.start, token.end))
        return Piece(string, token.start, token.end)

    def _group(self, children: list[Any]) -> Piece:
        opening, inner, closing = children
        return Piece(inner.node, opening.start, closing.end, inner.depth, is_grouped=True)

    def _array(self, children: list[Any]) -> Piece:
        items = pieces_in(children, Piece)
        start, end = children[0].start, children[-1].end
        node = ast.Array(tuple(item.node for item in items), self.span(start, end))
        return self.expression(node, start, end, 1 + max((i.depth for i in items), default=0))

    # --- rules: operators ---

    def _binary(self, children: list[Any]) -> Piece:
        left, operator, right = children
        node = ast.Binary(operator.text, left.node, right.node, self.span(left.start, right.end))
        return self.expression(node, left.start, right.end, 1 + max(left.depth, right.depth))

    def _unary(self, children: list[Any]) -> Piece:
        operator, operand = children
        start, end = operator.start, operand.end
        node = ast.Unary(operator.text, operand.node, self.span(start, end))
        return self.expression(node, start, end, 1 + operand.depth)

    # --- rules: calls and brackets ---

    def _argument(self, children: list[Any]) -> tuple[ast.Argument, int]:
        value: Piece = children[-1]
        name = children[0].text if len(children) == 3 else None
        span = self.span(children[0].start, value.end)
        return ast.Argument(name, value.node, span), value.depth

    def _prior_argument(self, children: list[Any]) -> tuple[ast.Argument, int]:
        name, _, value = children
        span = self.span(name.start, value.end)
        argument = ast.Argument(name.text, value.node, span, is_prior=True)
        self.priors.append(argument)
        return argument, value.depth

    def _arguments(self, children: list[Any]) -> Arguments:
        pairs = pieces_in(children, tuple)
        return Arguments(tuple(node for node, _ in pairs), max(depth for _, depth in pairs))

    def _call(self, children: list[Any]) -> Piece:
        function, arguments = children[0], _arguments_in(children)
        start, end = function.start, children[-1].end
        node = ast.Call(function.node, arguments.nodes, self.span(start, end))
        return self.expression(node, start, end, 1 + arguments.depth)

    def _item(self, children: list[Any]) -> Item:
        start, end = children[0].start, children[-1].end
        if len(children) == 1:
            return Item(None, children[0], None, start, end)
        upper = children[4] if len(children) == 5 else None
        return Item(children[0].text, children[2], upper, start, end)

    def _grouping(self, children: list[Any]) -> Item:
        start, end = children[0].start, children[-1].end
        return Item(children[0].text, children[2], None, start, end, is_grouping=True)

    def _items(self, children: list[Any]) -> tuple[Item, ...]:
        return tuple(pieces_in(children, Item))

    def _bracketed(self, children: list[Any]) -> Bracketed:
        function, _, items, closing = children
        return Bracketed(function, items, function.start, closing.end)

    def _index(self, children: list[Any]) -> Piece:
        if len(children) == 1:
            base, items = children[0].function, children[0].items
        else:
            base, items = children[0], children[2]
        start, end = base.start, children[-1].end
        node = ast.Index(base.node, self.index_items(items), self.span(start, end))
        depth = max(base.depth, *(item.value.depth for item in items))
        return self.expression(node, start, end, 1 + depth)

    def _dim_call(self, children: list[Any]) -> Piece:
        head, arguments = children[0], _arguments_in(children)
        start, end = head.start, children[-1].end
        binders = tuple(self._binder(item) for item in head.items)
        node = ast.DimCall(head.function.node, binders, arguments.nodes, self.span(start, end))
        bounds = [piece.depth for item in head.items for piece in (item.value, item.upper) if piece]
        return self.expression(node, start, end, 1 + max(arguments.depth, *bounds))

    def index_items(self, items: tuple[Item, ...]) -> tuple[ast.IndexItem, ...]:
        """Items that index: none may be a range or a grouping."""
        for item in items:
            if item.is_grouping:
                self.problems.append(
                    Problem(
                        "G0112",
                        "`by` groups what is reduced, it cannot index",
                        item.start,
                        item.end,
                        "",
                        f"write `sum[{item.dim} by ...](...)`; an index stands alone: `x[of]`",
                    )
                )
            if item.upper is not None:
                self.problems.append(
                    Problem(
                        "G0112",
                        "a range cannot index",
                        item.start,
                        item.end,
                        "",
                        f"reduce over it: `sum[{item.dim} = 1..11](...)`; a start is"
                        f" written `{item.dim} < 6`",
                    )
                )
        return tuple(
            ast.IndexItem(item.dim, item.value.node, self.span(item.start, item.end))
            for item in items
        )

    def _binder(self, item: Item) -> ast.Binder:
        span = self.span(item.start, item.end)
        node = item.value.node
        if item.dim is not None and item.is_grouping:
            return ast.Binder(item.dim, None, None, node, span)
        if item.dim is not None and item.upper is not None:
            return ast.Binder(item.dim, node, item.upper.node, None, span)
        if item.dim is None and isinstance(node, ast.Name):
            return ast.Binder(node.id, None, None, None, span)
        name = item.dim or "k"
        self.problems.append(
            Problem(
                "G0112",
                "before `(`, brackets name dimensions",
                item.start,
                item.end,
                "",
                f"write `[{name}]`, or `[{name} = 1..11]` for a range",
            )
        )
        return ast.Binder(name, None, None, None, span)


def _arguments_in(children: list[Any]) -> Arguments:
    """The arguments between a call's parentheses."""
    found = pieces_in(children, Arguments)
    return found[0] if found else Arguments((), 0)
