"""The statements of a program by name, and the dimensions of everything that it names."""

from __future__ import annotations

from gendsl.ir.program import (
    Equation,
    EquationRole,
    Factor,
    Program,
    Recurrence,
    Sample,
    SampleRole,
)  # fmt: skip
from gendsl.ir.walk import Statement, names_in, sites, statements


def statement_named(program: Program, name: str) -> Statement | None:
    """Return the statement of that name; of a recurrence its step."""
    found = [statement for statement in statements(program) if statement.name == name]
    return found[-1] if found else None


def dims_of(program: Program) -> dict[str, tuple[str, ...]]:
    """Return the dimensions of every data array, random site and equation by name."""
    dims: dict[str, tuple[str, ...]] = {datum.name: datum.dims for datum in program.data}
    for node in program.nodes:
        match node:
            case Sample() | Equation():
                dims.setdefault(node.name, node.dims)
            case Recurrence():
                dims.update({series.name: series.dims for series in node.series})
            case Factor():
                pass
    return dims


def observed_names(program: Program) -> frozenset[str]:
    """Return the data that some statement scores."""
    return frozenset(
        name
        for site in sites(program)
        if site.role is SampleRole.OBSERVED and site.value is not None
        for name in names_in(site.value)
        if program.datum(name) is not None
    )


def predicted_names(program: Program) -> frozenset[str]:
    """Return what `predict` statements define."""
    return frozenset(
        statement.name
        for statement in statements(program)
        if isinstance(statement, Sample | Equation)
        and statement.role in (SampleRole.PREDICTED, EquationRole.PREDICTED)
    )


def scored_names(program: Program) -> frozenset[str]:
    """Return the names of the statements that condition, `observe` among them."""
    return frozenset(site.name for site in sites(program) if site.role is SampleRole.OBSERVED)
