"""Statements stand in any order: sort them so that each refers only to what stands before it."""

from __future__ import annotations

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.ir.expr import Ref
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import Factor, Node, Sample
from gendsl.ir.walk import defined_names, is_prediction, names_of, node_exprs, walk
from gendsl.resolve.components import components
from gendsl.resolve.failure import Unresolved, refused
from gendsl.resolve.recurrences import node_of
from gendsl.resolve.starts import Part


def order_nodes(
    definitions: dict[str, tuple[Part, ...]],
    scored: tuple[Sample | Factor, ...],
    reporter: Reporter,
    systems: tuple[OdeSystem, ...] = (),
) -> tuple[Node, ...]:
    """Nodes in an order in which each refers only to what stands before it.

    `definitions` has the parts of each quantity; `scored` the observations and factors, on which
    nothing depends; `systems` the differential equations, each a node of all that it defines.
    """
    solved = {f"ode {i}": system for i, system in enumerate(systems)}
    stands_for = {n: key for key, system in solved.items() for n in defined_names(system)}
    stands_for |= {name: name for name in definitions}
    needed = {
        **{n: frozenset().union(*map(names_of, parts)) for n, parts in definitions.items()},
        **{key: names_of(system) for key, system in solved.items()},
    }
    edges = {
        name: tuple(sorted({stands_for[n] for n in names if n in stands_for}))
        for name, names in needed.items()
    }
    nodes: list[Node] = []
    placed: dict[str, int] = {}
    _check_predictions(definitions, scored, systems, reporter)
    for group in components(edges):
        node: Node
        try:
            if group[0] in solved and len(group) == 1 and group[0] not in edges[group[0]]:
                node = solved[group[0]]
            elif any(key in solved for key in group):
                raise _solved_cycle([solved[key] for key in group if key in solved], reporter)
            else:
                node = node_of(group, definitions, edges, reporter)
        except Unresolved:
            continue
        placed |= {name: len(nodes) for key in group for name in (key, *_solutions(key, solved))}
        nodes.append(node)
    return _with_scored(tuple(nodes), placed, scored)


def _solutions(key: str, solved: dict[str, OdeSystem]) -> tuple[str, ...]:
    return defined_names(solved[key]) if key in solved else ()


def names_used(
    definitions: dict[str, tuple[Part, ...]], scored: tuple[Sample | Factor, ...]
) -> tuple[frozenset[str], frozenset[str]]:
    """The names to which what is inferred or scored refers, and those to which predictions do."""
    parts = [part for parts in definitions.values() for part in parts]
    inferred = (names_of(p) for p in (*parts, *scored) if not is_prediction(p))
    predicted = (names_of(p) for p in parts if is_prediction(p))
    return frozenset().union(*inferred), frozenset().union(*predicted)


def _solved_cycle(systems: list[OdeSystem], reporter: Reporter) -> Unresolved:
    first = systems[0]
    return refused(
        reporter,
        Diagnostic(
            "G0403",
            f"the equations of `{first.name}` need their own solution",
            first.span,
            "solved once what they need is known",
            tuple(Label(s.span, f"`{s.name}` is part of it") for s in systems[1:]),
            (),
            "what changes with the states is a state: put its derivative into the same block",
        ),
    )


def _check_predictions(
    definitions: dict[str, tuple[Part, ...]],
    scored: tuple[Sample | Factor, ...],
    systems: tuple[OdeSystem, ...],
    reporter: Reporter,
) -> None:
    """What is predicted never conditions, so only predictions may refer to it."""
    predicted = {n: parts[0] for n, parts in definitions.items() if is_prediction(parts[0])}
    if not predicted:
        return
    others = [p for parts in definitions.values() for p in parts if not is_prediction(p)]
    for part in (*others, *scored, *(s for s in systems if not s.is_prediction)):
        for expr in node_exprs(part):
            for node in walk(expr):
                if isinstance(node, Ref) and node.name in predicted:
                    refused(
                        reporter,
                        Diagnostic(
                            "G0415",
                            f"`{node.name}` is predicted, so nothing that is inferred may depend"
                            " on it",
                            node.span or part.span,
                            "a prediction",
                            (Label(predicted[node.name].span, "predicted here"),),
                            (),
                            "drop `predict` there if it is to be inferred, or write `predict` here"
                            " too",
                        ),
                    )


def _with_scored(
    nodes: tuple[Node, ...], placed: dict[str, int], scored: tuple[Sample | Factor, ...]
) -> tuple[Node, ...]:
    """Each scored node right after the last that it needs."""
    after: dict[int, list[Node]] = {}
    for scoring in scored:
        last = max((placed[n] for n in names_of(scoring) if n in placed), default=-1)
        after.setdefault(last, []).append(scoring)
    result: list[Node] = [*after.get(-1, [])]
    for i, node in enumerate(nodes):
        result += [node, *after.get(i, [])]
    return tuple(result)
