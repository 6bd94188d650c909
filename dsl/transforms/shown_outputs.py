"""Outputs of networks as quantities that a generated program names, where it would keep them local.

A run can put others in the place of named ones only.
"""

from __future__ import annotations

from dataclasses import replace

from gendsl.ir.program import Equation, EquationRole, Node, Program

_SHOWN = {
    EquationRole.LET: EquationRole.SAVED,
    EquationRole.INTERNAL: EquationRole.PREDICTED,
}


def with_shown_outputs(program: Program) -> Program:
    """The program with the outputs of its networks among what it names."""
    hidden = hidden_outputs(program)
    return replace(program, nodes=tuple(_shown(node, hidden) for node in program.nodes))


def hidden_outputs(program: Program) -> frozenset[str]:
    """The outputs of networks that the program itself does not show."""
    held = {call.holder for network in program.networks for call in network.calls}
    return frozenset(
        node.name
        for node in program.nodes
        if isinstance(node, Equation) and node.name in held and not node.role.is_shown
    )


def _shown(node: Node, hidden: frozenset[str]) -> Node:
    if isinstance(node, Equation) and node.name in hidden:
        return replace(node, role=_SHOWN[node.role])
    return node
