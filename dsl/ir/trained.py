"""A trained network that a program names: the file that it is in, and what it was trained on."""

from __future__ import annotations

from dataclasses import dataclass, field

from gendsl.diagnostics.source import Span
from gendsl.ir.pfn import Pfn


@dataclass(frozen=True, slots=True)
class TrainedNetwork:
    """`pfn NAME from "robust.pfn"`.

    `path` leads to the file from the working folder. Its `digest` is that of all that it holds, so
    that two of the same digest are the same network. `pfn` is the block that it was trained on.
    """

    name: str
    path: str
    digest: str
    pfn: Pfn = field(compare=False)
    span: Span = field(compare=False, repr=False)
