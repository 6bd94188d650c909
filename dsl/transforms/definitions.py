"""Equations by name: looking through a name at what it stands for, and what that leaves behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from gendsl.ir.expr import Const, Expr, Op, Ref
from gendsl.ir.program import Equation, EquationRole, Factor, Node, Program, Recurrence, Sample
from gendsl.ir.rewrite import Choose, rewritten_recurrence, rewritten_statement
from gendsl.ir.walk import (
    defined_names,
    is_prediction,
    names_in,
    names_of,
    names_taken,
    node_exprs,
    walk,
)  # fmt: skip

Definitions = Mapping[str, Expr]


def definitions(program: Program) -> Definitions:
    """What each quantity stands for that one equation defines throughout."""
    return {
        node.name: node.value
        for node in program.nodes
        if isinstance(node, Equation) and node.slice is None and not node.role.is_prediction
    }


def meaning(expr: Expr, known: Definitions) -> Expr:
    """What a name stands for in the end, where it has the name's dimensions; else as it is."""
    while isinstance(expr, Ref) and (value := known.get(expr.name)) is not None:
        if set(value.dims) != set(expr.dims) or value.type != expr.type:
            break
        expr = value
    return expr


def without_unread(nodes: Iterable[Node], before: Program) -> tuple[Node, ...]:
    """The nodes less the `let` quantities that something read `before`, and nothing does now."""
    read_before = frozenset(name for node in before.nodes for name in names_of(node))
    kept: list[Node] = []
    read: set[str] = set()
    for node in reversed(tuple(nodes)):
        match node:
            case Equation(name=name, role=EquationRole.LET):
                if name in read_before and name not in read:
                    continue
            case _:
                pass
        kept.append(node)
        read |= names_of(node)
    return tuple(reversed(kept))


def replaced(program: Program, nodes: Iterable[Node], function: str, inverse: str) -> Program:
    """The program with nodes that look through names of `function(e)`; unread names go.

    Where such a name stays, what it is a function of has one too, `logit_p` for `p`, and is
    computed once for both: with the predictions, if it reads one of them.
    """
    predicted = frozenset(
        name for node in program.nodes if is_prediction(node) for name in defined_names(node)
    )
    left = without_unread(nodes, program)
    taken = set(names_taken(program))
    named: dict[Expr, tuple[Equation, Ref]] = {}
    for node in left:
        match node:
            case Equation(name=name, value=Op(called, (e,)), slice=None) if called == function:
                if not isinstance(e, Ref | Const) and _is_elsewhere(e, node, left):
                    own = f"{inverse}_{name}"
                    while own in taken:
                        own += "_"
                    taken.add(own)
                    named[e] = (node, Ref(own, e.dims, e.type, e.span))
            case _:
                pass
    refs: dict[Expr, Ref] = {e: ref for e, (_, ref) in named.items()}
    starts = {id(node): (e, ref) for e, (node, ref) in named.items()}
    made: list[Node] = []
    defined: set[str] = set()
    for node in left:
        if id(node) in starts:
            e, ref = starts[id(node)]
            role = EquationRole.LET if names_in(e).isdisjoint(predicted) else EquationRole.INTERNAL
            made.append(Equation(ref.name, e.dims, e.type, e, role, None, node.span))
            defined.add(ref.name)
        made.append(
            _rewritten(node, lambda e: r if (r := refs.get(e)) and r.name in defined else None)
        )
    return replace(program, nodes=tuple(made))


def _is_elsewhere(expr: Expr, node: Node, nodes: tuple[Node, ...]) -> bool:
    return any(
        part == expr
        for other in nodes
        if other is not node and isinstance(other, Sample | Recurrence)
        for whole in node_exprs(other)
        for part in walk(whole)
    )


def _rewritten(node: Node, choose: Choose) -> Node:
    match node:
        case Sample() | Equation() | Factor():
            return rewritten_statement(node, choose)
        case Recurrence():
            return rewritten_recurrence(node, choose)
        case _:
            return node
