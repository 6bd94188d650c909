"""What the builder passes from rule to rule where the tree has no node for it."""

from __future__ import annotations

from dataclasses import dataclass

from gendsl.frontend import ast


@dataclass(frozen=True, slots=True)
class Piece:
    """An expression: where it stands with its parentheses, and how deep its tree is."""

    node: ast.Expr
    start: int
    end: int
    depth: int = 1
    is_grouped: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """An entry between brackets, before it is known whether it indexes or binds."""

    dim: str | None
    value: Piece
    upper: Piece | None
    start: int
    end: int
    is_grouping: bool = False


@dataclass(frozen=True, slots=True)
class Bracketed:
    """`name[items]`, before it is known whether `(` follows."""

    function: Piece
    items: tuple[Item, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a call, and the depth of the deepest."""

    nodes: tuple[ast.Argument, ...]
    depth: int


@dataclass(frozen=True, slots=True)
class OptionalName:
    """`real?`."""

    node: ast.Name
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Where:
    """`where cond`."""

    value: ast.Expr
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class As:
    """`as centred`."""

    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Given:
    """`given x = x, y = y`: the context of a trained network."""

    known: tuple[ast.Argument, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DimKind:
    """`: ordered from 1`."""

    is_ordered: bool
    first_code: int | None
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """`{ ... }`."""

    statements: tuple[ast.Statement, ...]
    end: int
