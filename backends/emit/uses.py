"""Where quantities are read: what may be left out and drawn, what needs a name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gendsl.ir.expr import Position, Ref
from gendsl.ir.program import (
    Elimination,
    Node,
    Program,
    Sample,
    SampleRole,
)  # fmt: skip
from gendsl.ir.walk import distribution_exprs, is_prediction, names_in, names_of


@dataclass(slots=True)
class DataUse:
    """`generated` are the data that the program draws when they are left out.

    That needs one statement that scores all of them, before anything else that reads them.
    `read_later` are those of them that something reads afterwards. `imputed` are the optional data
    whose missing entries have to be latent, since others depend on them.
    """

    referenced: frozenset[str]
    generated: frozenset[str]
    read_later: frozenset[str]
    imputed: frozenset[str]

    def is_generated(self, node: Sample) -> bool:
        """Whether the site draws its data when they are left out."""
        return isinstance(node.value, Ref) and node.value.name in self.generated


def data_use(program: Program) -> DataUse:
    """Find how a program uses its data."""
    scoring: dict[str, list[int]] = {}
    reading: dict[str, list[int]] = {}
    conditioning: set[str] = set()
    for place, node in enumerate(program.nodes):
        scored = set(_scored(node, program))
        read = _read(node) if scored else names_of(node)
        for data in scored:
            scoring.setdefault(data, []).append(place)
        for name in read:
            reading.setdefault(name, []).append(place)
            if not is_prediction(node):
                conditioning.add(name)
    generated = {
        data
        for data, places in scoring.items()
        if len(places) == 1
        and _covers(program.nodes[places[0]])
        and all(place > places[0] for place in reading.get(data, ()))
        and not _is_size(data, program)
        and not _is_fixed(data, program)
    }
    imputed = {
        data
        for data, places in scoring.items()
        if _is_optional(data, program)
        and (data in conditioning or any(_has_event(program.nodes[i]) for i in places))
    }
    return DataUse(
        referenced=frozenset(reading),
        generated=frozenset(generated),
        read_later=frozenset(generated & set(reading)),
        imputed=frozenset(imputed),
    )


def _is_optional(data: str, program: Program) -> bool:
    datum = program.datum(data)
    return datum is not None and datum.is_optional


def _is_fixed(data: str, program: Program) -> bool:
    datum = program.datum(data)
    return datum is not None and datum.is_fixed


def _has_event(node: Node) -> bool:
    return isinstance(node, Sample) and bool(node.event_dims)


def _scored(node: Node, program: Program) -> Iterator[str]:
    """The data that a node scores."""
    match node:
        case Sample(role=SampleRole.OBSERVED, value=Ref(name)) if program.datum(name) is not None:
            yield name
        case Elimination(tables=tables):
            for table in tables:
                yield from _scored(table.score, program)
        case _:
            pass


def _read(node: Node) -> frozenset[str]:
    """What the distributions and conditions of observations refer to."""
    match node:
        case Sample(distribution=distribution, where=where):
            names = {name for expr in distribution_exprs(distribution) for name in names_in(expr)}
            return frozenset(names | (names_in(where) if where is not None else frozenset()))
        case Elimination():
            exprs = [index for _, _, index in node.within]
            exprs += [at for t in node.tables for _, at in t.onto if not isinstance(at, Position)]
            scores = (_read(table.score) for table in node.tables)
            return frozenset().union(*scores, *map(names_in, exprs))
        case _:
            return names_of(node)


def _covers(node: Node) -> bool:
    if not isinstance(node, Sample) or node.slice is not None or not isinstance(node.value, Ref):
        return False
    events = node.event_dims
    return node.value.dims[len(node.value.dims) - len(events) :] == events


def _is_size(data: str, program: Program) -> bool:
    return any(d.size is not None and data in names_in(d.size) for d in program.dimensions)
