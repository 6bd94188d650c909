"""The program whose posterior a network of a `pfn` block learns: what draws tasks, read backwards.

It has the statements of the model that tasks are drawn by, and the data that these read. Left out
are predictions, outcomes that the block does not name, and laws of given data that say nothing of
what is inferred: p(x) cancels from p(x, y | D) / p(x | D). A law that does say something, as
`z[row] ~ Normal(slope, 1)` with `z` given, stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gendsl.analysis.pfn_priors import used_dims, with_kin
from gendsl.analysis.pfn_requirements import as_equations, is_inferred, reached
from gendsl.analysis.task_nodes import added_nodes, names_needed, task_nodes
from gendsl.ir.pfn import Pfn
from gendsl.ir.program import Factor, FunctionChoice, Node, Program, Sample, SampleRole
from gendsl.ir.walk import defined_names, is_prediction, names_of


def posterior_program(pfn: Pfn) -> Program:
    """Return the program, with what the block requires of latents as quantities that are saved."""
    program, nodes = pfn.program, task_nodes(pfn).nodes
    kept = {id(node) for node in nodes.values()} | _of_given_latents(pfn)
    kept -= {id(node) for node in _silent(pfn, nodes)}
    kept -= {id(node) for node in added_nodes(pfn)}
    stay = tuple(node for node in program.nodes if id(node) in kept)
    made = (*stay, *as_equations(pfn).values())
    read = {name for node in made for name in names_of(node)}
    named = {pfn.target.name, *(each.name for each in pfn.given)}
    dims = with_kin(program, used_dims((*nodes.values(), *stay)) | {pfn.row})
    defined = {name for node in stay for name in defined_names(node)} | named
    return replace(
        program,
        dimensions=tuple(each for each in program.dimensions if each.name in dims),
        data=tuple(each for each in program.data if each.name in read | named),
        nodes=made,
        functions=tuple(each for each in program.functions if _is_of(each, defined)),
        inference=(),
    )


def telling(pfn: Pfn) -> dict[str, Node]:
    """What is given of which the model states a law that depends on something that is inferred."""
    nodes = task_nodes(pfn).nodes
    added = {id(node) for node in added_nodes(pfn)}
    given = frozenset(each.name for each in pfn.given)
    return {
        each.name: node
        for each in pfn.given
        if (node := nodes.get(each.name)) is not None
        and id(node) not in added
        and any(is_inferred(pfn, found, nodes) for found in reached(node, nodes, given))
    }


def _is_of(function: FunctionChoice, defined: set[str]) -> bool:
    """Whether a random function is one of what is kept."""
    of = function.made | ({function.observed} if function.observed else set())
    return not of or bool(of & defined)


def _silent(pfn: Pfn, nodes: Mapping[str, Node]) -> list[Node]:
    """The laws of given data that say nothing of what is inferred."""
    tell = telling(pfn)
    names = [each.name for each in pfn.given if each.name in nodes and each.name not in tell]
    return [nodes[name] for name in names if pfn.program.datum(name) is not None]


def _of_given_latents(pfn: Pfn) -> set[int]:
    """The model's own statements of given latents and what they need: values take their place."""
    defined = {
        name: node
        for node in pfn.program.nodes
        if not isinstance(node, Factor) and not is_prediction(node) and not _is_observed(node)
        for name in defined_names(node)
    }
    waiting = [each.name for each in pfn.given if each.name in defined]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [each for each in names_needed(defined[name]) if each in defined]
    return {id(defined[name]) for name in found}


def _is_observed(node: Node) -> bool:
    return isinstance(node, Sample) and node.role is SampleRole.OBSERVED
