"""`f(X)`: which points a network is called at, each distinct request once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.frontend import ast
from gendsl.ir.expr import Dims, Expr, Gather, Ref
from gendsl.ir.types import REAL, Kind
from gendsl.resolve.bracketed_indices import bracketed_indices
from gendsl.resolve.build import op, union
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.looks import looks
from gendsl.resolve.networks.forward import outputs_at
from gendsl.resolve.ode_calls import is_inside
from gendsl.resolve.symbols import Context, Meaning, Symbol
from gendsl.resolve.symbols_of_networks import NetworkCallSymbol, NetworkSymbol

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


def network_call(expressions: Expressions, node: ast.Call | ast.DimCall, context: Context) -> Expr:
    """The outputs of a network at the points that are given.

    The points' dimensions that the network's inputs are not stay: one output for each.
    """
    symbols = expressions.symbols
    name = node.function.id
    network, symbol = symbols.networks[name], symbols.quantities[name]
    if len(node.arguments) != 1 or node.arguments[0].name is not None:
        raise expressions.fail(
            "G0212",
            f"`{name}` is a function of one point",
            node.span,
            f"{len(node.arguments)} given" if len(node.arguments) != 1 else "named here",
            help=f"write `{name}(x)`; a point of several coordinates is an array, `data X[row, col]"
            " : real`",
        )
    written = node.arguments[0].value
    point = _number(expressions, network, expressions.resolve(written, context), written)
    if symbol.is_broken:
        raise Unresolved
    if network.is_dry:
        is_index = point.type.kind is Kind.INDEX
        lacking = tuple(d for d in point.dims if d not in context.kept)
        network.inputs, network.into = () if is_index else lacking, point.type.dim
        network.found.append(network.inputs)
    elif network.inputs is None:
        raise expressions.fail(
            "G0481",
            f"what `{name}` is called at could not be read",
            written.span,
            "its coordinates are not known",
            help="call it at data or at quantities that do not depend on its own weights",
        )
    point = _along(expressions, network, point, context)
    rows = tuple(d for d in point.dims if d not in (network.inputs or ()))
    outputs = symbol.dims
    if not network.is_dry:
        _check(expressions, network, point, rows, outputs, written)
    values: Expr
    if network.is_dry:
        values = Ref(name, (*rows, *outputs), REAL, node.span)
    elif is_inside(expressions, point) or next(iter(looks(point)), None) is not None:
        values = outputs_at(expressions, network, point, rows, None)
    else:
        held = _named(expressions, network, point, rows, node)
        values = Ref(held, (*rows, *outputs), REAL, node.span)
    return _members(expressions, node, values, outputs, context)


def _number(
    expressions: Expressions, network: NetworkSymbol, point: Expr, written: ast.Expr
) -> Expr:
    """The point as real numbers; an index where the network starts with an embedding."""
    layers = network.layers
    embeds = bool(layers) and layers[0].kind == "Embedding"
    is_index = point.type.kind is Kind.INDEX
    if is_index and not embeds and layers:
        raise expressions.fail(
            "G0482",
            f"`{network.name}` is called at an index into `{point.type.dim}`",
            written.span,
            "labels have no distances",
            help="let the network start with a vector for each member: `Embedding(4, weight ~"
            " Normal(0, 1)) |> ...`",
        )
    if embeds and not is_index:
        raise expressions.fail(
            "G0482",
            f"`{network.name}` starts with an embedding, and is called at numbers",
            written.span,
            "not an index",
            secondary=(Label(layers[0].span, "this is for an index"),),
            help="call it at an index, `data county_of[row] : county`",
        )
    if is_index or point.type.kind is Kind.REAL:
        return point
    return op("real", (point,), point.dims, written.span)


def _along(expressions: Expressions, network: NetworkSymbol, point: Expr, context: Context) -> Expr:
    """The point with the network's inputs: of `dim col2 like col`, `col`."""
    from gendsl.resolve.random_functions.moving import moved

    for dim in network.inputs or ():
        if dim in point.dims:
            continue
        for own in point.dims:
            if own not in context.kept and expressions.symbols.are_alike(own, dim):
                point = moved(point, own, dim)
                break
    return point


def _check(
    expressions: Expressions,
    network: NetworkSymbol,
    point: Expr,
    rows: Dims,
    outputs: Dims,
    written: ast.Expr,
) -> None:
    """Points have the network's coordinates, and rows that it has no use for itself."""
    lacking = [d for d in network.inputs or () if d not in point.dims]
    if lacking:
        inputs = ", ".join(network.inputs or ())
        raise expressions.fail(
            "G0481",
            f"the points of `{network.name}` lack the coordinates [{', '.join(lacking)}]",
            written.span,
            f"varies over [{', '.join(point.dims)}]" if point.dims else "is a single number",
            help=f"all its points have [{inputs}]: `data X[row, {inputs}] : real`, or a `dim col2"
            f" like {lacking[0]}` in its place",
        )
    units = {layer.units for layer in network.layers} | set(outputs)
    shared = [d for d in rows if d in units]
    if shared:
        raise expressions.fail(
            "G0481",
            f"the points of `{network.name}` vary over `{shared[0]}`, as its units do",
            written.span,
            f"varies over [{', '.join(point.dims)}]",
            secondary=(Label(network.statement.target.span, "this network"),),
            help=f"give the outputs a dimension of their own: `dim out like {shared[0]}`"
            if shared[0] in outputs
            else "let what is given for its weights vary over units that the points lack",
        )


def _named(
    expressions: Expressions,
    network: NetworkSymbol,
    point: Expr,
    rows: Dims,
    node: ast.Call | ast.DimCall,
) -> str:
    """The quantity that holds the outputs at these points."""
    found = next((c for c in network.calls if c.point == point), None)
    if found is not None:
        return found.name
    quantities = expressions.symbols.quantities
    name = f"{network.name}({' '.join(node.arguments[0].value.span.text.split())})"
    while name in quantities:
        name += "'"
    dims = (*rows, *quantities[network.name].dims)
    quantities[name] = Symbol(name, dims, Meaning.EQUATION, node.span)
    network.calls.append(NetworkCallSymbol(name, point, rows, node.span))
    return name


def _members(
    expressions: Expressions,
    node: ast.Call | ast.DimCall,
    values: Expr,
    outputs: Dims,
    context: Context,
) -> Expr:
    """`f[group_of](X)`: of each point's outputs the one that an index names."""
    if isinstance(node, ast.Call):
        return values
    indices = bracketed_indices(expressions, node, outputs, context, "{}[group_of](x)")
    if not indices:
        return values
    found = tuple((into, index) for _, into, index in indices)
    rest = tuple(d for d in values.dims if d not in dict(found))
    parts = (*(index.dims for _, index in found), rest)
    return Gather(values, found, union(parts, context.order), REAL, node.span)
