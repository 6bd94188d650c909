"""Rules of statements and declarations to nodes, bottom-up, one method a rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from gendsl.diagnostics.source import Source
from gendsl.diagnostics.suggest import nearest
from gendsl.frontend import ast
from gendsl.frontend.build_expression import pieces_in
from gendsl.frontend.build_pfn import PfnBuilder
from gendsl.frontend.pieces import As, Block, DimKind, Given, OptionalName, Piece, Where
from gendsl.frontend.types import Operand, TypeProblem, read_type
from gendsl.grammar.lexer import Token
from gendsl.grammar.problem import Problem

PARAMETERISATIONS = ("centred", "non_centred")

_JOINED = {"where": "join the conditions by `and`", "given": "write commas between what is given"}
"""What to do instead of a suffix that stands twice."""

_Node = TypeVar("_Node")


class Builder(PfnBuilder):
    """The values of all rules, for one source."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._methods: dict[str, Callable[[list[Any]], Any]] = {}

    def reduce(self, rule: str, children: list[Any]) -> Any:
        """The value of a rule."""
        method = self._methods.get(rule)
        if method is None:
            method = self._methods[rule] = getattr(self, f"_{rule}")
        return method(children)

    # --- top level ---

    def _start(self, children: list[Any]) -> ast.File:
        for prior in self.priors:
            self.problems.append(
                Problem(
                    "G0475",
                    f"`{prior.name} ~ ...` stands outside of a network",
                    prior.span.start,
                    prior.span.end,
                    "a prior among arguments",
                    "the arguments of layers have priors, in `net f = Dense(...) |> ...`; elsewhere"
                    f" state it by itself, `{prior.name} ~ ...`, and use the name",
                )
            )
        declarations = tuple(c for c in children if c is not None and type(c) is not Token)
        return ast.File(declarations, self.span(0, len(self.source.text)))

    def _import(self, children: list[Token]) -> ast.Import:
        keyword, path = children
        return ast.Import(self.text_of(path), self.span(keyword.start, path.end))

    def _function(self, children: list[Any]) -> ast.Function:
        keyword, name, value = children[0], children[1], children[-1]
        self.is_too_deep = False
        return ast.Function(
            name.text,
            _only(children, tuple) or (),
            (),
            value.node,
            self.span(keyword.start, value.end),
            self.span(name.start, name.end),
        )

    def _local_value(self, children: list[Any]) -> ast.Local:
        keyword, name, _, value = children
        self.is_too_deep = False
        return ast.Local(
            name.text,
            value.node,
            self.span(keyword.start, value.end),
            self.span(name.start, name.end),
        )

    def _function_block(self, children: list[Any]) -> ast.Function:
        keyword, name, value, end = children[0], children[1], children[-2], children[-1]
        self.is_too_deep = False
        return ast.Function(
            name.text,
            _only(children, tuple) or (),
            tuple(c for c in children if isinstance(c, ast.Local)),
            value.node,
            self.span(keyword.start, end.end),
            self.span(name.start, name.end),
        )

    def _submodel(self, children: list[Any]) -> ast.Submodel:
        keyword, name, block = children[0], children[1], children[-1]
        dims = _only(children, list) or []
        return ast.Submodel(
            name.text,
            _only(children, tuple) or (),
            tuple(self._dim_name(dim) for dim in dims),
            block.statements,
            self.span(keyword.start, block.end),
            self.span(name.start, name.end),
        )

    def _model(self, children: list[Any]) -> ast.Model:
        keyword, name, block = children
        return ast.Model(
            name.text,
            block.statements,
            self.span(keyword.start, block.end),
            self.span(name.start, name.end),
        )

    def _infer(self, children: list[Any]) -> ast.Infer:
        keyword, name, _, program = children
        self.is_too_deep = False
        return ast.Infer(
            name.text,
            program.node,
            self.span(keyword.start, program.end),
            self.span(name.start, name.end),
        )

    def _parameter(self, children: list[Any]) -> ast.Parameter:
        name = children[0]
        default = children[2].node if len(children) == 3 else None
        return ast.Parameter(name.text, default, self.span(name.start, children[-1].end))

    def _parameters(self, children: list[Any]) -> tuple[ast.Parameter, ...]:
        return tuple(pieces_in(children, ast.Parameter))

    def _block(self, children: list[Any]) -> Block:
        statements = tuple(c for c in children if c is not None and type(c) is not Token)
        return Block(statements, children[-1].end)

    # --- dimensions and data ---

    def _dim_name(self, token: Token) -> ast.DimName:
        return ast.DimName(token.text, self.span(token.start, token.end))

    def _names(self, children: list[Token]) -> list[Token]:
        return [token for token in children if token.type != "COMMA"]

    def _dim(self, children: list[Any]) -> ast.DimStatement:
        keyword, names = children[0], children[1]
        kind: DimKind | None = _only(children, DimKind)
        size: Piece | ast.Members | ast.Sizes | None = (
            _only(children, Piece) or _only(children, ast.Members) or _only(children, ast.Sizes)
        )
        is_of_last = isinstance(size, ast.Sizes) and kind is None
        if len(names) > 1 and len(children) > 2 and not is_of_last:
            self.problems.append(
                Problem(
                    "G0111",
                    "several dimensions share one description",
                    names[0].start,
                    names[-1].end,
                    "",
                    "give each dimension its own line",
                )
            )
        self.is_too_deep = False
        end = names[-1].end
        if kind is not None:
            end = kind.end
        if size is not None:
            end = size.end if isinstance(size, Piece) else size.span.end
        return ast.DimStatement(
            tuple(self._dim_name(name) for name in names),
            size.node if isinstance(size, Piece) else size,
            kind is not None and kind.is_ordered,
            kind.first_code if kind is not None else None,
            None,
            self.span(keyword.start, end),
        )

    def _dim_like(self, children: list[Any]) -> ast.DimStatement:
        keyword, name, _, like = children
        return ast.DimStatement(
            (self._dim_name(name),),
            None,
            False,
            None,
            self._dim_name(like),
            self.span(keyword.start, like.end),
        )

    def _dim_kind(self, children: list[Any]) -> DimKind:
        """COLON ORDERED? dim_from?"""
        first: DimKind | None = _only(children, DimKind)
        is_ordered = children[1] is not first
        code = first.first_code if first is not None else None
        return DimKind(is_ordered, code, children[-1].end)

    def _dim_from(self, children: list[Token]) -> DimKind:
        number = children[-1]
        value = self.value_of(number)
        if isinstance(value, float):
            self.problems.append(
                Problem("G0111", "codes are whole numbers", number.start, number.end)
            )
        code = int(value) if len(children) == 2 else -int(value)
        return DimKind(False, code, number.end)

    def _dim_size(self, children: list[Any]) -> Piece | ast.Members | ast.Sizes:
        size: Piece | ast.Members = children[1]
        if isinstance(size, Piece) and len(children) == 4:
            upper: Piece = children[3]
            return ast.Sizes(size.node, upper.node, self.span(size.start, upper.end))
        return size

    def _members(self, children: list[Token]) -> ast.Members:
        labels = [token for token in children[1:-1] if token.type != "COMMA"]
        texts = tuple(self.text_of(t) if t.type == "STRING" else t.text for t in labels)
        return ast.Members(texts, self.span(children[0].start, children[-1].end))

    def _data(self, children: list[Any]) -> ast.DataStatement:
        keyword, target, _, type_ = children
        self.is_too_deep = False
        return ast.DataStatement(target, type_, self.span(keyword.start, type_.span.end))

    # --- the other statements ---

    def _target(self, children: list[Any]) -> ast.Target:
        name = children[0]
        items = self.index_items(children[2]) if len(children) == 4 else ()
        return ast.Target(
            self.word(name),
            items,
            self.span(name.start, children[-1].end),
            self.span(name.start, name.end),
        )

    def _sample(self, children: list[Any]) -> ast.SampleStatement:
        [target] = pieces_in(children, ast.Target)
        [call] = pieces_in(children, Piece)
        where, parameterisation, known, end = self._suffixes(children, call.end)
        first = children[0]
        is_predict = type(first) is Token
        start = first.start if is_predict else target.span.start
        self.is_too_deep = False
        return ast.SampleStatement(
            target,
            _only(children, ast.Type),
            self._in_context(call, known),
            parameterisation,
            where,
            is_predict,
            self.span(start, end),
        )

    def _in_context(self, call: Piece, known: tuple[ast.Argument, ...]) -> ast.Call:
        """The call with what stands after `given`, to its end."""
        assert isinstance(call.node, ast.Call)
        if not known:
            return call.node
        return replace(call.node, given=known, span=self.span(call.start, known[-1].span.end))

    def _suffixes(
        self, children: list[Any], end: int
    ) -> tuple[ast.Expr | None, str | None, tuple[ast.Argument, ...], int]:
        """`where`, `as`, `given`, and where the last of them ends."""
        wheres, ways = pieces_in(children, Where), pieces_in(children, As)
        givens = pieces_in(children, Given)
        for twice, word in ((wheres, "where"), (ways, "as"), (givens, "given")):
            if len(twice) > 1:
                second = twice[1]
                self.problems.append(
                    Problem(
                        "G0111",
                        f"a second `{word}`",
                        second.start,
                        second.end,
                        "",
                        _JOINED.get(word),
                    )
                )
        for way in ways:
            if way.word not in PARAMETERISATIONS:
                near = nearest(way.word, PARAMETERISATIONS)
                self.problems.append(
                    Problem(
                        "G0111",
                        f"`{way.word}` is no parameterisation",
                        way.start,
                        way.end,
                        "",
                        f"did you mean `{near}`?"
                        if near
                        else "write `as centred` or `as non_centred`",
                    )
                )
        end = max([end, *(suffix.end for suffix in (*wheres, *ways, *givens))])
        return (
            wheres[0].value if wheres else None,
            ways[0].word if ways else None,
            givens[0].known if givens else (),
            end,
        )

    def _equation(self, children: list[Any]) -> ast.EquationStatement:
        target, value = children[-3], children[-1]
        keyword = children[0].text if len(children) == 4 else ""
        start = children[0].start if keyword else target.span.start
        self.is_too_deep = False
        return ast.EquationStatement(keyword, target, value.node, self.span(start, value.end))

    def _observe(self, children: list[Any]) -> ast.ObserveStatement:
        keyword, value, _, call = children[:4]
        where, _, _, end = self._suffixes(children, call.end)
        self.is_too_deep = False
        return ast.ObserveStatement(value.node, call.node, where, self.span(keyword.start, end))

    def _factor(self, children: list[Any]) -> ast.FactorStatement:
        keyword, value = children[:2]
        where, _, _, end = self._suffixes(children, value.end)
        self.is_too_deep = False
        return ast.FactorStatement(value.node, where, self.span(keyword.start, end))

    # --- kernels ---

    def _kernel(self, children: list[Any]) -> ast.KernelStatement:
        keyword, name, _, value = children
        return self._kernel_statement(keyword, name, None, value)

    def _kernel_formula(self, children: list[Any]) -> ast.KernelStatement:
        keyword, name, _, first, _, second, _, _, value = children
        points = (self._dim_name(first), self._dim_name(second))
        return self._kernel_statement(keyword, name, points, value)

    def _kernel_statement(
        self,
        keyword: Token,
        name: Token,
        points: tuple[ast.DimName, ast.DimName] | None,
        value: Piece,
    ) -> ast.KernelStatement:
        self.is_too_deep = False
        return ast.KernelStatement(
            self.word(name),
            points,
            value.node,
            self.span(keyword.start, value.end),
            self.span(name.start, name.end),
        )

    # --- networks ---

    def _net(self, children: list[Any]) -> ast.NetStatement:
        keyword, target, _, value = children
        self.is_too_deep = False
        self.priors = [p for p in self.priors if p.span.start < keyword.start]
        return ast.NetStatement(target, value.node, self.span(keyword.start, value.end))

    def _match(self, children: list[Any]) -> ast.MatchStatement:
        keyword, name = children[:2]
        calls = pieces_in(children, Piece)
        process, inputs, *distance = (call.node for call in calls)
        self.is_too_deep = False
        return ast.MatchStatement(
            ast.Name(self.word(name), self.span(name.start, name.end)),
            process,
            inputs,
            distance[0] if distance else None,
            self.span(keyword.start, calls[-1].end),
        )

    def _weight_prior(self, children: list[Any]) -> ast.SampleStatement:
        name = children[0]
        span = self.span(name.start, name.end)
        target = ast.Target(self.word(name), (), span, span)
        return self._sample([target, *children[1:]])

    # --- differential equations ---

    def _ode(self, children: list[Any]) -> ast.OdeStatement:
        return ast.OdeStatement(*self.named_block(children))

    def _derivative(self, children: list[Any]) -> ast.OdeDerivative:
        over, _, below, _, target, _, _, value = children
        time = below.text[1:]
        if over.text != "d" or below.text[0] != "d" or not time.isidentifier():
            self.problems.append(
                Problem(
                    "G0111",
                    f"`{over.text}/{below.text}` is no derivative",
                    over.start,
                    below.end,
                    "",
                    f"write `d/dt({target.span.text}) = ...`",
                )
            )
        self.is_too_deep = False
        return ast.OdeDerivative(time, target, value.node, self.span(over.start, value.end))

    def _value_at(self, children: list[Any]) -> ast.OdeValue:
        state, sign, value = children
        is_jump = sign.type == "PLUS_EQUAL"
        self.is_too_deep = False
        return ast.OdeValue(state.node, is_jump, value.node, self.span(state.start, value.end))

    def _ode_let(self, children: list[Any]) -> ast.OdeLet:
        keyword, target, _, value = children
        self.is_too_deep = False
        return ast.OdeLet(target, value.node, self.span(keyword.start, value.end))

    def _setting(self, children: list[Any]) -> ast.OdeSetting:
        name, _, value = children
        self.is_too_deep = False
        return ast.OdeSetting(
            self.word(name),
            value.node,
            self.span(name.start, value.end),
            self.span(name.start, name.end),
        )

    def _distribution(self, children: list[Piece]) -> Piece:
        return children[0]

    def _where(self, children: list[Any]) -> Where:
        keyword, condition = children
        return Where(condition.node, keyword.start, condition.end)

    def _as(self, children: list[Token]) -> As:
        keyword, word = children
        return As(self.word(word), keyword.start, word.end)

    # --- types ---

    def _optional(self, children: list[Token]) -> OptionalName:
        name, mark = children
        node = ast.Name(self.word(name), self.span(name.start, name.end))
        return OptionalName(node, name.start, mark.end)

    def _type(self, children: list[Any]) -> ast.Type:
        span = self.span(children[0].start, children[-1].end)
        operands = [
            Operand(
                part.node,
                isinstance(part, OptionalName),
                isinstance(part, OptionalName) or not part.is_grouped,
                self.span(part.start, part.end),
            )
            for part in children[::2]
        ]
        try:
            return read_type(operands, [token.text for token in children[1::2]], span)
        except TypeProblem as problem:
            at = problem.span
            self.problems.append(
                Problem("G0110", problem.message, at.start, at.end, "", problem.help)
            )
            return ast.Type("real", None, None, False, span)


def _only(children: list[Any], kind: type[_Node]) -> _Node | None:
    """The part of a rule that is of a kind, where it may be absent."""
    for child in children:
        if type(child) is kind:
            return child
    return None
