"""Words whose meaning in torch depends on what their arguments are."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gendsl.backends.emit import python as py
from gendsl.backends.emit.dialect import Names
from gendsl.backends.pyro.dialect.numbers import as_tensor, is_number, path_of


@dataclass(slots=True)
class Speaker:
    """What is known while a function is translated: its names, and the modules it needs."""

    names: Names
    helpers: dict[str, None]
    numbers: set[str] = field(default_factory=set)

    def is_number(self, node: ast.expr) -> bool:
        """Whether an expression in torch's words is a Python number."""
        return is_number(node, self.numbers)

    def tensor(self, node: ast.expr) -> ast.expr:
        """The expression as a tensor."""
        return as_tensor(node, self.numbers)

    def helper(self, module: str, callable: str, *arguments: ast.expr) -> ast.Call:
        """A call of a function that the program carries."""
        self.helpers[module] = None
        return py.call(callable, *arguments)


Phrase = Callable[[list[ast.expr], Mapping[str, ast.expr], Speaker], ast.expr]
"""Of a call's translated arguments, the expression that stands for it."""


def _where(arguments: list[ast.expr], _: Mapping[str, ast.expr], speaker: Speaker) -> ast.expr:
    condition, first, second = arguments
    if speaker.is_number(condition):
        return ast.IfExp(condition, first, second)
    if isinstance(condition, ast.Name) and condition.id in speaker.names.flags:
        condition = py.call("torch.as_tensor", condition)
    return py.call("torch.where", condition, first, second)


def _extreme(pairwise: str, keyword: str) -> Phrase:
    """`torch.clamp(x, min=0)` where one of the two is a number."""

    def phrase(arguments: list[ast.expr], _: Mapping[str, ast.expr], speaker: Speaker) -> ast.expr:
        first, second = arguments
        match (speaker.is_number(first), speaker.is_number(second)):
            case (True, True):
                return py.call("max" if keyword == "min" else "min", first, second)
            case (True, False):
                return py.call("torch.clamp", second, **{keyword: first})
            case (False, True):
                return py.call("torch.clamp", first, **{keyword: second})
            case _:
                return py.call(pairwise, first, second)

    return phrase


def _array(arguments: list[ast.expr], _: Mapping[str, ast.expr], speaker: Speaker) -> ast.expr:
    (rows,) = arguments
    if _are_numbers(rows, speaker):
        return py.call("torch.tensor", rows)
    return _stacked(rows, speaker)


def _are_numbers(node: ast.expr, speaker: Speaker) -> bool:
    if isinstance(node, ast.List):
        return all(_are_numbers(item, speaker) for item in node.elts)
    return speaker.is_number(node)


def _stacked(node: ast.expr, speaker: Speaker) -> ast.expr:
    if not isinstance(node, ast.List):
        return speaker.tensor(node)
    return py.call("torch.stack", py.array([_stacked(item, speaker) for item in node.elts]))


def _joined(function: str) -> Phrase:
    """A function of a list of tensors."""

    def phrase(arguments: list[ast.expr], _: Mapping[str, ast.expr], speaker: Speaker) -> ast.expr:
        (parts,) = arguments
        if isinstance(parts, ast.List):
            parts = py.array([speaker.tensor(part) for part in parts.elts])
        return py.call(function, parts)

    return phrase


def _broadcast(arguments: list[ast.expr], _: Mapping[str, ast.expr], speaker: Speaker) -> ast.expr:
    return py.call("torch.broadcast_tensors", *(speaker.tensor(part) for part in arguments))


def _full(arguments: list[ast.expr], _: Mapping[str, ast.expr], speaker: Speaker) -> ast.expr:
    shape, value = arguments
    lengths = shape.elts if isinstance(shape, ast.Tuple) else [shape]
    if isinstance(value, ast.Constant) and isinstance(value.value, float):
        short = {0.0: "torch.zeros", 1.0: "torch.ones"}.get(value.value)
        if short is not None:
            return py.call(short, *lengths)
    if speaker.is_number(value):
        return py.call("torch.full", py.sequence(lengths), value)
    return py.method(value, "expand", *lengths)


def _scored(
    arguments: list[ast.expr], keywords: Mapping[str, ast.expr], speaker: Speaker
) -> ast.expr:
    """`pyro.sample("z.sum", SummedOut(...), obs=torch.tensor(0.0))`."""
    named = {name: speaker.tensor(value) for name, value in keywords.items()}
    return py.call("pyro.sample", *arguments, **named)


def _zero_sum(_: list[ast.expr], __: Mapping[str, ast.expr], speaker: Speaker) -> ast.expr:
    speaker.helpers["zero_sum"] = None
    return py.name("zero_sum")


def _integer(_: list[ast.expr], __: Mapping[str, ast.expr], ___: Speaker) -> ast.expr:
    return py.dotted("constraints.integer")


def _scan(
    arguments: list[ast.expr], keywords: Mapping[str, ast.expr], speaker: Speaker
) -> ast.expr:
    """A scan whose steps draw; `jax.lax.scan` is one whose steps only compute."""
    speaker.helpers["steps"] = None
    return py.call("scan_sites", *arguments, **keywords)


def put(at: ast.expr, value: ast.expr, word: str, base: ast.expr, speaker: Speaker) -> ast.expr:
    """`put(x, i, v)` for `x.at[i].set(v)`: a copy with other entries."""
    function = {"set": "put", "add": "put_added"}[word]
    return speaker.helper("put", function, base, _index(at), value)


def _index(node: ast.expr) -> ast.expr:
    """What stands inside brackets, as an argument."""
    match node:
        case ast.Tuple(items):
            return py.sequence([_index(item) for item in items])
        case ast.Slice(lower, upper):
            ends = [py.NEW_AXIS if end is None else end for end in (lower, upper)]
            return py.call("slice", *ends)
        case _:
            return node


def place(node: ast.expr) -> tuple[ast.expr, ast.expr, str] | None:
    """Base, index and word of `base.at[index].word`."""
    match node:
        case ast.Attribute(ast.Subscript(ast.Attribute(base, "at"), index), "set" | "add" as word):
            return base, index, word
        case _:
            return None


PHRASES: Mapping[str, Phrase] = MappingProxyType(
    {
        "jnp.where": _where,
        "jnp.maximum": _extreme("torch.maximum", "min"),
        "jnp.minimum": _extreme("torch.minimum", "max"),
        "jnp.array": _array,
        "jnp.stack": _joined("torch.stack"),
        "jnp.concatenate": _joined("torch.cat"),
        "jnp.broadcast_arrays": _broadcast,
        "jnp.full": _full,
        "numpyro.sample": _scored,
        "scan": _scan,
        "constraints.zero_sum": _zero_sum,
        "constraints.integer_greater_than": _integer,
    }
)
"""The words of this file."""

__all__ = ["PHRASES", "Phrase", "Speaker", "path_of", "place", "put"]
