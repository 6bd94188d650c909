"""The function `prepare`: what depends on data alone, computed once for the model's arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gendsl.backends.emit import python as py
from gendsl.backends.emit.arguments import Arguments, PreparedArgument
from gendsl.backends.emit.document import Def, Line, Parameter, Return, Statement
from gendsl.backends.emit.nodes import Placed, equation, note, site_name
from gendsl.backends.emit.recurrences import recurrence
from gendsl.backends.emit.scope import Context, Scope
from gendsl.ir.program import Equation, EquationRole, Prepared, Recurrence, Series

DOC = "Compute what depends on data alone, once: the model takes it as arguments."


@dataclass(frozen=True, slots=True)
class Preparation:
    """The body of `prepare`, and the context that collected its arguments."""

    body: tuple[Statement, ...]
    context: Context

    def function(self, parameters: tuple[Parameter, ...]) -> Def:
        """The function with these parameters."""
        return Def("prepare", parameters, self.body, DOC, is_keyword_only=True)


def preparation(context: Context) -> Preparation | None:
    """The body that computes what the model asked for, and what that needs."""
    asked = [a for a in context.arguments.asked if isinstance(a, PreparedArgument)]
    if not asked:
        return None
    program, names = context.program, context.names
    inner = replace(program, prepared=())
    arguments = Arguments(inner, names, known=context.arguments.known)
    own = Context(inner, names, arguments, context.dialect, context.helpers)
    scope = Scope(own)
    lines: list[Statement] = []
    for node in program.prepared:
        placed = (
            equation(_unsaved(node), scope)
            if isinstance(node, Equation)
            else recurrence(_unsaved_recurrence(node), scope)
        )
        lines += [p.statement for p in placed]
    wanted = sorted(names.of(a.name) for a in asked)
    result = py.call("dict", **{name: py.name(name) for name in wanted})
    return Preparation((*lines, Return(result)), own)


def saved(prepared: Sequence[Prepared], scope: Scope) -> list[Placed]:
    """`numpyro.deterministic("x", x)` for what is saved with the draws."""
    lines: list[Placed] = []
    for node in prepared:
        series = (node,) if isinstance(node, Equation) else node.series
        for part in series:
            final = part.step if isinstance(part, Series) else part
            if isinstance(final, Equation) and final.role is EquationRole.SAVED:
                name = scope.context.prepared_name(part.name)
                assert name is not None
                value = py.name(name)
                call = py.call("numpyro.deterministic", site_name(part.name), value)
                lines.append(Placed(Line((), call, note(final.span))))
    return lines


def _unsaved(node: Equation) -> Equation:
    return replace(node, role=EquationRole.LET)


def _unsaved_recurrence(node: Recurrence) -> Recurrence:
    series = []
    for each in node.series:
        starts = tuple(_unsaved(s) for s in each.starts if isinstance(s, Equation))
        assert isinstance(each.step, Equation)
        series.append(replace(each, starts=starts, step=_unsaved(each.step)))
    return replace(node, series=tuple(series))
