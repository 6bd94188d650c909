"""Classes as the user calls them, and as a network numbers them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.api.pfn_columns import Domain
from gendsl.api.pfn_table_errors import refused
from gendsl.api.pfn_tables import Floats, Table, distinct, is_numeric, plain
from gendsl.data.raw import RawArray
from gendsl.diagnostics.wording import listed
from gendsl.ir.types import Kind


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes that are predicted: `labels[i]` is the network's class `i`.

    Labels that are no codes of the prior's get its classes in their order. If there are fewer,
    probabilities are those given that the class is one of them.
    """

    labels: tuple[Any, ...]

    def shares(self, probabilities: NDArray[Any]) -> Floats:
        """Return the probabilities [row, class] of the classes that are there."""
        some = np.asarray(probabilities, np.float64)[:, : len(self.labels)]
        total: Floats = some / some.sum(axis=1, keepdims=True)
        return total


def classes_in(
    column: RawArray, table: Table, domain: Domain, known: tuple[int, int]
) -> tuple[Classes, Floats]:
    """Return the classes of a target, and the number of each row's.

    Raises:
        DiagnosticError: if there are more than the prior has, or too few to tell which is which.
    """
    first, count = known
    first = domain.first_code if domain.is_index else first
    if domain.members is not None and not is_numeric(column):
        return _labelled(column, table, domain.members, domain.members)
    if count == 2 and column.values.dtype.kind == "b":
        return Classes((False, True)), column.values.astype(np.float64)
    if is_numeric(column):
        numbers = plain(column, Kind.REAL, table) - first
        if np.isin(numbers, np.arange(count)).all():
            return Classes(tuple(range(first, first + count))), numbers
        values: list[Any] = [_whole(v) for v in (numbers + first).tolist()]
        labels = tuple(sorted(set(values)))
        return _labelled(_with(column, values), table, labels, None, count)
    return _labelled(column, table, tuple(sorted(distinct(column.values), key=str)), None, count)


def _labelled(
    column: RawArray,
    table: Table,
    labels: tuple[Any, ...],
    members: tuple[str, ...] | None,
    count: int = 0,
) -> tuple[Classes, Floats]:
    places = {label: float(i) for i, label in enumerate(labels)}
    values = column.values.tolist()
    if members is None and not 2 <= len(labels) <= count:
        many = "one class" if len(labels) == 1 else f"{len(labels)} classes"
        raise refused(
            "G1028",
            f"`{column.name}` has {many} ({listed(labels, 6)}), and the prior {count}",
            "with classes of one's own names, the context has two at least and no more than the"
            " prior; or give the prior's own codes",
        )
    spelled = values
    if members is not None:
        spelled = [value.strip() if isinstance(value, str) else value for value in values]
    found = [places.get(value) for value in spelled]
    for row, place in enumerate(found):
        if place is None:
            raise refused(
                "G1024",
                f"`{column.name}` is {values[row]!r} in {table.place(row)}, no class",
                f"classes are {listed(labels, 6)}",
            )
    return Classes(labels), np.asarray(found, np.float64)


def _with(column: RawArray, values: list[Any]) -> RawArray:
    return RawArray(column.name, np.array(values, dtype=object), column.origin, column.axes)


def _whole(value: float) -> float | int:
    return int(value) if value.is_integer() else value
