"""What the covariances of random functions took on their diagonals, noted at each draw of a fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.ir.chain_functions import COVARIANCE_CHOLESKY, DIAGONAL_ADDED
from gendsl.ir.expr import ArrayCall
from gendsl.ir.program import Equation, EquationRole, Node, Program
from gendsl.ir.walk import defined_names

Arrays = Mapping[str, NDArray[Any]]


def with_diagonals(program: Program) -> Program:
    """The program with an equation after each factor: what was added to the covariance.

    They are of each draw, as other equations are; the program itself where it has no such factor.
    """
    nodes = tuple(each for node in program.nodes for each in _noted(node))
    if len(nodes) == len(program.nodes):
        return program
    joint = None if program.joint is None else with_diagonals(program.joint)
    return replace(program, nodes=nodes, joint=joint)


def raised_diagonals(
    program: Program, derived: Mapping[str, Arrays]
) -> tuple[Mapping[str, Arrays], list[dict[str, Any]]]:
    """Take what was noted out of a fit's groups; say of which covariances it is not 0.

    Each has the `name` of what it is the covariance of, at how many `draws` `of` all something was
    added, and the largest `share` of its mean variance that was.
    """
    noted = [n for node in program.nodes for each in _noted(node)[1:] for n in defined_names(each)]
    groups = {group: dict(arrays) for group, arrays in derived.items()}
    found = []
    for name in noted:
        taken = [arrays.pop(name) for arrays in groups.values() if name in arrays]
        for shares in taken[:1]:
            largest = np.max(shares, axis=tuple(range(2, np.ndim(shares))), initial=0.0)
            if (largest > 0).any():
                found.append({
                    "name": name.removesuffix(f".{DIAGONAL_ADDED}").removesuffix(".inducing"),
                    "draws": int((largest > 0).sum()), "of": largest.size,
                    "share": float(largest.max()),
                })  # fmt: skip
    return groups, found


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
