"""What the covariances of random functions took on their diagonals, as equations of a program."""

from __future__ import annotations

from dataclasses import replace

from gendsl.ir.chain_functions import COVARIANCE_CHOLESKY, DIAGONAL_ADDED
from gendsl.ir.expr import ArrayCall
from gendsl.ir.program import Equation, EquationRole, Node, Program
from gendsl.ir.walk import defined_names


def with_diagonals(program: Program) -> Program:
    """The program with an equation after each factor: what was added to the covariance.

    They are of each draw, as other equations are; the program itself where it has no such factor.
    """
    nodes = tuple(each for node in program.nodes for each in _noted(node))
    if len(nodes) == len(program.nodes):
        return program
    joint = None if program.joint is None else with_diagonals(program.joint)
    return replace(program, nodes=nodes, joint=joint)


def diagonal_names(program: Program) -> tuple[str, ...]:
    """The names of the equations that `with_diagonals` adds."""
    return tuple(n for node in program.nodes for e in _noted(node)[1:] for n in defined_names(e))


def _noted(node: Node) -> tuple[Node, ...]:
    """A node, and after the factor of a covariance what that took."""
    match node:
        case Equation(value=ArrayCall() as call) if call.name == COVARIANCE_CHOLESKY:
            batch = tuple(d for d in call.dims if d not in call.over)
            taken = replace(call, name=DIAGONAL_ADDED, dims=batch)
            role = EquationRole.PREDICTED if node.role.is_prediction else EquationRole.SAVED
            stem = node.name.rpartition(".")[0]
            name = f"{stem}.{DIAGONAL_ADDED}"
            return (node, replace(node, name=name, dims=batch, value=taken, role=role))
        case _:
            return (node,)
