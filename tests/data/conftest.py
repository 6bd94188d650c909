"""Programs built by hand: the data layer needs nothing of the front end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gendsl.diagnostics.source import Source, Span
from gendsl.distributions.support import SupportKind
from gendsl.ir.expr import Const, Expr
from gendsl.ir.program import Data, Dimension, Program, Range
from gendsl.ir.types import BOOL, INT, REAL, ValueType, index_into

TYPES = {"real": REAL, "int": INT, "bool": BOOL}


class Model:
    """Builds a program from lines such as `y[school] : real > 0`."""

    def dim(self, line: str, **settings: Any) -> Dimension:
        """`school`, or `next like state`, or `pair = {a, b}`, with settings for the rest."""
        source = Source("model.gen", f"dim {line}")
        span = Span(source, 4, len(source.text))
        fields: dict[str, Any] = {
            "size": None, "labels": None, "is_ordered": False, "first_code": None, "like": None,
        }  # fmt: skip
        name = line.split()[0]
        if " like " in line:
            fields["like"] = line.split()[-1]
        if "{" in line:
            fields["labels"] = tuple(line.partition("{")[2].strip("} ").replace(" ", "").split(","))
        return Dimension(name, **{**fields, **settings}, span=span)

    def data(
        self,
        line: str,
        *,
        lower: float | Expr | None = None,
        upper: float | Expr | None = None,
        strict: tuple[bool, bool] = (False, False),
        support: SupportKind = SupportKind.REAL,
    ) -> Data:
        """`name[dims] : type`, the type with `?` if it may be missing."""
        source = Source("model.gen", f"data {line}")
        left, _, right = line.partition(":")
        name, _, dims = left.strip().partition("[")
        names = tuple(d.strip() for d in dims.rstrip("] ").split(",") if d.strip())
        called = right.strip().rstrip("?")
        type_: ValueType = TYPES.get(called) or index_into(called)
        bounds = Range(self.bound(lower), self.bound(upper), *strict)
        span = Span(source, 5, 5 + len(name))
        return Data(name, names, type_, bounds, support, right.strip().endswith("?"), span)

    def bound(self, value: float | Expr | None) -> Expr | None:
        """A number as an expression."""
        return Const(value, REAL) if isinstance(value, int | float) else value

    def program(self, dims: list[str | Dimension], data: list[str | Data]) -> Program:
        """A program with these dimensions and data, and nothing else."""
        dimensions = tuple(self.dim(d) if isinstance(d, str) else d for d in dims)
        arrays = tuple(self.data(d) if isinstance(d, str) else d for d in data)
        return Program("m", Source("model.gen", ""), dimensions, arrays, (), ())


@pytest.fixture(scope="session")
def model() -> Model:
    """The builder."""
    return Model()


@pytest.fixture(scope="session")
def errors() -> Callable[..., list[str]]:
    """Calls something that must fail, and returns `code: message | help` of each error."""
    from gendsl.diagnostics.catalogue import CATALOGUE
    from gendsl.diagnostics.diagnostic import DiagnosticError

    def call(function: Callable[..., object], *arguments: Any, **keywords: Any) -> list[str]:
        with pytest.raises(DiagnosticError) as caught:
            function(*arguments, **keywords)
        for diagnostic in caught.value.diagnostics:
            assert diagnostic.code in CATALOGUE
        return [
            f"{d.code}: {d.message}" + (f" | {d.help}" if d.help else "")
            for d in caught.value.diagnostics
        ]

    return call
