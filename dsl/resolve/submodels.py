"""Submodels become ordinary statements: names prefixed, dimensions replaced, arguments put in.

`beta[feature] ~ horseshoe(0.1)` with `submodel horseshoe(scale)[k]` turns each statement of the
body into one of the model: its own name `tau` becomes `beta.tau`, the dimension `k` becomes
`feature`, `scale` becomes `0.1`, and `horseshoe[k] = ...` defines `beta[feature]`. Dimensions of
the site that the submodel does not have (the first ones) are added to every statement.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.suggest import nearest
from gendsl.frontend import ast
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.free import free_names


@dataclass(frozen=True, slots=True)
class _Renaming:
    """What the names of a submodel's body become at one place of use."""

    names: dict[str, str]
    dims: dict[str, str]
    arguments: dict[str, ast.Expr]
    batch: tuple[ast.IndexItem, ...]


def expand(
    statements: tuple[ast.Statement, ...],
    submodels: dict[str, ast.Submodel],
    reporter: Reporter,
    stack: tuple[str, ...] = (),
) -> tuple[ast.Statement, ...]:
    """The statements with every use of a submodel replaced by its body."""
    result: list[ast.Statement] = []
    for statement in statements:
        called = (
            submodels.get(statement.distribution.function.id)
            if isinstance(statement, ast.SampleStatement)
            else None
        )
        if called is None or not isinstance(statement, ast.SampleStatement):
            result.append(statement)
            continue
        try:
            body = _instantiate(statement, called, reporter, stack)
            result.extend(expand(body, submodels, reporter, (*stack, called.name)))
        except Unresolved:
            # The name must stay known, so that its uses are not reported as well.
            zero = ast.Number(0.0, statement.span)
            target = statement.target
            result.append(ast.EquationStatement("let", target, zero, statement.span))
    return tuple(result)


def _fail(reporter: Reporter, diagnostic: Diagnostic) -> Unresolved:
    reporter.report(diagnostic)
    return Unresolved()


def _instantiate(
    use: ast.SampleStatement, submodel: ast.Submodel, reporter: Reporter, stack: tuple[str, ...]
) -> tuple[ast.Statement, ...]:
    call, name = use.distribution, use.target.name
    defined = Label(submodel.name_span, "defined here")
    if submodel.name in stack:
        raise _fail(
            reporter,
            Diagnostic(
                "G0410",
                f"the submodel `{submodel.name}` uses itself",
                call.function.span,
                "used again here",
                (defined,),
                (),
                "a submodel is written out where it is used, so it can't contain itself",
            ),
        )
    for part, what in (
        (use.type, "a type"),
        (use.where, "`where`"),
        (use.parameterisation, "`as`"),
    ):
        if part is not None:
            raise _fail(
                reporter,
                Diagnostic(
                    "G0217",
                    f"{what} does not go with a submodel",
                    use.span,
                    f"`{submodel.name}` is a submodel",
                    (defined,),
                    (),
                    "write it beside the statement inside the submodel that it is meant for",
                ),
            )
    items = use.target.items
    if len(items) < len(submodel.dims):
        wanted = ", ".join(d.name for d in submodel.dims)
        raise _fail(
            reporter,
            Diagnostic(
                "G0217",
                f"`{submodel.name}` has {len(submodel.dims)} dimension(s), `{name}` {len(items)}",
                use.target.span,
                f"needs [{wanted}]",
                (defined,),
                (),
                f"write `{name}[...] ~ {submodel.name}(...)`",
            ),
        )
    batch = items[: len(items) - len(submodel.dims)]
    events = items[len(batch) :]
    site_dims = [item.value.id if isinstance(item.value, ast.Name) else "" for item in events]
    own = _own_names(submodel)
    renaming = _Renaming(
        names={n: name if n == submodel.name else f"{name}.{n}" for n in (*own, submodel.name)},
        dims={d.name: s for d, s in zip(submodel.dims, site_dims, strict=True)}
        | {d: f"{name}.{d}" for d in _own_dims(submodel)},
        arguments=_arguments(call, submodel, reporter),
        batch=batch,
    )
    _check_closed(submodel, own, reporter)
    if not any(
        isinstance(s, ast.SampleStatement | ast.EquationStatement)
        and s.target.name == submodel.name
        for s in submodel.statements
    ):
        dims = f"[{', '.join(d.name for d in submodel.dims)}]" if submodel.dims else ""
        raise _fail(
            reporter,
            Diagnostic(
                "G0217",
                f"the submodel `{submodel.name}` does not give its own value",
                submodel.name_span,
                "has no value",
                (),
                (),
                f"end it with `{submodel.name}{dims} = ...`",
            ),
        )
    return tuple(_statement(statement, renaming) for statement in submodel.statements)


def _own_names(submodel: ast.Submodel) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            s.target.name
            for s in submodel.statements
            if isinstance(s, ast.SampleStatement | ast.EquationStatement)
            and s.target.name != submodel.name
        )
    )


def _own_dims(submodel: ast.Submodel) -> tuple[str, ...]:
    return tuple(
        d.name for s in submodel.statements if isinstance(s, ast.DimStatement) for d in s.names
    )


def _arguments(call: ast.Call, submodel: ast.Submodel, reporter: Reporter) -> dict[str, ast.Expr]:
    defined = (Label(submodel.name_span, "defined here"),)
    parameters = [p.name for p in submodel.parameters]
    positional = [a for a in call.arguments if a.name is None]
    if len(positional) > len(parameters):
        raise _fail(
            reporter,
            Diagnostic(
                "G0212",
                f"`{submodel.name}` takes {len(parameters)} arguments, not {len(positional)}",
                call.span,
                f"{len(positional)} given",
                defined,
            ),
        )
    result = {p: a.value for p, a in zip(parameters, positional, strict=False)}
    for argument in call.arguments:
        if argument.name is None:
            continue
        if argument.name not in parameters:
            close = nearest(argument.name, parameters)
            raise _fail(
                reporter,
                Diagnostic(
                    "G0212",
                    f"`{submodel.name}` has no parameter `{argument.name}`",
                    argument.span,
                    "unknown parameter",
                    defined,
                    (),
                    f"did you mean `{close}`?" if close else None,
                ),
            )
        result[argument.name] = argument.value
    for parameter in submodel.parameters:
        if parameter.name in result:
            continue
        if parameter.default is None:
            raise _fail(
                reporter,
                Diagnostic(
                    "G0212",
                    f"`{submodel.name}` lacks its argument `{parameter.name}`",
                    call.span,
                    "missing here",
                    defined,
                ),
            )
        result[parameter.name] = parameter.default
    return result


def _check_closed(submodel: ast.Submodel, own: tuple[str, ...], reporter: Reporter) -> None:
    """A submodel refers to its parameters, its own names and its dimensions, nothing else."""
    known = {*own, submodel.name, *(p.name for p in submodel.parameters)}
    dims = {
        *(d.name for d in submodel.dims),
        *_own_dims(submodel),
        "first",
        "last",
        "pi",
        "e",
        "inf",
    }
    members = {
        label
        for s in submodel.statements
        if isinstance(s, ast.DimStatement) and isinstance(s.size, ast.Members)
        for label in s.size.labels
    }
    for statement in submodel.statements:
        match statement:
            case ast.SampleStatement(distribution=distribution):
                used = free_names(distribution)
            case ast.EquationStatement(value=value) | ast.FactorStatement(value=value):
                used = free_names(value)
            case ast.ObserveStatement() | ast.DataStatement():
                raise _fail(
                    reporter,
                    Diagnostic(
                        "G0217",
                        "a submodel has no data of its own",
                        statement.span,
                        "not in a submodel",
                        (),
                        (),
                        "pass what it needs as an argument",
                    ),
                )
            case ast.DimStatement():
                used = ()
        for name in used:
            if name.id not in known and name.id not in dims and name.id not in members:
                close = nearest(name.id, tuple(known))
                raise _fail(
                    reporter,
                    Diagnostic(
                        "G0221",
                        f"`{submodel.name}` uses `{name.id}`, which is not its own",
                        name.span,
                        "neither its parameter nor defined in it",
                        (Label(submodel.name_span, "in this submodel"),),
                        (),
                        (
                            f"did you mean `{close}`?"
                            if close
                            else f"pass it: `submodel {submodel.name}(..., {name.id})`"
                        ),
                    ),
                )


def _statement(statement: ast.Statement, renaming: _Renaming) -> ast.Statement:
    match statement:
        case ast.DimStatement():
            names = tuple(replace(n, name=renaming.dims[n.name]) for n in statement.names)
            like = statement.like
            if like is not None:
                like = replace(like, name=renaming.dims.get(like.name, like.name))
            size = statement.size
            if size is not None and not isinstance(size, ast.Members):
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
        case ast.DataStatement() | ast.ObserveStatement():
            return statement


def _type(type: ast.Type | None, renaming: _Renaming) -> ast.Type | None:
    if type is None:
        return None
    lower, upper = (
        replace(b, value=_expr(b.value, renaming)) if b is not None else None
        for b in (type.lower, type.upper)
    )
    return replace(type, name=renaming.dims.get(type.name, type.name), lower=lower, upper=upper)


def _target(target: ast.Target, renaming: _Renaming) -> ast.Target:
    items = tuple(_item(item, renaming) for item in target.items)
    return replace(target, name=renaming.names[target.name], items=(*renaming.batch, *items))


def _item(item: ast.IndexItem, renaming: _Renaming) -> ast.IndexItem:
    dim = renaming.dims.get(item.dim, item.dim) if item.dim is not None else None
    return replace(item, dim=dim, value=_expr(item.value, renaming))


def _call(call: ast.Call, renaming: _Renaming) -> ast.Call:
    arguments = tuple(replace(a, value=_expr(a.value, renaming)) for a in call.arguments)
    return replace(call, arguments=arguments)


def _expr(node: ast.Expr, renaming: _Renaming) -> ast.Expr:
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
            binders = tuple(replace(b, dim=renaming.dims.get(b.dim, b.dim)) for b in node.binders)
            arguments = tuple(replace(a, value=_expr(a.value, renaming)) for a in node.arguments)
            return replace(node, binders=binders, arguments=arguments)
        case ast.Index():
            items = tuple(_item(item, renaming) for item in node.items)
            return replace(node, base=_expr(node.base, renaming), items=items)
        case ast.Array():
            return replace(node, items=tuple(_expr(i, renaming) for i in node.items))
