"""Random functions become sites and equations over named dimensions: nothing after knows them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, cast

from gendsl.ir.expr import Expr, Ref
from gendsl.ir.program import (
    Equation,
    EquationRole,
    Factor,
    FunctionChoice,
    Sample,
)
from gendsl.ir.rewrite import rewritten_statement
from gendsl.ir.walk import is_prediction, names_in, names_of
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.random_functions.choice import settled
from gendsl.resolve.random_functions.collapse import Collapsed, collapsed
from gendsl.resolve.random_functions.kernels import (
    exprs,
    named_kernel,
    positive_parts,
)  # fmt: skip
from gendsl.resolve.random_functions.limits import check_limits
from gendsl.resolve.random_functions.reading import Process, read_function
from gendsl.resolve.random_functions.shared_scale import shared_scale, without_scale
from gendsl.resolve.random_functions.solvers import WRITERS
from gendsl.resolve.symbols_of_functions import Evaluation, RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

P = TypeVar("P", Sample, Equation, Sample | Factor, Sample | Equation)
Definitions = dict[str, tuple[Sample | Equation, ...]]
Scored = tuple[Sample | Factor, ...]


def elaborate(
    expressions: Expressions,
    definitions: Definitions,
    scored: Scored,
    solved: frozenset[str],
) -> tuple[Definitions, Scored, tuple[FunctionChoice, ...]]:
    """Every random function written out, and how each is solved.

    `solved` are the names to which differential equations refer.
    """
    choices: list[FunctionChoice] = []
    processes: dict[str, Process] = {}
    functions = expressions.symbols.random_functions
    for name, symbol in expressions.symbols.kernels.items():
        if not symbol.is_read:
            with suppress(Unresolved):
                named_kernel(expressions, name, symbol.statement.name_span)
    for function in functions.values():
        try:
            processes[function.name] = read_function(expressions, function)
        except Unresolved:
            continue
        if not function.evaluations and not expressions.reporter.has_errors:
            expressions.fail(
                "G0466",
                f"`{function.name}` is never called",
                function.statement.target.span,
                "it has no part in the model",
                help=f"call it, `{function.name}(x)`, or remove it",
            )
    if expressions.reporter.has_errors:
        return definitions, scored, ()
    inferred = _inferred(functions, processes, definitions, scored, solved)
    for function in functions.values():
        process = processes[function.name]
        needed = [e for e in function.evaluations if e.name in inferred]
        later = [e for e in function.evaluations if e.name not in inferred]
        try:
            definitions, scored, choice = _one(
                expressions, function, process, needed, later, definitions, scored,
                _points(functions, processes) | solved,
                _others(function, functions, processes) | solved,
                {c.observed: c.name for c in choices if c.observed is not None},
            )  # fmt: skip
        except Unresolved:
            continue
        choices.append(choice)
    return definitions, scored, tuple(choices)


def _inferred(
    functions: dict[str, RandomFunction],
    processes: dict[str, Process],
    definitions: Definitions,
    scored: Scored,
    solved: frozenset[str],
) -> frozenset[str]:
    """The names to which what is inferred or scored refers, by way of other functions too."""
    parts = [p for each in definitions.values() for p in each if not is_prediction(p)]
    names = set(solved).union(*map(names_of, (*parts, *scored)))
    while True:
        more = {
            name
            for function in functions.values()
            for e in function.evaluations
            if e.name in names
            for expr in (*e.sources, *_of_process(processes[function.name]))
            for name in names_in(expr)
        }
        if more <= names:
            return frozenset(names)
        names |= more


def _of_process(process: Process) -> tuple[Expr, ...]:
    return (process.mean, *exprs(process.kernel))


def _points(functions: dict[str, RandomFunction], processes: dict[str, Process]) -> frozenset[str]:
    """The names that points and kernels refer to."""
    found: set[str] = set()
    for function in functions.values():
        for expr in (
            *(part for e in function.evaluations for part in e.sources),
            *_of_process(processes[function.name]),
        ):
            found |= names_in(expr)
    return frozenset(found)


def _others(
    function: RandomFunction, functions: dict[str, RandomFunction], processes: dict[str, Process]
) -> frozenset[str]:
    """The names that points refer to, and the kernels of other functions."""
    own = {function.name: processes[function.name]}
    rest = {n: p for n, p in processes.items() if n not in own}
    points = {n for e in function.evaluations for part in e.sources for n in names_in(part)}
    return _points({n: functions[n] for n in rest}, rest) | points


def _one(
    expressions: Expressions,
    function: RandomFunction,
    process: Process,
    needed: list[Evaluation],
    later: list[Evaluation],
    definitions: Definitions,
    scored: Scored,
    elsewhere: frozenset[str],
    others: frozenset[str],
    taken: Mapping[str, str],
) -> tuple[Definitions, Scored, FunctionChoice]:
    process = settled(expressions, function, process, needed)
    check_limits(expressions, function, process)
    writer = WRITERS[process.solver.row.name](expressions, function, process)
    writer.needed = tuple(needed)
    found = collapsed(
        expressions, function, process, writer, needed, definitions, scored, elsewhere, taken
    )
    if isinstance(found, Collapsed):
        definitions = _predicted(definitions, found.through)
        is_asked = any(_reads(p, needed[0].name) for each in definitions.values() for p in each)
        rest = [*needed, *later] if is_asked else later
        writer.shared = (
            shared_scale(found, process, definitions, scored, others)
            if writer.shares_scale
            else None
        )
        form, reason = "collapsed", f"integrated out: {found.site.name} is Gaussian around it"
        if writer.shared is not None:
            definitions = without_scale(definitions, writer.shared)
            reason = f"integrated out with {writer.shared.name}: {found.site.name} is Student t"
        site = writer.marginal(found, is_read=bool(rest))
        scored = tuple(site if s is found.site else s for s in scored) + writer.factors
        latent: list[Evaluation] = []
    else:
        latent, rest = needed, later
        form, reason = "latent", str(found)
    for each in latent:
        writer.latent(each)
    for each in rest:
        writer.predicted(each, is_last=each is rest[-1])
    definitions = {**definitions, **writer.definitions}
    definitions, scored = _taken_over(definitions, scored, writer.evaluated)
    if process.solver.reason is not None:
        reason = f"{reason}; {process.solver.reason}"
    choice = FunctionChoice(
        function.name, (*function.joint, *function.dims), process.solver.row.name, form, reason,
        writer.made,
        function.statement.distribution.span, positive_parts(process.kernel),
        tuple(point for e in function.evaluations for point in writer.from_zero(e)),
        tuple(p for e in latent for p in e.points) if writer.is_of_points else (), writer.box,
        found.site.name if isinstance(found, Collapsed) else None,
        tuple(dict.fromkeys(d for e in function.evaluations for d in e.inputs)),
    )  # fmt: skip
    return definitions, scored, choice


def _predicted(definitions: Definitions, names: tuple[str, ...]) -> Definitions:
    """Equations that are computed for predictions alone from now on; unread names are dropped."""
    for name in reversed(names):
        [equation] = definitions[name]
        assert isinstance(equation, Equation)
        rest = {n: d for n, d in definitions.items() if n != name}
        if equation.role is not EquationRole.LET:
            own = replace(equation, role=EquationRole.PREDICTED)
        elif any(_reads(part, name) for each in rest.values() for part in each):
            own = replace(equation, role=EquationRole.INTERNAL)
        else:
            definitions = rest
            continue
        definitions = {**definitions, name: (own,)}
    return definitions


def _reads(part: Sample | Equation, name: str) -> bool:
    return name in names_of(part)


def _taken_over(
    definitions: Definitions, scored: Scored, evaluated: tuple[str, ...]
) -> tuple[Definitions, Scored]:
    """`g[row] = f(x)` and nothing else: the values are called `g` themselves."""
    for name in evaluated:
        [value] = definitions[name]
        for other, each in definitions.items():
            match each:
                case (
                    Equation(dims=dims, value=Ref(found), role=role, slice=None) as equation,
                ) if (
                    found == name
                    and dims == value.dims
                    and role is not EquationRole.LET
                    and (role is EquationRole.PREDICTED) == is_prediction(value)
                ):
                    rest = {n: d for n, d in definitions.items() if n not in (name, other)}
                    own = replace(value, name=other, span=equation.span)
                    definitions = _renamed({**rest, other: (own,)}, name, other)
                    scored = tuple(_refer(s, name, other) for s in scored)
                    break
                case _:
                    pass
    return definitions, scored


def _renamed(definitions: Definitions, old: str, new: str) -> Definitions:
    return {n: tuple(_refer(p, old, new) for p in each) for n, each in definitions.items()}


def _refer(part: P, old: str, new: str) -> P:
    def choose(expr: Expr) -> Expr | None:
        return replace(expr, name=new) if isinstance(expr, Ref) and expr.name == old else None

    return cast(P, rewritten_statement(part, choose)) if old in names_of(part) else part
