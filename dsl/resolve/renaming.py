"""Statements of a submodel's body under the names that they have where it is used."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gendsl.frontend import ast


@dataclass(frozen=True, slots=True)
class Renaming:
    """What the names of a submodel's body become at one place of use."""

    names: dict[str, str]
    dims: dict[str, str]
    arguments: dict[str, ast.Expr]
    batch: tuple[ast.IndexItem, ...]


def renamed(statement: ast.Statement, renaming: Renaming) -> ast.Statement:
    """A statement of a submodel's body as one of the model."""
    match statement:
        case ast.DimStatement():
            names = tuple(replace(n, name=renaming.dims[n.name]) for n in statement.names)
            like = statement.like
            if like is not None:
                like = replace(like, name=renaming.dims.get(like.name, like.name))
            size = statement.size
            if size is not None and not isinstance(size, ast.Members | ast.Sizes):
                size = _expr(size, renaming)
            return replace(statement, names=names, like=like, size=size)
        case ast.SampleStatement():
            return replace(
                statement,
                target=_target(statement.target, renaming),
                type=_type(statement.type, renaming),
                distribution=_call(statement.distribution, renaming),
                where=_expr(statement.where, renaming) if statement.where is not None else None,
            )
        case ast.EquationStatement():
            return replace(
                statement,
                target=_target(statement.target, renaming),
                value=_expr(statement.value, renaming),
            )
        case ast.FactorStatement():
            return replace(
                statement,
                value=_expr(statement.value, renaming),
                where=_expr(statement.where, renaming) if statement.where is not None else None,
            )
        case (
            ast.DataStatement()
            | ast.ObserveStatement()
            | ast.OdeStatement()
            | ast.KernelStatement()
            | ast.NetStatement()
            | ast.MatchStatement()
        ):
            return statement


def _type(type: ast.Type | None, renaming: Renaming) -> ast.Type | None:
    if type is None:
        return None
    lower, upper = (
        replace(b, value=_expr(b.value, renaming)) if b is not None else None
        for b in (type.lower, type.upper)
    )
    return replace(type, name=renaming.dims.get(type.name, type.name), lower=lower, upper=upper)


def _target(target: ast.Target, renaming: Renaming) -> ast.Target:
    items = tuple(_item(item, renaming) for item in target.items)
    return replace(target, name=renaming.names[target.name], items=(*renaming.batch, *items))


def _item(item: ast.IndexItem, renaming: Renaming) -> ast.IndexItem:
    dim = renaming.dims.get(item.dim, item.dim) if item.dim is not None else None
    return replace(item, dim=dim, value=_expr(item.value, renaming))


def _call(call: ast.Call, renaming: Renaming) -> ast.Call:
    arguments, given = (
        tuple(replace(a, value=_expr(a.value, renaming)) for a in part)
        for part in (call.arguments, call.given)
    )
    return replace(call, arguments=arguments, given=given)


def renamed_expression(node: ast.Expr, renaming: Renaming) -> ast.Expr:
    """An expression with arguments put in for parameters, under other names."""
    return _expr(node, renaming)


def _expr(node: ast.Expr, renaming: Renaming) -> ast.Expr:
    match node:
        case ast.Number() | ast.String():
            return node
        case ast.Name(id):
            if id in renaming.arguments:
                return renaming.arguments[id]
            return replace(node, id=renaming.names.get(id, renaming.dims.get(id, id)))
        case ast.Unary():
            return replace(node, operand=_expr(node.operand, renaming))
        case ast.Binary():
            return replace(node, left=_expr(node.left, renaming), right=_expr(node.right, renaming))
        case ast.Call():
            return _call(node, renaming)
        case ast.DimCall():
            # A running name of the body must not catch one of the same spelling in an argument.
            running = {b.dim: f"{b.dim}'" for b in node.binders if b.lower is not None}
            if running:
                kept = {n: v for n, v in renaming.arguments.items() if n not in running}
                names = {**renaming.names, **running}
                renaming = replace(renaming, names=names, arguments=kept)
            binders = tuple(
                replace(
                    b,
                    dim=running.get(b.dim, renaming.dims.get(b.dim, b.dim)),
                    lower=_expr(b.lower, renaming) if b.lower is not None else None,
                    upper=_expr(b.upper, renaming) if b.upper is not None else None,
                    by=_expr(b.by, renaming) if b.by is not None else None,
                )
                for b in node.binders
            )
            arguments = tuple(replace(a, value=_expr(a.value, renaming)) for a in node.arguments)
            return replace(node, binders=binders, arguments=arguments)
        case ast.Index():
            items = tuple(_item(item, renaming) for item in node.items)
            return replace(node, base=_expr(node.base, renaming), items=items)
        case ast.Array():
            return replace(node, items=tuple(_expr(i, renaming) for i in node.items))
