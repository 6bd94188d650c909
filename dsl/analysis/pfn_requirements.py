"""What the requirements of a `pfn` block read, which says what they do to the posterior.

A requirement R that reads latents θ alone keeps those of the posterior's draws for which it holds,

    p(y | x, D, R) = Σ_s 1_R(θ_s) p(y | x, θ_s, D) / Σ_s 1_R(θ_s),

and one that reads inputs alone changes nothing of y given x. One that reads the target, or latents
and rows together, is of rows that are neither in the context nor the query.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gendsl.analysis.task_nodes import names_needed, requirements, task_nodes
from gendsl.ir.pfn import Pfn
from gendsl.ir.program import Equation, EquationRole, Factor, Node, Sample
from gendsl.ir.types import Kind
from gendsl.ir.walk import parts


def of_latents(pfn: Pfn) -> dict[str, Factor]:
    """The requirements that read latents which are inferred, by name."""
    nodes = task_nodes(pfn).nodes
    return {
        name: factor
        for name, factor in requirements(pfn).items()
        if any(is_inferred(pfn, found, nodes) for found in reached(factor, nodes))
    }


def of_rows(pfn: Pfn) -> Iterator[tuple[Factor, str]]:
    """The requirements that draws of the posterior can't be held against, and what they read."""
    nodes = task_nodes(pfn).nodes
    inferred = of_latents(pfn)
    for name, factor in requirements(pfn).items():
        found = reached(factor, nodes)
        if pfn.target.name in found:
            yield factor, pfn.target.name
        elif name in inferred:
            of_row = (each for each in sorted(found) if _is_in_doubt(pfn, nodes[each]))
            if (read := next(of_row, None)) is not None:
                yield factor, read


def as_equations(pfn: Pfn) -> dict[str, Equation]:
    """The requirements that read latents, as quantities that are saved."""
    return {
        name: Equation(
            name, factor.value.dims, factor.value.type, factor.value, EquationRole.SAVED, None,
            factor.span,
        )
        for name, factor in of_latents(pfn).items()
    }  # fmt: skip


def reached(
    node: Node, nodes: Mapping[str, Node], but: frozenset[str] = frozenset()
) -> frozenset[str]:
    """Return what has to be known for a node to be drawn, directly or not; `but` is known."""
    found: set[str] = set()
    waiting = list(names_needed(node))
    while waiting:
        name = waiting.pop()
        if name in nodes and name not in found and name not in but:
            found.add(name)
            waiting += names_needed(nodes[name])
    return frozenset(found)


def is_inferred(pfn: Pfn, name: str, nodes: Mapping[str, Node]) -> bool:
    """Return whether a node is drawn, and not given."""
    given = {each.name for each in pfn.given} | {each.name for each in pfn.inputs}
    return name not in given and any(isinstance(part, Sample) for part in parts(nodes[name]))


def _is_in_doubt(pfn: Pfn, node: Node) -> bool:
    """Whether a node is of rows, or a discrete latent, which is no coordinate of a draw."""
    is_of_rows = pfn.row in getattr(node, "dims", ())
    is_discrete = isinstance(node, Sample) and node.type.kind is not Kind.REAL
    return is_of_rows or is_discrete
