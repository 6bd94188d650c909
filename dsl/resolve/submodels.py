"""Submodels become ordinary statements: names prefixed, dimensions replaced, arguments put in.

`beta[feature] ~ horseshoe(0.1)` with `submodel horseshoe(scale)[k]` turns each statement of the
body into one of the model: its own name `tau` becomes `beta.tau`, the dimension `k` becomes
`feature`, `scale` becomes `0.1`, and `horseshoe[k] = ...` defines `beta[feature]`. Dimensions of
the site that the submodel does not have (the first ones) are added to every statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.suggest import nearest
from gendsl.frontend import ast
from gendsl.ir.functions import CONSTANTS
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.free import free_names

MAX_NESTING = 20
MAX_STATEMENTS = 20_000


@dataclass(slots=True)
class Budget:
    """How many statements the submodels of a model may still become."""

    left: int = MAX_STATEMENTS

    def spend(self, count: int, use: ast.Call, reporter: Reporter) -> None:
        """Take some; where there are none left, that is reported once."""
        if self.left < 0:
            raise Unresolved
        self.left -= count
        if self.left < 0:
            raise _fail(
                reporter,
                Diagnostic(
                    "G0410",
                    f"the submodels become more than {MAX_STATEMENTS} statements",
                    use.function.span,
                    "when this one is written out",
                    (),
                    (),
                    "a quantity with dimensions stands for many: `x[k] ~ ...`",
                ),
            )


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
    budget: Budget | None = None,
) -> tuple[tuple[ast.Statement, ...], frozenset[str]]:
    """The statements with every use of a submodel replaced by its body.

    Beside them the names whose submodel could not be used: they stay known, by a statement that
    says nothing, so that their uses are not reported as well.
    """
    budget = budget or Budget()
    broken: set[str] = set()
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
            if len(stack) >= MAX_NESTING and budget.left >= 0:
                budget.left = -1
                raise _fail(
                    reporter,
                    Diagnostic(
                        "G0410",
                        f"submodels are nested more than {MAX_NESTING} deep",
                        statement.distribution.function.span,
                        "once too often",
                        (),
                        (),
                        "write some of them out",
                    ),
                )
            body = _instantiate(statement, called, reporter, stack)
            budget.spend(len(body), statement.distribution, reporter)
            inside = (*stack, called.name)
            inner, inner_broken = expand(body, submodels, reporter, inside, budget)
            result.extend(inner)
            broken |= inner_broken
        except Unresolved:
            zero = ast.Number(0.0, statement.span)
            target = statement.target
            result.append(ast.EquationStatement("let", target, zero, statement.span))
            broken.add(target.name)
    return tuple(result), frozenset(broken)


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
                    call.function.span if isinstance(part, str) else part.span,
                    f"`{submodel.name}` is a submodel",
                    (defined,),
                    (),
                    "write it beside the statement inside the submodel that it is meant for",
                ),
            )
    items = use.target.items
    if len(items) < len(submodel.dims):
        wanted = ", ".join(d.name for d in submodel.dims)
        noun = "dimension" if len(submodel.dims) == 1 else "dimensions"
        raise _fail(
            reporter,
            Diagnostic(
                "G0217",
                f"`{submodel.name}` has {len(submodel.dims)} {noun}, `{name}` {len(items)}",
                use.target.span,
                f"needs [{wanted}]",
                (defined,),
                (),
                f"write `{name}[{wanted}] ~ {submodel.name}(...)`, with dimensions of this model",
            ),
        )
    for item in items:
        if item.dim is not None or not isinstance(item.value, ast.Name):
            raise _fail(
                reporter,
                Diagnostic(
                    "G0217",
                    "a submodel does not hold for a part of a dimension",
                    item.span,
                    "restricted here",
                    (defined,),
                    (),
                    "name whole dimensions; a start belongs inside the submodel",
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
    _check_value(submodel, reporter)
    _check_closed(submodel, own, reporter)
    body = (_statement(statement, renaming) for statement in submodel.statements)
    return tuple(_predicted(s) if use.is_predict else s for s in body)


def _predicted(statement: ast.Statement) -> ast.Statement:
    """What a prediction is made of is predicted too."""
    match statement:
        case ast.SampleStatement():
            return replace(statement, is_predict=True)
        case ast.EquationStatement(keyword=""):
            return replace(statement, keyword="predict")
        case _:
            return statement


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
                f"`{submodel.name}` takes {len(parameters)}"
                f" {'argument' if len(parameters) == 1 else 'arguments'}, not {len(positional)}",
                call.span,
                f"{len(positional)} given",
                defined,
                (),
                f"write `{submodel.name}({', '.join(parameters)})`",
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
                    f"did you mean `{close}`?"
                    if close
                    else f"it has {', '.join(f'`{p}`' for p in parameters)}"
                    if parameters
                    else "it has none",
                ),
            )
        if argument.name in result:
            raise _fail(
                reporter,
                Diagnostic(
                    "G0212",
                    f"`{argument.name}` of `{submodel.name}` is given twice",
                    argument.span,
                    "the second time",
                    defined,
                    (),
                    "give each argument once, by position or by name",
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
                    (),
                    f"write `{submodel.name}({', '.join(parameters)})`",
                ),
            )
        result[parameter.name] = parameter.default
    return result


def check_submodels(submodels: dict[str, ast.Submodel], reporter: Reporter) -> None:
    """Each is closed and has a value, whether or not it is used."""
    for submodel in submodels.values():
        with suppress(Unresolved):
            _check_value(submodel, reporter)
            _check_closed(submodel, _own_names(submodel), reporter)


def _check_value(submodel: ast.Submodel, reporter: Reporter) -> None:
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


NAMED = frozenset({"first", "last", *CONSTANTS})


def _check_closed(submodel: ast.Submodel, own: tuple[str, ...], reporter: Reporter) -> None:
    """A submodel refers to its parameters, its own names and its dimensions, nothing else."""
    parameters = [p.name for p in submodel.parameters]
    dims = [*(d.name for d in submodel.dims), *_own_dims(submodel)]
    members = [
        label
        for s in submodel.statements
        if isinstance(s, ast.DimStatement) and isinstance(s.size, ast.Members)
        for label in s.size.labels
    ]
    known = [*own, submodel.name, *parameters]
    has_failed = False
    for used in _used(submodel, reporter):
        if used.id in (*known, *dims, *members, *NAMED):
            continue
        has_failed = True
        close = nearest(used.id, [*known, *dims])
        where = (Label(submodel.name_span, "in this submodel"),)
        passed = ", ".join([*parameters, used.id])
        _fail(
            reporter,
            Diagnostic(
                "G0221",
                f"`{submodel.name}` uses `{used.id}`, which is not its own",
                used.span,
                "neither its parameter nor defined in it",
                where,
                (),
                f"did you mean `{close}`?"
                if close
                else f"pass it, `submodel {submodel.name}({passed})`, or name it among its"
                " dimensions if it is one",
            ),
        )
    if has_failed:
        raise Unresolved


def _used(submodel: ast.Submodel, reporter: Reporter) -> Iterator[ast.Name]:
    """Every name that the body uses as a value or as a dimension."""
    for parameter in submodel.parameters:
        if parameter.default is not None:
            yield from free_names(parameter.default)
    for statement in submodel.statements:
        match statement:
            case ast.SampleStatement(target=target, type=type, distribution=distribution):
                yield from _target_names(target)
                yield from _type_names(type)
                yield from _value_names(distribution)
                if statement.where is not None:
                    yield from _value_names(statement.where)
            case ast.EquationStatement(target=target, value=value):
                yield from _target_names(target)
                yield from _value_names(value)
            case ast.FactorStatement(value=value, where=where):
                yield from _value_names(value)
                if where is not None:
                    yield from _value_names(where)
            case ast.ObserveStatement() | ast.DataStatement():
                raise _fail(
                    reporter,
                    Diagnostic(
                        "G0217",
                        "a submodel has no data of its own",
                        statement.span,
                        "not in a submodel",
                        (Label(submodel.name_span, "in this submodel"),),
                        (),
                        "pass what it needs as an argument; what is observed is stated in the"
                        " model",
                    ),
                )
            case ast.OdeStatement():
                raise _fail(
                    reporter,
                    Diagnostic(
                        "G0217",
                        "a submodel has no differential equations of its own",
                        statement.span,
                        "not in a submodel",
                        (Label(submodel.name_span, "in this submodel"),),
                        (),
                        "state them in the model, and pass their values: `x(ts)`",
                    ),
                )
            case ast.DimStatement(like=like, size=size):
                if like is not None:
                    yield ast.Name(like.name, like.span)
                if size is not None and not isinstance(size, ast.Members):
                    yield from free_names(size)


def _target_names(target: ast.Target) -> Iterator[ast.Name]:
    for item in target.items:
        if item.dim is not None:
            yield ast.Name(item.dim, item.span)
        yield from free_names(item.value)


def _type_names(type: ast.Type | None) -> Iterator[ast.Name]:
    if type is None:
        return
    if type.name not in ast.type_keywords:
        yield ast.Name(type.name, type.span)
    for bound in (type.lower, type.upper):
        if bound is not None:
            yield from free_names(bound.value)


def _value_names(node: ast.Expr) -> Iterator[ast.Name]:
    """The names used as values, and the dimensions of reductions."""
    yield from free_names(node)
    yield from _reduced(node)


def _reduced(node: ast.Expr) -> Iterator[ast.Name]:
    match node:
        case ast.Name() | ast.Number() | ast.String():
            return
        case ast.Unary(operand=operand):
            yield from _reduced(operand)
        case ast.Binary(left=left, right=right):
            yield from _reduced(left)
            yield from _reduced(right)
        case ast.Call(arguments=arguments):
            for argument in arguments:
                yield from _reduced(argument.value)
        case ast.DimCall(binders=binders, arguments=arguments):
            yield from (ast.Name(b.dim, b.span) for b in binders if b.lower is None)
            for argument in arguments:
                yield from _reduced(argument.value)
        case ast.Index(base, items):
            yield from _reduced(base)
            for item in items:
                yield from _reduced(item.value)
        case ast.Array(items):
            for entry in items:
                yield from _reduced(entry)


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
        case ast.DataStatement() | ast.ObserveStatement() | ast.OdeStatement():
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
