"""What a `pfn` block adds to the statements of its prior.

For `inputs = X ~ Normal(0, 1)` and `require y > 0` these are

    inputs.X[row, col] ~ Normal(0, 1)
    factor y > 0

where `X[row, col]` is declared; what `inputs.X` is drawn for is in `PfnInput`.
"""

from __future__ import annotations

from dataclasses import replace

from gendsl.frontend import ast
from gendsl.ir.program import Program, Sample

PREFIX = "inputs."


def added_statements(
    model: ast.Model,
    program: Program,
    draws: tuple[ast.PfnDraw, ...],
    requires: tuple[ast.PfnRequire, ...],
) -> tuple[ast.Statement, ...]:
    """The statements, with the types and dimensions that the model declares."""
    return (
        *(_drawn(model, program, draw) for draw in draws),
        *(ast.FactorStatement(each.condition, None, each.span) for each in requires),
    )


def _drawn(model: ast.Model, program: Program, draw: ast.PfnDraw) -> ast.SampleStatement:
    name, span = draw.target.id, draw.target.span
    items = tuple(ast.IndexItem(None, ast.Name(d, span), span) for d in _dims(program, name))
    target = ast.Target(PREFIX + name, items, span, span)
    type_ = _type(model, name)
    return ast.SampleStatement(target, type_, draw.distribution, None, None, False, draw.span)


def _dims(program: Program, name: str) -> tuple[str, ...]:
    datum = program.datum(name)
    if datum is not None:
        return datum.dims
    return next(n.dims for n in program.nodes if isinstance(n, Sample) and n.name == name)


def _type(model: ast.Model, name: str) -> ast.Type | None:
    """What is declared: inputs lie within its bounds."""
    for statement in model.statements:
        match statement:
            case ast.DataStatement(target, type_) if target.name == name:
                is_bare = type_.name == "real" and type_.lower is None and type_.upper is None
                return None if is_bare else replace(type_, is_optional=False)
            case ast.SampleStatement(target, type_) if target.name == name:
                return type_
            case _:
                pass
    return None
