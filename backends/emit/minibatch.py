"""Which dimensions may be read in minibatches: their members add to the density by themselves.

The log density of all members is then the sum of theirs, and that of some, scaled by how many there
are for each of them, has it as its mean. What is computed of data alone is done before, of all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gendsl.backends.emit.uses import DataUse
from gendsl.backends.failures import NeedsWhole
from gendsl.ir.expr import (
    ArrayCall,
    ConstArray,
    Contract,
    Coordinate,
    Cumulate,
    Expr,
    Gather,
    GroupReduce,
    IndexOf,
    LookBack,
    Pick,
    Reduce,
    Ref,
    Shift,
)  # fmt: skip
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import (
    Distribution,
    Elimination,
    Equation,
    Factor,
    Node,
    Program,
    Recurrence,
    Sample,
    Table,
)  # fmt: skip
from gendsl.ir.walk import (
    context_exprs,
    defined_names,
    distribution_exprs,
    is_prediction,
    names_of,
    node_exprs,
    parts,
    walk,
)  # fmt: skip


def in_batches(program: Program, dims: tuple[str, ...], uses: DataUse) -> Program:
    """The program, predictions left out that need all members of one of these dimensions.

    Raises:
        NeedsWhole: if a statement that conditions needs them.
    """
    for dim in dims:
        for name in uses.imputed:
            datum = program.datum(name)
            if datum is not None and dim in datum.dims:
                raise NeedsWhole(name, dim, "its missing values are inferred, all of them together")
        program = _without_predictions(program, dim)
        if not any(_varies(node, dim) for node in program.nodes):
            along = (datum.name for datum in program.data if dim in datum.dims)
            raise NeedsWhole(next(along, dim), dim, "no statement has a term for each member")
    return program


def _varies(node: Node, dim: str) -> bool:
    """Whether a node that needs no others has an entry for each member."""
    match node:
        case Sample() | Equation() | Elimination():
            return dim in node.dims
        case Factor(value=value, where=where):
            return dim in value.dims or (where is not None and dim in where.dims)
        case Recurrence() | OdeSystem():
            return False


def _without_predictions(program: Program, dim: str) -> Program:
    kept: list[Node] = []
    gone: set[str] = set()
    for node in program.nodes:
        found = obstacle(node, dim)
        if found is not None and (name := _function_of(node, program)) is not None:
            found = NeedsWhole(name, dim, f"the random function `{name}` couples all its points")
        if found is None and not names_of(node) & gone:
            kept.append(node)
        elif is_prediction(node):
            gone |= set(defined_names(node))
        elif found is not None:
            raise found
    return replace(program, nodes=tuple(kept))


def _function_of(node: Node, program: Program) -> str | None:
    """The random function that a node is a part of, or reads a part of."""
    names = {*defined_names(node), *names_of(node)}
    return next((f.name for f in program.functions if not names.isdisjoint(f.made)), None)


def obstacle(node: Node, dim: str) -> NeedsWhole | None:
    """Why a node needs all members of a dimension, if it does."""
    name = _name_of(node)
    reasons = (*_of_node(node, dim), *(r for e in node_exprs(node) for r in _of_expr(e, dim)))
    return NeedsWhole(name, dim, reasons[0]) if reasons else None


def position_read(node: Node, dim: str) -> str | None:
    """The name of a node that reads where members stand along a dimension, `None` of another."""
    for expr in node_exprs(node):
        for part in walk(expr):
            match part:
                case Coordinate(dim=along) | IndexOf(dim=along) if along == dim:
                    return _name_of(node)
                case GroupReduce(into=into) if into == dim:
                    return _name_of(node)
                case ConstArray() if part.own == dim:
                    return _name_of(node)
                case _:
                    pass
    return None


def _name_of(node: Node) -> str:
    match node:
        case Elimination():
            return node.sites[0].name
        case Recurrence():
            return node.series[0].name
        case _:
            return node.name


def _of_node(node: Node, dim: str) -> Iterator[str]:
    """What the kind of a node asks for."""
    match node:
        case Recurrence():
            if dim == node.dim:
                yield f"it runs along `{dim}`"
            elif any(dim in series.dims for series in node.series):
                yield f"its recurrence along `{node.dim}` computes all members together"
        case OdeSystem():
            if any(dim in state.dims for state in node.states) or any(
                dim in time.dims for time in node.times
            ):
                yield "the equations are solved for all members together"
        case Elimination():
            yield from _of_elimination(node, dim)
        case _:
            pass
    for part in parts(node):
        if part.slice is not None and part.slice.dim == dim:
            yield f"it holds on a part of `{dim}`"
        if isinstance(part, Sample):
            if dim in part.event_dims:
                yield "its entries are one draw"
            elif any(d.category_dim == dim for d in _distributions(part.distribution)):
                yield f"its values are positions along `{dim}`"
            elif any(dim in expr.dims for expr in context_exprs(part.distribution)):
                yield f"a trained network is given all rows along `{dim}`"
            elif dim not in part.dims and any(
                dim in expr.dims for expr in distribution_exprs(part.distribution)
            ):
                yield f"a parameter of its distribution varies along `{dim}`, and it does not"


def _of_elimination(node: Elimination, dim: str) -> Iterator[str]:
    reads = [table for table in node.tables if _reads(table, dim)]
    if not reads and not any(dim in site.dims for site in node.sites):
        return
    if any(dim == site.along for site in node.sites):
        yield f"its states are summed along `{dim}`"
    elif dim not in node.dims or not all(_is_by_member(table, dim) for table in node.tables):
        yield f"members of `{dim}` share its states, which are summed out"


def _reads(table: Table, dim: str) -> bool:
    """Whether the statement of a table has an entry for each member."""
    own = table.score.dims if isinstance(table.score, Sample) else table.score.value.dims
    return dim in (*table.axes, *own)


def _is_by_member(table: Table, dim: str) -> bool:
    return dim in table.axes and dim not in dict(table.onto)


def _of_expr(expr: Expr, dim: str) -> Iterator[str]:
    """What an expression asks for."""
    for part in walk(expr):
        match part:
            case Reduce(name, over=over) if dim in over:
                yield f"`{name}` takes all members"
            case GroupReduce(name, over=over) if dim == over:
                yield f"`{name}` by group takes all members"
            case Cumulate(name, along=along) if dim == along:
                yield f"`{name}` runs along `{dim}`"
            case Contract(over=over) if dim == over:
                yield "`@` sums over all members"
            case Gather(base, indices) if dim in dict(indices):
                yield f"it reads {_said(base)} at members that an index names"
            case Pick(base, dim=along) if dim == along:
                yield f"it reads one member of {_said(base)}"
            case Shift(base, dim=along) if dim == along:
                yield f"it reads {_said(base)} at other members"
            case LookBack(along=along, over=over) if dim in (along, over):
                yield f"it looks back along `{dim}`"
            case ArrayCall(name, core=core, over=over) if dim in {
                *over,
                *(d for own in core for d in own),
            }:
                yield f"`{name}` takes all members"
            case _:
                pass


def _said(base: Expr) -> str:
    return f"`{base.name}`" if isinstance(base, Ref) else "what it computes"


def _distributions(distribution: Distribution) -> Iterator[Distribution]:
    yield distribution
    for _, argument in distribution.arguments:
        for part in argument if isinstance(argument, tuple) else (argument,):
            if isinstance(part, Distribution):
                yield from _distributions(part)
