"""The statements of a program by name, and the dimensions of everything that it names."""

from __future__ import annotations

from gendsl.ir.expr import Ref
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import (
    Elimination,
    Equation,
    EquationRole,
    Factor,
    Program,
    Recurrence,
    Sample,
    SampleRole,
)  # fmt: skip
from gendsl.ir.types import REAL, ValueType
from gendsl.ir.walk import Statement, defined_names, names_in, parts, sites, statements


def statement_named(program: Program, name: str) -> Statement | None:
    """Return the statement of that name; of a recurrence its step."""
    found = [statement for statement in statements(program) if statement.name == name]
    return found[-1] if found else None


def source_name(program: Program, site: str) -> str:
    """Return the name by which to speak of a site: of a sum, that of what it scores."""
    for node in program.nodes:
        if isinstance(node, Elimination) and site == f"{node.name}.sum":
            inside = [part for original in node.nodes for part in parts(original)]
            scored = [
                part.name
                for part in inside
                if isinstance(part, Sample) and part.role is SampleRole.OBSERVED
            ]
            return (scored or [node.name])[0]
    return site


def dims_of(program: Program) -> dict[str, tuple[str, ...]]:
    """Return the dimensions of every data array, random site and equation by name."""
    dims: dict[str, tuple[str, ...]] = {datum.name: datum.dims for datum in program.data}
    for node in program.nodes:
        match node:
            case Sample() | Equation():
                dims.setdefault(node.name, node.dims)
            case Recurrence():
                dims.update({series.name: series.dims for series in node.series})
            case OdeSystem():
                dims.update({solution.name: solution.dims for solution in node.solutions})
            case Factor() | Elimination():
                pass
    return dims


def types_of(program: Program) -> dict[str, ValueType]:
    """Return what an entry of every data array, random site and equation is, by name."""
    types = {datum.name: datum.type for datum in program.data}
    for node in program.nodes:
        match node:
            case Sample() | Equation():
                types.setdefault(node.name, node.type)
            case Recurrence():
                types.update({series.name: series.type for series in node.series})
            case OdeSystem():
                types.update(dict.fromkeys(defined_names(node), REAL))
            case Factor() | Elimination():
                pass
    return types


def observed_names(program: Program) -> frozenset[str]:
    """Return the data that some statement scores."""
    return frozenset(
        name
        for site in sites(program)
        if site.role is SampleRole.OBSERVED and site.value is not None
        for name in names_in(site.value)
        if (datum := program.datum(name)) is not None and not datum.is_fixed
    )


def scored_data(program: Program) -> frozenset[str]:
    """Return the data that some statement scores by themselves, so that they can be drawn."""
    return frozenset(
        site.value.name
        for site in sites(program)
        if site.role is SampleRole.OBSERVED and isinstance(site.value, Ref)
    ) & observed_names(program)


def internal_names(program: Program) -> frozenset[str]:
    """Return what random functions are made of: kept with the draws, and not shown."""
    return frozenset(name for function in program.functions for name in function.made)


def predicted_names(program: Program) -> frozenset[str]:
    """Return what `predict` statements define."""
    made = internal_names(program)
    return frozenset(
        statement.name
        for statement in statements(program)
        if isinstance(statement, Sample | Equation)
        and statement.role in (SampleRole.PREDICTED, EquationRole.PREDICTED)
        and statement.name not in made
    )


def scored_names(program: Program) -> frozenset[str]:
    """Return the names of the statements that score data or, as `observe` does, an expression.

    What a user conditioned on is no observation of the study, and not among them.
    """
    fixed = {datum.name for datum in program.data if datum.is_fixed}
    return frozenset(
        site.name
        for site in sites(program)
        if site.role is SampleRole.OBSERVED
        and not (isinstance(site.value, Ref) and site.value.name in fixed)
    )
