"""The program that draws tasks: what a model takes as given, or observes, is drawn like latents.

    data X[row, col] : real                     X[row, col] ~ Normal(0, 1)
    data y[row] : real                          len ~ Gamma(3, 3)
    len ~ Gamma(3, 3)                   gives   y[row] ~ MultiNormal(...)
    y[row] ~ MultiNormal(...)                   require.0[row] = y > 0
    inputs.X[row, col] ~ Normal(0, 1)
    factor y > 0                                (`require y > 0`)

It has no data, and of the model what the block needs: its joint law is that of the model with the
inputs' distributions, before anything is required.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gendsl.analysis.pfn_priors import used_dims, with_kin
from gendsl.analysis.task_nodes import task_nodes
from gendsl.ir.expr import Ref
from gendsl.ir.pfn import Pfn
from gendsl.ir.program import (
    Equation,
    EquationRole,
    Factor,
    Node,
    Program,
    Sample,
    SampleRole,
)

DRAWN = ".drawn"


def drawn_jointly(pfn: Pfn) -> Program:
    """The program of a block's tasks, in which every quantity that it names is a node."""
    nodes = task_nodes(pfn).nodes
    program = pfn.program
    made: list[Node] = []
    done: set[int] = set()
    for name, node in nodes.items():
        if id(node) not in done:
            done.add(id(node))
            made += _drawn(name, node, program)
    wanted = with_kin(program, used_dims(nodes.values()) | {pfn.row})
    return replace(
        program,
        dimensions=tuple(d for d in program.dimensions if d.name in wanted),
        data=(),
        nodes=tuple(made),
        inference=(),
        functions=(),
        networks=(),
        matches=(),
    )


def _drawn(name: str, node: Node, program: Program) -> Iterator[Node]:
    match node:
        case Factor(value=value, span=span):
            yield Equation(name, value.dims, value.type, value, EquationRole.SAVED, None, span)
        case Sample(role=SampleRole.OBSERVED, dims=dims):
            datum = program.datum(name)
            is_same = datum is None or datum.dims == dims
            site = name if is_same else name + DRAWN
            yield replace(
                node, name=site, role=SampleRole.LATENT, value=None, parameterisation=None
            )
            if datum is not None and not is_same:
                value = Ref(site, dims, node.type, node.span)
                yield Equation(
                    name, datum.dims, datum.type, value, EquationRole.SAVED, None, node.span
                )
        case Sample():
            yield replace(node, name=name)
        case _:
            yield node
