"""Types of values: what a number is, and over which dimensions it varies."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What one element is."""

    REAL = "real"
    INT = "int"
    BOOL = "bool"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class ValueType:
    """The kind of an element; an index says into which dimension it points."""

    kind: Kind
    dim: str | None = None

    def __str__(self) -> str:
        return self.dim if self.dim is not None else self.kind.value


REAL = ValueType(Kind.REAL)
INT = ValueType(Kind.INT)
BOOL = ValueType(Kind.BOOL)


def index_into(dim: str) -> ValueType:
    """The type of positions along `dim`."""
    return ValueType(Kind.INDEX, dim)


def join(types: tuple[ValueType, ...]) -> ValueType:
    """The type of arithmetic on values of these types: real if any is, else int."""
    return REAL if any(t.kind is Kind.REAL for t in types) else INT
