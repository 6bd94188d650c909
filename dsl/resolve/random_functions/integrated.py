"""Which quantities a program integrates out with a random function, and draws among predictions."""

from __future__ import annotations

from gendsl.ir.program import Program, Sample, SampleRole
from gendsl.ir.walk import names_of


def is_integrated_out(program: Program, name: str) -> bool:
    """Whether a quantity is a variance that a function and the noise around it share.

    It is drawn given what is whitened of the data, which no statement of a source can read.
    """
    whole = [f"{each.observed}." for each in program.functions if each.observed is not None]
    return any(
        read.startswith(start)
        for node in program.nodes
        if isinstance(node, Sample) and node.name == name and node.role is SampleRole.PREDICTED
        for read in names_of(node)
        for start in whole
    )
