"""Calls of a `def`: its body with the arguments bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.distributions.table import FAMILIES
from gendsl.frontend import ast
from gendsl.ir.expr import (
    Expr,
)
from gendsl.ir.functions import (
    CONSTANTS,
    DIM_FUNCTIONS,
    FUNCTIONS,
)
from gendsl.resolve.failure import Unresolved, attempt_each
from gendsl.resolve.free import free_names
from gendsl.resolve.limits import MAX_CALLS, MAX_DEPTH, MAX_SIZE, measure
from gendsl.resolve.symbols import Context, Place
from gendsl.resolve.unknown import unknown_name, wrong_count
from gendsl.resolve.wording import likely

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


def defined(
    expressions: Expressions, node: ast.Call, function: ast.Function, context: Context
) -> Expr:
    """A call of a `def`: its body with the arguments bound."""
    name = function.name
    if name in context.calls:
        raise expressions.fail(
            "G0413",
            f"`{name}` calls itself",
            node.function.span,
            "called again here",
            secondary=(Label(function.name_span, "defined here"),),
            help=(
                "a `def` is a formula; what depends on its own past is a recurrence, `x[time - 1]`"
            ),
        )
    if len(context.calls) >= MAX_CALLS:
        raise expressions.fail(
            "G0413",
            f"functions call each other more than {MAX_CALLS} deep",
            node.function.span,
            "once too often",
            secondary=(Label(function.name_span, "defined here"),),
            help="write some of them out",
        )
    is_complete = is_closed(expressions, function)
    positional = [a for a in node.arguments if a.name is None]
    named = {a.name: a for a in node.arguments if a.name is not None}
    known = [p.name for p in function.parameters]
    defined = (Label(function.name_span, "defined here"),)
    for unknown in (n for n in named if n not in known):
        close = nearest(unknown, known)
        raise expressions.fail(
            "G0212",
            f"`{name}` has no parameter `{unknown}`",
            named[unknown].span,
            "unknown parameter",
            secondary=defined,
            help=f"did you mean `{close}`?" if close else f"it has {listed(known)}",
        )
    given = [*known[: len(positional)], *(a.name for a in node.arguments if a.name is not None)]
    for again in (n for n in named if given.count(n) > 1):
        raise expressions.fail(
            "G0212",
            f"`{again}` of `{name}` is given twice",
            named[again].span,
            "the second time",
            secondary=defined,
            help="give each argument once, by position or by name",
        )
    if len(positional) > len(function.parameters):
        raise wrong_count(expressions, node, name, len(function.parameters))
    for i, parameter in enumerate(function.parameters):
        if parameter.default is None and i >= len(positional) and parameter.name not in named:
            raise expressions.fail(
                "G0212",
                f"`{name}` lacks its argument `{parameter.name}`",
                node.span,
                "missing here",
                secondary=defined,
                help=f"write `{name}({', '.join(known)})`",
            )
    written = dict(zip(known, (a.value for a in positional), strict=False))
    written |= {a.name: a.value for a in node.arguments if a.name is not None}
    resolved = attempt_each(lambda p: (p, expressions.resolve(written[p], context)), list(written))
    if not is_complete:
        raise Unresolved
    # A default may use the parameters before it, and sees nothing of the place of the call.
    calls = (*context.calls, name)
    inner = Context(context.kept, context.order, {}, calls, Place(()))
    for parameter in function.parameters:
        bound = dict(resolved).get(parameter.name)
        if bound is None and parameter.default is not None:
            bound = expressions.resolve(parameter.default, inner)
        if bound is not None:
            inner = inner.binding(parameter.name, bound)
    for local in function.locals:
        inner = inner.binding(local.name, expressions.resolve(local.value, inner))
    value = expressions.resolve(function.value, inner)
    size, depth = measure(value)
    if size > MAX_SIZE or depth > MAX_DEPTH:
        raise expressions.fail(
            "G0413",
            f"`{name}` becomes too large when it is written out",
            node.span,
            f"{size} parts, {depth} deep",
            secondary=defined,
            help="name what stands in it several times by an equation, and use the name",
        )
    return value


def is_closed(expressions: Expressions, function: ast.Function) -> bool:
    """Whether a `def` only uses its parameters and local names; all else it uses is reported."""
    own: list[str] = []
    is_closed = _check_locals(expressions, function)
    for name, written in (
        *((p.name, p.default) for p in function.parameters),
        *((local.name, local.value) for local in function.locals),
        (None, function.value),
    ):
        for free in free_names(written) if written is not None else ():
            if free.id not in (*own, *CONSTANTS, "first", "last") and not _is_of_dims(
                expressions, free.id
            ):
                is_closed = False
                _report_reach(expressions, function, free, own)
        if name is not None:
            own.append(name)
    return is_closed


def _check_locals(expressions: Expressions, function: ast.Function) -> bool:
    """Whether each local name is new and used; what is not is reported, once."""
    if function.name in expressions.checked_locals:
        return expressions.checked_locals[function.name]
    seen = {p.name: p.span for p in function.parameters}
    is_right = True
    for i, local in enumerate(function.locals):
        rest = (*(other.value for other in function.locals[i + 1 :]), function.value)
        is_used = any(free.id == local.name for value in rest for free in free_names(value))
        is_new = local.name not in seen
        if not is_new:
            expressions.fail(
                "G0242",
                f"`{local.name}` has two meanings in `{function.name}`",
                local.name_span,
                "named again here",
                secondary=(Label(seen[local.name], "the first"),),
                help="give one of them another name",
            )
        elif not is_used:
            expressions.fail(
                "G0242",
                f"`{local.name}` is named in `{function.name}` and never used",
                local.name_span,
                "not used below",
                help="use it in what follows, or drop the line",
            )
        is_right = is_right and is_new and is_used
        seen.setdefault(local.name, local.name_span)
    expressions.checked_locals[function.name] = is_right
    return is_right


def _report_reach(
    expressions: Expressions, function: ast.Function, free: ast.Name, own: list[str]
) -> None:
    id = free.id
    later = next((local for local in function.locals if local.name == id), None)
    if later is not None:
        expressions.fail(
            "G0221",
            f"`{function.name}` uses `{id}` before it is named",
            free.span,
            "not known yet",
            secondary=(Label(later.name_span, "named here"),),
            help="put that line first",
        )
        return
    close = likely(id, own)
    parameters = [*(p.name for p in function.parameters), id]
    if (
        id in FUNCTIONS
        or id in expressions.symbols.functions
        or id in DIM_FUNCTIONS
        or id in FAMILIES
    ):
        unknown_name(expressions, id, free.span, Context((), (), {}))
        return
    expressions.fail(
        "G0221",
        f"`{function.name}` uses `{id}`, which is not its parameter",
        free.span,
        "not a parameter",
        secondary=(Label(function.name_span, "in this `def`"),),
        help=f"did you mean `{close}`?"
        if close
        else f"pass it: `def {function.name}({', '.join(parameters)}) = ...`",
    )


def _is_of_dims(expressions: Expressions, name: str) -> bool:
    """Whether a name is a dimension or a member of one: these a `def` may use."""
    dims = expressions.symbols.dims
    return name in dims or expressions.symbols.member(tuple(dims), name) is not None
