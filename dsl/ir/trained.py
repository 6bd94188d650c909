"""A trained network that a program names: the file that it is in, and what it was trained on."""

from __future__ import annotations

from dataclasses import dataclass, field

from gendsl.diagnostics.source import Span
from gendsl.ir.pfn import Pfn
from gendsl.ir.types import Kind


@dataclass(frozen=True, slots=True)
class NetworkInput:
    """An input of a network.

    Rows differ in it if it is `is_per_row`; one that `has_columns` is an array of as many numbers
    for each row as `widths` says, the least and the most, where the prior's text tells.
    `members` are those of the dimension that it points into, and 0 where it is a number.
    """

    name: str
    is_per_row: bool
    has_columns: bool
    widths: tuple[int, int] | None = None
    members: int = 0


@dataclass(frozen=True, slots=True)
class NetworkTarget:
    """What a network predicts: `classes` numbered from `first`, or a real number if there are none.

    `labels` are those of the members that the classes are, if the prior names them.
    """

    name: str
    kind: Kind
    head: str
    first: int = 0
    classes: int = 0
    labels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class TrainedNetwork:
    """`pfn NAME from "robust.pfn"`.

    `path` leads to the file from the working folder. Its `digest` is that of all that it holds, so
    that two of the same digest are the same network. `pfn` is the block that it was trained on,
    `inputs` are what it reads, in the order of its columns, and `target` what it is asked for, if
    it predicts rows.
    """

    name: str
    path: str
    digest: str
    pfn: Pfn = field(compare=False, repr=False)
    inputs: tuple[NetworkInput, ...] = field(compare=False, repr=False)
    target: NetworkTarget | None = field(compare=False, repr=False)
    span: Span = field(compare=False, repr=False)
