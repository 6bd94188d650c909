"""A submodel has a value, and refers to nothing but what is its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.suggest import nearest
from gendsl.frontend import ast
from gendsl.ir.functions import CONSTANTS
from gendsl.resolve.failure import Unresolved, refused
from gendsl.resolve.free import free_names, reduced_dims

_NAMED = frozenset({"first", "last", *CONSTANTS})


def check_submodels(submodels: dict[str, ast.Submodel], reporter: Reporter) -> None:
    """Each is closed and has a value, whether or not it is used."""
    for submodel in submodels.values():
        with suppress(Unresolved):
            check_value(submodel, reporter)
            check_closed(submodel, reporter)


def check_value(submodel: ast.Submodel, reporter: Reporter) -> None:
    """A submodel says what it is."""
    if not any(
        isinstance(s, ast.SampleStatement | ast.EquationStatement)
        and s.target.name == submodel.name
        for s in submodel.statements
    ):
        dims = f"[{', '.join(d.name for d in submodel.dims)}]" if submodel.dims else ""
        raise refused(
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


def check_closed(submodel: ast.Submodel, reporter: Reporter) -> None:
    """A submodel refers to its parameters, its own names and its dimensions, nothing else."""
    parameters = [p.name for p in submodel.parameters]
    dims = [*(d.name for d in submodel.dims), *own_dims(submodel)]
    members = [
        label
        for s in submodel.statements
        if isinstance(s, ast.DimStatement) and isinstance(s.size, ast.Members)
        for label in s.size.labels
    ]
    known = [*own_names(submodel), submodel.name, *parameters]
    has_failed = False
    for used in _used(submodel, reporter):
        if used.id in (*known, *dims, *members, *_NAMED):
            continue
        has_failed = True
        close = nearest(used.id, [*known, *dims])
        where = (Label(submodel.name_span, "in this submodel"),)
        passed = ", ".join([*parameters, used.id])
        refused(
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
            case ast.SampleStatement(target=target) if "." in target.name:
                raise refused(
                    reporter,
                    Diagnostic(
                        "G0217",
                        "a submodel has no networks of its own, and no weights of them",
                        target.span,
                        "not in a submodel",
                        (Label(submodel.name_span, "in this submodel"),),
                        (),
                        "give the weight its prior in the model",
                    ),
                )
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
                raise refused(
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
                raise refused(
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
            case ast.KernelStatement():
                raise refused(
                    reporter,
                    Diagnostic(
                        "G0217",
                        "a submodel has no kernels of its own",
                        statement.span,
                        "not in a submodel",
                        (Label(submodel.name_span, "in this submodel"),),
                        (),
                        "state the kernel and its function in the model, and pass its values:"
                        " `f(x)`",
                    ),
                )
            case ast.MatchStatement():
                raise refused(
                    reporter,
                    Diagnostic(
                        "G0217",
                        "a submodel matches no networks",
                        statement.span,
                        "not in a submodel",
                        (Label(submodel.name_span, "in this submodel"),),
                        (),
                        "state it in the model, beside the network",
                    ),
                )
            case ast.NetStatement():
                raise refused(
                    reporter,
                    Diagnostic(
                        "G0217",
                        "a submodel has no networks of its own",
                        statement.span,
                        "not in a submodel",
                        (Label(submodel.name_span, "in this submodel"),),
                        (),
                        "state the network in the model, and pass its values: `f(X)`",
                    ),
                )
            case ast.DimStatement(like=like, size=size):
                if like is not None:
                    yield ast.Name(like.name, like.span)
                if size is not None and not isinstance(size, ast.Members | ast.Sizes):
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
    yield from reduced_dims(node)


def own_names(submodel: ast.Submodel) -> tuple[str, ...]:
    """The quantities that its body defines, itself apart."""
    return tuple(
        dict.fromkeys(
            s.target.name
            for s in submodel.statements
            if isinstance(s, ast.SampleStatement | ast.EquationStatement)
            and s.target.name != submodel.name
        )
    )


def own_dims(submodel: ast.Submodel) -> tuple[str, ...]:
    """The dimensions that its body declares."""
    return tuple(
        d.name for s in submodel.statements if isinstance(s, ast.DimStatement) for d in s.names
    )
