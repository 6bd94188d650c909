"""A model as a torch module, and its program with minibatches: what the user asks for, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gendsl.api.failure import UsageError
from gendsl.api.lowering import backend_named, explained, transform
from gendsl.backends.minibatches import counted
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.distributions.support import Limit
from gendsl.ir.expr import Expr
from gendsl.ir.program import (
    Distribution,
    Node,
    Program,
    Recurrence,
    Sample,
    SampleRole,
)  # fmt: skip
from gendsl.ir.types import Kind
from gendsl.ir.walk import names_in, range_exprs, statements

if TYPE_CHECKING:
    from gendsl.api.model import Model
    from gendsl.ir.bound import BoundData

PYRO = "pyro"


def as_module(
    model: Model,
    data: object,
    minibatch: str | Iterable[str] | Mapping[str, int],
    parameters: Iterable[str] | Mapping[str, Any],
    sizes: Mapping[str, int],
) -> Any:
    """Return the model as a torch module; see `Model.as_module`."""
    batches = _batches(model.program, minibatch)
    _check_dims(model.program, sizes, "sizes")
    points = dict(parameters) if isinstance(parameters, Mapping) else dict.fromkeys(parameters)
    program = _with_points(model.program, points, batches)
    is_to_be_given = data is None and program.data and not model.checked.fixed
    bound = None if is_to_be_given else model.bind(data, sizes=sizes)
    make = backend_named(PYRO).as_module
    assert make is not None
    with explained(program):
        module = make(
            transform(program, PYRO),
            bound,
            minibatch=batches,
            parameters=points,
            sizes=dict(sizes),
            made_up=_made_up(model, batches, sizes) if bound is None and points else None,
        )
    return module


def _made_up(
    model: Model, batches: Mapping[str, int | None], sizes: Mapping[str, int]
) -> BoundData | None:
    """Data of the right kind and of these sizes, two members of minibatches; `None` without."""
    from gendsl.api.synthetic import make_up

    names = frozenset(datum.name for datum in model.program.data)
    known = {**sizes, **dict.fromkeys(batches, 2)}
    try:
        bound = model.bind({}, mode="simulate", sizes=known, optional=names)
    except DiagnosticError:
        return None
    return make_up(model.program, bound, names, seed=0)


def batched_source(
    program: Program, backend: str, minibatch: str | Iterable[str] | Mapping[str, int]
) -> str:
    """Return the generated program, these dimensions read in minibatches; see `Model.source`."""
    dims = tuple(_batches(program, minibatch))
    write = backend_named(backend).batched_source_of
    if write is None:
        raise UsageError(
            Diagnostic(
                "G0766",
                f"programs for `{backend}` read no dimension in minibatches",
                help=f"those for `{PYRO}` do",
            )
        )
    with explained(program):
        return write(transform(program, backend), dims)


def _batches(
    program: Program, minibatch: str | Iterable[str] | Mapping[str, int]
) -> dict[str, int | None]:
    """How many members there are in a minibatch of each dimension; `None` for all."""
    if isinstance(minibatch, str):
        minibatch = (minibatch,)
    named = dict(minibatch) if isinstance(minibatch, Mapping) else dict.fromkeys(minibatch)
    _check_dims(program, named, "minibatch")
    return {dim: counted(dim, count) for dim, count in named.items()}


def _check_dims(program: Program, named: Iterable[str], where: str) -> None:
    known = [dimension.name for dimension in program.dimensions]
    for dim in named:
        if dim not in known:
            near = nearest(dim, known)
            there = f"its dimensions are {listed(known)}" if known else "it has no dimensions"
            raise UsageError(
                Diagnostic(
                    "G0766",
                    f"`{where}` names `{dim}`, which is no dimension of the model `{program.name}`",
                    help=f"did you mean `{near}`?" if near else there,
                )
            )


# --- latents that are points -------------------------------------------------------------------


def _with_points(
    program: Program, points: Mapping[str, Any], batches: Mapping[str, Any]
) -> Program:
    """The program, latents that are to be points under their own names: not standardised.

    Raises:
        UsageError: if one can't be a point.
    """
    for name in points:
        reason, found = _why_not(program, name, batches)
        if reason is None:
            continue
        near = nearest(name, _latents(program)) if found is None else None
        raise UsageError(
            Diagnostic(
                "G0767",
                f"`{name}` can't be a parameter: {reason}",
                None if found is None else found.span,
                "stated here" if found is not None else "",
                help=f"did you mean `{near}`?" if near else "leave it out of `parameters`",
            )
        )
    nodes = tuple(_centred(node) if _is_named(node, points) else node for node in program.nodes)
    return replace(program, nodes=nodes)


def _is_named(node: Node, points: Mapping[str, Any]) -> bool:
    return isinstance(node, Sample) and node.role is SampleRole.LATENT and node.name in points


def _centred(node: Node) -> Node:
    return replace(node, parameterisation="centred") if isinstance(node, Sample) else node


def _latents(program: Program) -> list[str]:
    return [n.name for n in program.nodes if isinstance(n, Sample) and n.role is SampleRole.LATENT]


def _why_not(program: Program, name: str, batches: Mapping[str, Any]) -> tuple[str | None, Any]:
    """Why a name can't be that of a parameter, and the statement, if there is one."""
    datum = program.datum(name)
    if datum is not None:
        return "it is data", datum
    for node in program.nodes:
        if isinstance(node, Recurrence) and any(series.name == name for series in node.series):
            return f"it runs along `{node.dim}`, drawn step by step", node
    function = next((f for f in program.functions if f.name == name), None)
    if function is not None:
        return "it is a random function, whose values are no latent quantity", function
    found = next((s for s in statements(program) if s.name == name), None)
    if found is None:
        return f"the model `{program.name}` has no such quantity", None
    if not isinstance(found, Sample):
        return "it follows from other quantities", found
    if found.role is not SampleRole.LATENT:
        return "it is not a latent quantity", found
    if found.type.kind is not Kind.REAL:
        return "it is discrete, so that the density has no slope along it", found
    if shared := [dim for dim in found.dims if dim in batches]:
        return f"it varies along `{shared[0]}`, of which a call reads some members only", found
    moving = sorted(_names_of_support(found) - {datum.name for datum in program.data})
    if moving:
        return f"its bounds move with `{moving[0]}`", found
    return None, found


def _names_of_support(sample: Sample) -> frozenset[str]:
    """What the bounds of a quantity refer to."""
    exprs: list[Expr] = list(range_exprs(sample.range))
    distribution: Distribution = sample.distribution
    if distribution.truncation is not None:
        exprs += range_exprs(distribution.truncation)
    given = dict(distribution.arguments)
    support = distribution.family.support
    limits: list[Limit] = [x for x in (support.lower, support.upper) if x is not None]
    for limit in limits:
        argument = given.get(limit.value) if isinstance(limit.value, str) else None
        if argument is not None and not isinstance(argument, Distribution | tuple):
            exprs.append(argument)
    return frozenset(name for expr in exprs for name in names_in(expr))
