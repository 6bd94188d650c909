"""Rules of `pfn` blocks, of trained networks and of their contexts to nodes."""

from __future__ import annotations

from typing import Any

from gendsl.diagnostics.source import Span
from gendsl.frontend import ast
from gendsl.frontend.build_expression import ExpressionBuilder, pieces_in
from gendsl.frontend.pieces import Given
from gendsl.grammar.lexer import Token


class PfnBuilder(ExpressionBuilder):
    """The values of the rules of networks that are trained, or are to be."""

    def _pfn(self, children: list[Any]) -> ast.Pfn:
        return ast.Pfn(*self.named_block(children))

    def _pfn_file(self, children: list[Token]) -> ast.PfnFile:
        keyword, name, _, path = children
        return ast.PfnFile(
            self.word(name),
            self.text_of(path),
            self.span(keyword.start, path.end),
            self.span(name.start, name.end),
        )

    def _given(self, children: list[Any]) -> Given:
        known = tuple(pieces_in(children, ast.Argument))
        return Given(known, children[0].start, known[-1].span.end)

    def _known(self, children: list[Any]) -> ast.Argument:
        name, _, value = children
        self.is_too_deep = False
        return ast.Argument(self.word(name), value.node, self.span(name.start, value.end))

    def named_block(self, children: list[Any]) -> tuple[str, tuple[Any, ...], Span, Span]:
        """Name and parts of `keyword NAME { ... }`, the span of it all and that of the name."""
        keyword, name, end = children[0], children[1], children[-1]
        parts = tuple(c for c in children[3:-1] if c is not None and type(c) is not Token)
        own = self.span(name.start, name.end)
        return self.word(name), parts, self.span(keyword.start, end.end), own

    def _pfn_predict(self, children: list[Any]) -> ast.PfnPredict:
        keyword, predicted = children[:2]
        given = children[3] if len(children) == 4 else []
        return ast.PfnPredict(
            tuple(self._pfn_name(name) for name in predicted),
            tuple(self._pfn_name(name) for name in given),
            self.span(keyword.start, (*predicted, *given)[-1].end),
        )

    def _pfn_name(self, name: Token) -> ast.Name:
        return ast.Name(self.word(name), self.span(name.start, name.end))

    def _pfn_require(self, children: list[Any]) -> ast.PfnRequire:
        keyword, condition = children
        self.is_too_deep = False
        return ast.PfnRequire(condition.node, self.span(keyword.start, condition.end))

    def _pfn_draws(self, children: list[Any]) -> ast.PfnDraws:
        name = children[0]
        draws = tuple(pieces_in(children, ast.PfnDraw))
        return ast.PfnDraws(
            self.word(name),
            draws,
            self.span(name.start, draws[-1].span.end),
            self.span(name.start, name.end),
        )

    def _pfn_draw(self, children: list[Any]) -> ast.PfnDraw:
        name, _, call = children
        self.is_too_deep = False
        return ast.PfnDraw(self._pfn_name(name), call.node, self.span(name.start, call.end))

    def _pfn_setting(self, children: list[Any]) -> ast.PfnSetting:
        name, value = children[0], children[2]
        upper = children[4] if len(children) == 5 else None
        self.is_too_deep = False
        return ast.PfnSetting(
            self.word(name),
            value.node,
            None if upper is None else upper.node,
            self.span(name.start, (upper or value).end),
            self.span(name.start, name.end),
        )
