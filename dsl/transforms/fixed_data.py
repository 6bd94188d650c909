"""What conditioning and intervening share: the datum that stands for a quantity, by its parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gendsl.distributions.support import SupportKind
from gendsl.ir.expr import Op, Ref
from gendsl.ir.program import (
    Data,
    Equation,
    EquationRole,
    Node,
    Range,
    Recurrence,
    Sample,
    SampleRole,
    Series,
)  # fmt: skip
from gendsl.ir.statements import mask
from gendsl.ir.types import BOOL, Kind

OWN = ".own"
SET = ".set"
IS_SET = ".is_set"

_SUPPORT_OF_KIND = {
    Kind.REAL: SupportKind.REAL,
    Kind.INT: SupportKind.INT,
    Kind.BOOL: SupportKind.BOOL,
    Kind.INDEX: SupportKind.INDEX,
}


def standing_for(node: Sample | Equation, *, is_optional: bool = False) -> Data:
    """The datum with a quantity's name, axes, type and support."""
    range, support = Range(), _SUPPORT_OF_KIND[node.type.kind]
    if isinstance(node, Sample):
        range, support = node.range, node.support
    return Data(
        node.name, node.dims, node.type, range, support, is_optional, node.span, is_fixed=True
    )


def without_series(node: Recurrence, names: frozenset[str]) -> tuple[Recurrence, ...]:
    """The recurrence of the other series, if there are any."""
    rest = tuple(series for series in node.series if series.name not in names)
    return (replace(node, series=rest),) if rest else ()


def series_named(node: Node, names: frozenset[str]) -> Iterator[Series]:
    """The series of a recurrence that have one of these names."""
    if isinstance(node, Recurrence):
        yield from (series for series in node.series if series.name in names)


def data_in_part(node: Sample | Equation) -> tuple[Data, Data]:
    """The data that hold the values of some entries, and which entries these are."""
    values = replace(standing_for(node), name=node.name + SET)
    return values, mask(node.name + IS_SET, node.dims, node.span, is_fixed=True)


def is_set(node: Sample | Equation) -> Ref:
    """Which entries of a quantity are set."""
    return Ref(node.name + IS_SET, node.dims, BOOL, node.span)


def set_values(node: Sample | Equation) -> Ref:
    """The values of the entries that are set."""
    return Ref(node.name + SET, node.dims, node.type, node.span)


def set_in_part(node: Sample | Equation) -> tuple[Node, Equation]:
    """The statement under another name, and the quantity put together from it and the values."""
    own: Node = replace(node, name=node.name + OWN)
    role = EquationRole.SAVED
    if isinstance(node, Equation):
        role = node.role
        is_predicted = role is EquationRole.PREDICTED
        hidden = EquationRole.PREDICTED if is_predicted else EquationRole.LET
        own = replace(node, name=node.name + OWN, role=hidden)
    elif node.role is SampleRole.PREDICTED:
        role = EquationRole.PREDICTED
    rest = Ref(node.name + OWN, node.dims, node.type, node.span)
    value = Op("if", (is_set(node), set_values(node), rest), node.dims, node.type, node.span)
    return own, Equation(node.name, node.dims, node.type, value, role, None, node.span)
