"""The names that an expression uses: as values, or as dimensions in the brackets of functions."""

from __future__ import annotations

from collections.abc import Iterator

from gendsl.frontend import ast


def free_names(node: ast.Expr) -> tuple[ast.Name, ...]:
    """Every name used as a value, in order; running names of `sum[k = ...]` are left out."""
    match node:
        case ast.Name():
            return (node,)
        case ast.Unary(operand=operand):
            return free_names(operand)
        case ast.Binary(left=left, right=right):
            return free_names(left) + free_names(right)
        case ast.Call(arguments=arguments, given=given):
            return tuple(n for a in (*arguments, *given) for n in free_names(a.value))
        case ast.DimCall(binders=binders, arguments=arguments):
            running = {b.dim for b in binders if b.lower is not None}
            inner = tuple(n for a in arguments for n in free_names(a.value))
            ends = (e for b in binders for e in (b.lower, b.upper, b.by) if e is not None)
            outer = tuple(n for end in ends for n in free_names(end))
            return outer + tuple(n for n in inner if n.id not in running)
        case ast.Index(base, items):
            return free_names(base) + tuple(n for i in items for n in free_names(i.value))
        case ast.Array(items):
            return tuple(n for i in items for n in free_names(i))
        case ast.Number() | ast.String():
            return ()


def reduced_dims(node: ast.Expr) -> Iterator[ast.Name]:
    """Every dimension that brackets of functions name: `k` of `sum[k](x)`."""
    match node:
        case ast.Name() | ast.Number() | ast.String():
            return
        case ast.Unary(operand=operand):
            yield from reduced_dims(operand)
        case ast.Binary(left=left, right=right):
            yield from reduced_dims(left)
            yield from reduced_dims(right)
        case ast.Call(arguments=arguments, given=given):
            for argument in (*arguments, *given):
                yield from reduced_dims(argument.value)
        case ast.DimCall(binders=binders, arguments=arguments):
            yield from (ast.Name(b.dim, b.span) for b in binders if b.lower is None)
            for end in (e for b in binders for e in (b.lower, b.upper, b.by) if e is not None):
                yield from reduced_dims(end)
            for argument in arguments:
                yield from reduced_dims(argument.value)
        case ast.Index(base, items):
            yield from reduced_dims(base)
            for item in items:
                yield from reduced_dims(item.value)
        case ast.Array(items):
            for entry in items:
                yield from reduced_dims(entry)


def definition_names(
    statement: ast.SampleStatement | ast.EquationStatement,
) -> tuple[ast.Name, ...]:
    """Every name used as a value on the right side of a definition."""
    match statement:
        case ast.SampleStatement(distribution=distribution, where=where):
            return free_names(distribution) + (free_names(where) if where is not None else ())
        case ast.EquationStatement(value=value):
            return free_names(value)
