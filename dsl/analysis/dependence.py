"""What depends on what."""

from __future__ import annotations

from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import (
    Elimination,
    Equation,
    Factor,
    Program,
    Recurrence,
    Sample,
    SampleRole,
)  # fmt: skip
from gendsl.ir.types import Kind
from gendsl.ir.walk import defined_names, names_of, parts


def depends_on_latents(program: Program) -> frozenset[str]:
    """Latent sites, and every quantity computed from one."""
    found: set[str] = set()
    for node in program.nodes:
        match node:
            case Sample():
                if node.role is not SampleRole.OBSERVED:
                    found.add(node.name)
            case Equation():
                if names_of(node) & found:
                    found.add(node.name)
            case Recurrence():
                is_random = any(isinstance(s.step, Sample) for s in node.series)
                if is_random or names_of(node) & found:
                    found |= {series.name for series in node.series}
            case OdeSystem():
                if names_of(node) & found:
                    found |= set(defined_names(node))
            case Factor() | Elimination():
                pass
    return frozenset(found)


def depends_on_discrete(program: Program, others: frozenset[str] = frozenset()) -> frozenset[str]:
    """Discrete latent sites, these others, and all that equations compute from one."""
    found = {*others}
    for node in program.nodes:
        for part in parts(node):
            match part:
                case Sample(role=SampleRole.LATENT, type=type) if type.kind is not Kind.REAL:
                    found.add(part.name)
                case Equation() if names_of(part) & found:
                    found.add(part.name)
                case _:
                    pass
    return frozenset(found)


def ancestors(program: Program, names: frozenset[str]) -> frozenset[str]:
    """Everything that these quantities are computed from, themselves included."""
    found = set(names)
    for node in reversed(program.nodes):
        match node:
            case Sample() | Equation():
                is_needed = node.name in found and not (
                    isinstance(node, Sample) and node.role is SampleRole.OBSERVED
                )
            case Recurrence() | OdeSystem():
                is_needed = bool(found & set(defined_names(node)))
            case Factor() | Elimination():
                is_needed = False
        if is_needed:
            found |= names_of(node)
    return frozenset(found)


def directly_above(program: Program, name: str) -> tuple[Sample, ...]:
    """The sites whose distributions a quantity enters, itself or through equations."""
    reached = {name}
    found: list[Sample] = []
    for node in program.nodes:
        match node:
            case Sample() if node.role is not SampleRole.PREDICTED and names_of(node) & reached:
                found.append(node)
            case Equation() if names_of(node) & reached:
                reached.add(node.name)
            case Recurrence() | OdeSystem() if names_of(node) & reached:
                reached |= set(defined_names(node))
            case _:
                pass
    return tuple(found)


def conditioned(program: Program) -> frozenset[str]:
    """Everything that an observation or a factor is computed from."""
    needed: set[str] = set()
    for node in program.nodes:
        if isinstance(node, Factor) or (
            isinstance(node, Sample) and node.role is SampleRole.OBSERVED
        ):
            needed |= names_of(node)
    return ancestors(program, frozenset(needed))
