"""What a trained network reads and predicts, as far as the text of its prior tells."""

from __future__ import annotations

from gendsl.analysis.exchangeable import base_dim
from gendsl.analysis.pfn_priors import dims_of, in_columns, num_classes
from gendsl.analysis.task_nodes import task_nodes
from gendsl.ir.expr import Const
from gendsl.ir.pfn import Pfn
from gendsl.ir.program import InferenceCall, Program, Sample
from gendsl.ir.trained import NetworkInput, NetworkTarget
from gendsl.ir.types import Kind


def network_inputs(pfn: Pfn) -> tuple[NetworkInput, ...]:
    """The inputs, in the order of their columns."""
    return tuple(_input(pfn, each.name) for each in in_columns(pfn))


def network_target(pfn: Pfn) -> NetworkTarget | None:
    """What is predicted of rows; `None` if latents alone are."""
    if not pfn.is_target_predicted:
        return None
    site = task_nodes(pfn).nodes[pfn.target.name]
    assert isinstance(site, Sample)
    head = dict(pfn.network.settings)["head"]
    assert isinstance(head, InferenceCall)
    known = num_classes(pfn, site) if head.name == "categorical" else None
    if known is None:
        return NetworkTarget(pfn.target.name, Kind.REAL, head.name)
    labels = None
    if site.type.kind is Kind.INDEX:
        labels = pfn.program.dimension(base_dim(pfn.program, str(site.type.dim))).labels
    return NetworkTarget(pfn.target.name, site.type.kind, head.name, *known, labels)


def _input(pfn: Pfn, name: str) -> NetworkInput:
    program = pfn.program
    dims = dims_of(program, name)
    others = tuple(dim for dim in dims if dim != pfn.row)
    datum = program.datum(name)
    sites = (n for n in program.nodes if isinstance(n, Sample) and n.name == name)
    type = next(sites).type if datum is None else datum.type
    into = type.dim if type.kind is Kind.INDEX else None
    members = 0 if into is None else (_sizes(program, into) or (0, 0))[1]
    widths: tuple[int, int] | None = (1, 1)
    for dim in others:
        own = _sizes(program, dim)
        widths = None if own is None or widths is None else (widths[0] * own[0], widths[1] * own[1])
    return NetworkInput(name, pfn.row in dims, bool(others), widths, members)


def _sizes(program: Program, dim: str) -> tuple[int, int] | None:
    """The least and the most members of a dimension, if they are written."""
    dimension = program.dimension(base_dim(program, dim))
    if dimension.labels is not None:
        return len(dimension.labels), len(dimension.labels)
    if isinstance(dimension.size, Const):
        return int(dimension.size.value), int(dimension.size.value)
    return dimension.sizes
