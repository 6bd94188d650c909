"""Finite discrete latents, summed out exactly.

`z[row] ~ Categorical(w); y[row] ~ Normal(mu[z], sigma)` becomes one elimination with the tables
log w, by state, and log Normal(y; mu, sigma), by row and state. A continuous latent whose prior
reads `z` becomes a site without a density of its own, and equations that read `z` vary along its
states. What is only saved or predicted from `z` is computed afterwards, by the joint program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gendsl.analysis.cannot_sum import CannotSum
from gendsl.analysis.discrete import summation
from gendsl.analysis.elimination_cost import too_large
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.ir.program import Elimination, Program
from gendsl.transforms.hide_missing import hide_missing


def sum_out(program: Program, sizes: Mapping[str, int] | None = None) -> Program:
    """The program whose density has no discrete latents; the program itself if it has none.

    Raises:
        DiagnosticError: if a discrete latent can't be summed out.
    """
    hidden = summable(program)
    try:
        found = summation(hidden)
    except CannotSum as error:
        raise DiagnosticError(error.diagnostics) from None
    if found is None:
        return program
    groups = [node for node in found.nodes if isinstance(node, Elimination)]
    problems = [d for group in groups if (d := too_large(group, program, sizes)) is not None]
    if problems:
        raise DiagnosticError(tuple(problems))
    dimensions = (*program.dimensions, *found.dimensions)
    return replace(hidden, dimensions=dimensions, nodes=found.nodes, joint=program)


def summable(program: Program) -> Program:
    """The program whose missing discrete data are hidden quantities, if these can be summed out."""
    hidden = hide_missing(program)
    if hidden is program:
        return program
    try:
        summation(hidden)
    except CannotSum:
        return program
    return hidden


def joint(program: Program) -> Program:
    """The program in which what was summed out is a site again."""
    return program if program.joint is None else program.joint
