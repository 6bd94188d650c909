"""The program of a match: the values of a network and of a process at the same points.

To the model's own statements are added

    dim match.point = 20
    data match.points[match.point, col] : real
    match.inputs[match.point, col] ~ Uniform(-3, 3)
    match.function ~ GP(kernel = k)
    match.outputs[match.point] = f(match.points)
    match.process[match.point] = match.function(match.points)

and of all that, what the last three names need is kept.
"""

from __future__ import annotations

from dataclasses import replace

from gendsl.diagnostics.source import Span
from gendsl.frontend import ast
from gendsl.ir.expr import Expr, Size
from gendsl.ir.network import Network
from gendsl.ir.program import Data, Factor, Node, Program
from gendsl.ir.walk import defined_names, names_in, names_of, node_exprs, parts, range_exprs, walk

ALONG = "match.point"
POINTS = "match.points"
INPUTS = "match.inputs"
OUTPUTS = "match.outputs"
PROCESS = "match.process"
_FUNCTION = "match.function"


def added_statements(
    statement: ast.MatchStatement, network: Network, points: int
) -> tuple[ast.Statement, ...]:
    """What is added to the model's statements."""
    span = statement.span
    at = (ALONG, *network.inputs)
    outputs = () if network.units is None else (network.units,)
    count = ast.Number(points, span)
    real = ast.Type("real", None, None, False, span)
    return (
        ast.DimStatement((ast.DimName(ALONG, span),), count, False, None, None, span),
        ast.DataStatement(_target(POINTS, at, span), real, span),
        _drawn(INPUTS, at, statement.inputs),
        _drawn(_FUNCTION, outputs, statement.process),
        _values(OUTPUTS, (ALONG, *outputs), network.name, statement.inputs.span),
        _values(PROCESS, (ALONG, *outputs), _FUNCTION, statement.inputs.span),
    )


def _target(name: str, dims: tuple[str, ...], span: Span) -> ast.Target:
    items = tuple(ast.IndexItem(None, ast.Name(dim, span), span) for dim in dims)
    return ast.Target(name, items, span, span)


def _drawn(name: str, dims: tuple[str, ...], call: ast.Call) -> ast.SampleStatement:
    target = _target(name, dims, call.span)
    return ast.SampleStatement(target, None, call, None, None, False, call.span)


def _values(name: str, dims: tuple[str, ...], function: str, span: Span) -> ast.EquationStatement:
    argument = ast.Argument(None, ast.Name(POINTS, span), span)
    call = ast.Call(ast.Name(function, span), (argument,), span)
    return ast.EquationStatement("", _target(name, dims, span), call, span)


def kept(program: Program) -> Program:
    """The part of a program that the values at the points need.

    The points and the factors change from step to step, so that nothing is computed of them
    beforehand: they are data that a user sets.
    """
    nodes: list[Node] = []
    needed = {INPUTS, OUTPUTS, PROCESS}
    for node in reversed(program.nodes):
        if needed & set(defined_names(node)):
            nodes.insert(0, node)
            needed |= names_of(node)
    used = _dimensions(program, (), nodes)
    sizes = (d.size for d in program.dimensions if d.name in used)
    needed |= {name for size in sizes if size is not None for name in names_in(size)}
    for datum in program.data:
        if datum.name in needed:
            needed |= {name for bound in range_exprs(datum.range) for name in names_in(bound)}
    data = tuple(
        replace(datum, is_fixed=datum.is_matched or datum.name == POINTS)
        for datum in program.data
        if datum.name in needed
    )
    used = _dimensions(program, data, nodes)
    return replace(
        program,
        dimensions=tuple(d for d in program.dimensions if d.name in used),
        data=data,
        nodes=tuple(nodes),
        functions=tuple(f for f in program.functions if f.name == _FUNCTION),
        networks=(),
        inference=(),
    )


def _dimensions(program: Program, data: tuple[Data, ...], nodes: list[Node]) -> set[str]:
    """The dimensions of some data and nodes, those that they are like and that size them."""
    used = {dim for datum in data for dim in datum.dims}
    for node in nodes:
        used |= {d for part in parts(node) if not isinstance(part, Factor) for d in part.dims}
        used |= {d for expr in node_exprs(node) for d in _dims_in(expr)}
    waiting = list(used)
    while waiting:
        found = next((d for d in program.dimensions if d.name == waiting[-1]), None)
        waiting.pop()
        if found is None:
            continue
        more = set() if found.like is None else {found.like}
        more |= set() if found.size is None else _dims_in(found.size)
        waiting += more - used
        used |= more
    return used


def _dims_in(expr: Expr) -> set[str]:
    """The dimensions that any part of an expression has, or asks the size of."""
    found: set[str] = set()
    for part in walk(expr):
        found |= {*part.dims}
        if isinstance(part, Size):
            found.add(part.dim)
    return found
