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
from gendsl.ir.expr import Const, Dims, Expr, Op, Ref
from gendsl.ir.program import (
    Distribution,
    Equation,
    EquationRole,
    Node,
    Program,
    Range,
    Recurrence,
    Sample,
    SampleRole,
    Series,
)
from gendsl.ir.types import REAL
from gendsl.ir.walk import names_taken

RAW = ".raw"


def non_centre(program: Program, sizes: Sizes | None = None) -> Program:
    """Standardise every site for which `parameterisations` chose it, given sizes or without."""
    choices = parameterisations(program, sizes=sizes)
    nodes: list[Node] = []
    taken = set(names_taken(program))
    for node in program.nodes:
        choice = choices.get(node.name) if isinstance(node, Sample) else None
        if isinstance(node, Sample) and choice is not None and choice.form == NON_CENTRED:
            nodes += _standardised(node, _free_name(node.name, taken))
        elif isinstance(node, Recurrence):
            chosen = [c.site for c in choices.values() if c.form == NON_CENTRED]
            nodes += _with_innovations(node, frozenset(chosen), taken)
        else:
            nodes.append(node)
    return replace(program, nodes=tuple(nodes))


def _with_innovations(node: Recurrence, chosen: frozenset[str], taken: set[str]) -> list[Node]:
    """The innovations of the series chosen, and the recurrence that they drive.

    Innovations stand at all positions; where a start says otherwise they are free, and unused.
    """
    raws: list[Node] = []
    series: list[Series] = []
    for old in node.series:
        step = old.step
        if old.name not in chosen or not isinstance(step, Sample):
            series.append(old)
            continue
        name = _free_name(old.name, taken)
        raws.append(_standardised(step, name)[0])
        z = Ref(name, old.dims, REAL, step.span)
        starts = tuple(
            _driven(start, z) if isinstance(start, Sample) and _is_alike(start, step) else start
            for start in old.starts
        )
        series.append(replace(old, starts=starts, step=_driven(step, z)))
    return [*raws, replace(node, series=tuple(series))]


def _is_alike(start: Sample, step: Sample) -> bool:
    """Whether a start is drawn as the steps are, but for its location and scale."""
    ours, theirs = start.distribution, step.distribution
    parts = theirs.family.location_scale
    if parts is None or ours.truncation is not None or ours.restriction is not None:
        return False
    rest = [
        {n: a for n, a in d.arguments if n not in (parts.location, parts.scale)}
        for d in (ours, theirs)
    ]
    return ours.family == theirs.family and ours.form == theirs.form and rest[0] == rest[1]


def _free_name(name: str, taken: set[str]) -> str:
    raw = name + RAW
    while raw in taken:  # A submodel may have called a site of its own `raw`.
        raw += "_"
    taken.add(raw)
    return raw


def _driven(part: Sample, z: Ref) -> Equation:
    """A random step as a location and a scale times its innovation."""
    parts = part.distribution.family.location_scale
    assert parts is not None and parts.location is not None
    given = dict(part.distribution.arguments)
    location, scale = _expr(given[parts.location]), _expr(given[parts.scale])
    scaled = Op("*", (scale, z), _union(z.dims, scale.dims), REAL, part.span)
    is_zero = isinstance(location, Const) and location.value == 0
    value = scaled if is_zero else Op("+", (location, scaled), part.dims, REAL, part.span)
    return Equation(part.name, part.dims, REAL, value, EquationRole.SAVED, part.slice, part.span)


def _union(first: Dims, second: Dims) -> Dims:
    return (*first, *(d for d in second if d not in first))


def _standardised(node: Sample, name: str) -> tuple[Sample, Equation]:
    parts = node.distribution.family.location_scale
    if parts is None or parts.location is None:
        raise InternalError(f"{node.name} has no location and scale")
    given = dict(node.distribution.arguments)
    standard = {parts.location: Const(0.0, REAL), parts.scale: Const(1.0, REAL)}
    arguments = tuple((key, standard.get(key, value)) for key, value in given.items())
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
    equation = replace(_driven(node, Ref(name, node.dims, REAL, node.span)), slice=None)
    return raw, equation


def _expr(argument: Expr | Distribution | tuple[Distribution, ...]) -> Expr:
    if isinstance(argument, Distribution | tuple):
        raise InternalError("a location or scale is a distribution")
    return argument
