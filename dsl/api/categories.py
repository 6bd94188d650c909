"""What the arrays of results say of quantities whose values are members of a dimension."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gendsl.api.shapes import types_of
from gendsl.data.roots import root_of
from gendsl.ir.bound import BoundData
from gendsl.ir.program import Program
from gendsl.ir.types import Kind
from gendsl.results.categories import category_attributes


def categories(program: Program, bound: BoundData) -> Mapping[str, Mapping[str, Any]]:
    """Return the attributes of every quantity that holds positions along a dimension."""
    return {
        name: category_attributes(root_of(program, type.dim), bound.labels.get(type.dim))
        for name, type in types_of(program).items()
        if type.kind is Kind.INDEX and type.dim is not None
    }
