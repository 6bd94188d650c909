"""Translating a finished function, word by word, from NumPy's vocabulary into torch's."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import Any

from gendsl.backends.emit import python as py
from gendsl.backends.emit.dialect import Names
from gendsl.backends.emit.document import Block, Def, If, Line, Return, Statement, With
from gendsl.backends.failures import CannotSay
from gendsl.backends.pyro.dialect.equations import EQUATIONS
from gendsl.backends.pyro.dialect.numbers import path_of
from gendsl.backends.pyro.dialect.phrases import PHRASES, Speaker, place, put
from gendsl.backends.pyro.dialect.plates import with_plates_once
from gendsl.backends.pyro.dialect.unread import without_unread
from gendsl.backends.pyro.dialect.word import Word
from gendsl.backends.pyro.dialect.words import WORDS

_PHRASES = {**PHRASES, **EQUATIONS}
_CONSTANTS = {"jnp.inf": "torch.inf", "jnp.nan": "torch.nan"}
_FOREIGN = ("jnp.", "jax.", "lax.", "special.", "numpyro.", "diffrax.")
_IS_PATTERN = re.compile(r"\{0\}")


def translated(function: Def, names: Names, helpers: dict[str, None]) -> Def:
    """The function in torch's words; the modules that they need are added to `helpers`.

    Raises:
        CannotSay: if a word has no row.
    """
    speaker = Speaker(names, helpers, set(names.numbers))
    said = without_unread(_Translation(speaker).function(function))
    return with_plates_once(said, names.fresh)


class _Translation:
    """Goes through statements in order, since an assignment may make a name a number's."""

    def __init__(self, speaker: Speaker) -> None:
        self.speaker = speaker
        self.site = ""

    def function(self, node: Def) -> Def:
        """A function with its body translated."""
        self.site = node.name
        return replace(node, body=tuple(self.statement(part) for part in node.body))

    def statement(self, node: Statement) -> Statement:
        """One statement."""
        match node:
            case Line(targets, value):
                self.site = _name_of(value, targets[0] if targets else self.site)
                code = self.expression(value)
                if len(targets) == 1:
                    known = self.speaker.numbers
                    (known.add if self.speaker.is_number(code) else known.discard)(targets[0])
                return replace(node, value=code)
            case Return(value):
                return Return(self.expression(value))
            case With(contexts, body):
                around = tuple(self.expression(context) for context in contexts)
                inside = tuple(self.statement(part) for part in body)
                return replace(node, contexts=around, body=inside)
            case If(test, body):
                return If(self.expression(test), tuple(self.statement(part) for part in body))
            case Block(body):
                return Block(tuple(self.statement(part) for part in body))
            case Def():
                return self.function(node)

    def expression(self, node: ast.expr) -> ast.expr:
        """A new tree: parts of the old one may stand in several places."""
        match node:
            case ast.Call():
                return self._call(node)
            case ast.Attribute():
                known = _CONSTANTS.get(path_of(node))
                return py.dotted(known) if known else self._inside(node)
            case _:
                return self._inside(node)

    def _inside(self, node: ast.expr) -> ast.expr:
        parts: dict[str, Any] = {name: self._part(x) for name, x in ast.iter_fields(node)}
        made: ast.expr = type(node)(**parts)
        return made

    def _part(self, value: object) -> object:
        if isinstance(value, ast.expr):
            return self.expression(value)
        if isinstance(value, list):
            return [self._part(part) for part in value]
        if isinstance(value, ast.keyword):
            return ast.keyword(value.arg, self.expression(value.value))
        return value

    def _call(self, node: ast.Call) -> ast.expr:
        found = place(node.func)
        arguments = [self.expression(argument) for argument in node.args]
        keywords = {k.arg or "": self.expression(k.value) for k in node.keywords}
        if found is not None:
            base, index, word = found
            at, value = self.expression(index), arguments[0]
            return put(at, value, word, self.expression(base), self.speaker)
        name = path_of(node.func)
        if name in _PHRASES:
            return _PHRASES[name](arguments, keywords, self.speaker)
        if name in WORDS:
            return self._word(WORDS[name], arguments, keywords)
        if name.startswith(_FOREIGN):
            raise CannotSay(self.site, f"torch has no `{name}`")
        function = self._inside(node.func)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "astype":
            return py.method(function.value, "to", py.dotted("torch.bool"))  # type: ignore[attr-defined]
        return py.call(function, *arguments, **keywords)

    def _word(
        self, word: Word, arguments: list[ast.expr], keywords: dict[str, ast.expr]
    ) -> ast.expr:
        axis = keywords.pop("axis", None)
        keywords.pop("ddof", None)  # torch's own default
        for unused in ("axis1", "axis2"):
            keywords.pop(unused, None)
        is_plain = all(self.speaker.is_number(argument) for argument in arguments)
        if is_plain and word.number and not keywords and axis is None:
            return py.call(word.number, *arguments)
        if word.helper is not None:
            self.speaker.helpers[word.helper] = None
        given = [
            self.speaker.tensor(argument) if i in word.tensors else argument
            for i, argument in enumerate(arguments)
        ]
        if _IS_PATTERN.search(word.torch):
            return py.template(word.torch, given)
        if axis is None:
            return py.call(word.torch, *given, **keywords)
        axes = axis.elts if isinstance(axis, ast.Tuple) and word.takes_one_axis else [axis]
        code = given[0]
        for each in reversed(axes):  # the last one first, so that the others keep their places
            code = py.call(word.torch, code, dim=each, **keywords)
        return code


def _name_of(value: ast.expr, otherwise: str) -> str:
    """The site that a line is about, or the quantity that it assigns."""
    match value:
        case ast.Call(args=[ast.Constant(str() as name), *_]):
            return name
        case _:
            return otherwise
