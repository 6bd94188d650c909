"""Sites that are sampled through a standardised one.

`theta[school] ~ Normal(mu, tau)` becomes `theta.raw[school] ~ Normal(0, 1)` and
`theta = mu + tau * theta.raw`. The joint density of everything else given `theta` is the same; the
standardised site is auxiliary and never shown.
"""

from __future__ import annotations

from dataclasses import replace

from gendsl.analysis.parameterisation import NON_CENTRED, Sizes, parameterisations
from gendsl.diagnostics.diagnostic import InternalError
from gendsl.distributions.support import SupportKind
from gendsl.ir.expr import Const, Expr, Op, Ref
from gendsl.ir.program import (
    Distribution,
    Equation,
    EquationRole,
    Node,
    Program,
    Range,
    Sample,
    SampleRole,
)
from gendsl.ir.types import REAL
from gendsl.ir.walk import defined_names

RAW = ".raw"


def non_centre(program: Program, sizes: Sizes | None = None) -> Program:
    """Standardise every site for which `parameterisations` chose it, given sizes or without."""
    choices = parameterisations(program, sizes=sizes)
    nodes: list[Node] = []
    taken = {d.name for d in program.data} | {
        n for node in program.nodes for n in defined_names(node)
    }
    for node in program.nodes:
        choice = choices.get(node.name) if isinstance(node, Sample) else None
        if isinstance(node, Sample) and choice is not None and choice.form == NON_CENTRED:
            raw = node.name + RAW
            while raw in taken:  # A submodel may have called a site of its own `raw`.
                raw += "_"
            taken.add(raw)
            nodes += _standardised(node, raw)
        else:
            nodes.append(node)
    return replace(program, nodes=tuple(nodes))


def _standardised(node: Sample, name: str) -> tuple[Sample, Equation]:
    parts = node.distribution.family.location_scale
    if parts is None or parts.location is None:
        raise InternalError(f"{node.name} has no location and scale")
    given = dict(node.distribution.arguments)
    location, scale = _expr(given[parts.location]), _expr(given[parts.scale])
    standard = {parts.location: Const(0.0, REAL), parts.scale: Const(1.0, REAL)}
    arguments = tuple((name, standard.get(name, value)) for name, value in given.items())
    raw = Sample(
        name,
        node.dims,
        REAL,
        replace(node.distribution, arguments=arguments),
        SampleRole.AUXILIARY,
        SupportKind.REAL,
        Range(),
        None,
        None,
        None,
        None,
        node.span,
    )
    z = Ref(raw.name, raw.dims, REAL, node.span)
    scaled = Op("*", (scale, z), node.dims, REAL, node.span)
    is_zero = isinstance(location, Const) and location.value == 0
    value = scaled if is_zero else Op("+", (location, scaled), node.dims, REAL, node.span)
    equation = Equation(node.name, node.dims, REAL, value, EquationRole.SAVED, None, node.span)
    return raw, equation


def _expr(argument: Expr | Distribution | tuple[Distribution, ...]) -> Expr:
    if isinstance(argument, Distribution | tuple):
        raise InternalError("a location or scale is a distribution")
    return argument
